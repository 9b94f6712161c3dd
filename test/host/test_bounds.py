# SPDX-License-Identifier: Apache-2.0
"""host/bounds.py: every kind of loop gets its counter, in place, and the figures get into the page and the header."""
import subprocess

import bounds
import pytest

SOURCE = """/* SPDX-License-Identifier: Apache-2.0 */
/* One planted file. */
#include <stdio.h>
#define EACH(x) for ((x) = 0; (x) < 3; (x)++)
#define fdt_for_each_thing(x, from, to) for ((x) = (from); (x) < (to); (x)++)

static int all(int n)
{
	int sum = 0, i;

	for (i = 0; i < n; i++)
		if (i == 4)
			break;
		else
			for (int j = 0; j < i; j++)
				sum++;
	while (n-- && sum)
		;
	do {
		if (++n > 5)
			continue;
	} while (n < 7);
	fdt_for_each_thing (i, 2, 5)
		sum += i;
	for (;;)
		return sum;
}

int main(void)
{
	printf("%d\\n", all(9));
	return 0;
}
"""
COUNTER = """
static unsigned most[9];
bool bounds_turn(unsigned loop, unsigned turns)
{
	if (turns > most[loop])
		most[loop] = turns;
	return true;
}
__attribute__((destructor)) static void tell(void)
{
	for (unsigned i = 0; most[i]; i++)
		printf("%u\\n", most[i]);
}
"""
HEADER = "/* x */\nenum bound {\n\tBOUND_BITS = 32,    /* of a word; measured 0 */\n\tBOUND_WALK = 2 + 3, /* levels; measured 4 */\n};\n"
PAGE = "## At boot\n\n| where | while |\n|---|---|\n| `a.c: all()` | `i < n` | BITS | - | so |\n| `a.c: all()` | `i \\| j` ×2 | WALK | 4 | |\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name, text in {"src/lib/a.c": SOURCE, "src/lib/bounds.h": HEADER, "doc/bounds.md": PAGE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(bounds, "ROOT", tmp_path)
    return tmp_path


def test_every_loop_counts_and_does_what_it_did(tree):
    found = bounds.loops.every(tree)
    spots = [(number, *spot) for number, loop in enumerate(found.values()) for spot in loop.spots]
    path = tree / "counted.c"
    path.write_text(bounds.with_counters(SOURCE, spots) + COUNTER)
    subprocess.run(["gcc", "-w", "-o", tree / "counted", path], check=True)
    plain = tree / "plain"
    subprocess.run(["gcc", "-w", "-o", plain, tree / "src/lib/a.c"], check=True)
    said = subprocess.run([tree / "counted"], capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == subprocess.run([plain], capture_output=True, text=True, check=True).stdout.strip()
    assert [key[2] for key in found] == ["i < n", "j < i", "n-- && sum", "n < 7", "i, 2, 5", "always"]
    assert said[1:] == ["5", "3", "9", "8", "3", "1"]


def test_figures_get_into_the_page_and_the_header(tree):
    page, header = bounds.declared.rewritten(tree, {("a.c", "all", "i < n"): 7, ("a.c", "all", "i | j"): 0})
    assert "| `i < n` | BITS | 7 | so |" in page
    assert "| `i \\| j` ×2 | WALK | - | |" in page
    assert "word; measured 7 */" in header
    assert "levels; measured 0 */" in header


def test_what_was_not_counted_keeps_its_figure(tree):
    page, header = bounds.declared.rewritten(tree, {})
    assert (page, header) == (PAGE, HEADER)
