# SPDX-License-Identifier: Apache-2.0
"""The pinned packages: the rows of host/packages that are this machine's release's."""
import collections
import pathlib

from trouble import Trouble, unknown

TABLE = pathlib.Path(__file__).with_name("packages")
NEWEST = "trixie"  # what a system that is no Debian is given

Pin = collections.namedtuple("Pin", "name release suite arch package version size otherwise")


def read(table=TABLE):
    rows = [line.split() for line in table.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return [Pin(*row[:6], int(row[6]), row[7]) for row in rows]


def release(os_release="/etc/os-release"):
    """The code name of this machine's Debian release, if it is one that the table has rows for."""
    try:
        lines = pathlib.Path(os_release).read_text().splitlines()
    except OSError:
        lines = []
    fields = dict(line.replace('"', "").split("=", 1) for line in lines if "=" in line)
    code_name = fields.get("VERSION_CODENAME")
    return code_name if code_name in {pin.release for pin in read()} else NEWEST


def find(name, of_release=None, table=TABLE):
    of_release = of_release or release()
    rows = {pin.name: pin for pin in read(table) if pin.release == of_release}
    if not rows:
        raise Trouble(f"host/packages has no row for the release '{of_release}'")
    if name not in rows:
        raise unknown("pinned package", name, rows)
    return rows[name]
