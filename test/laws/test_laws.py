# SPDX-License-Identifier: Apache-2.0
"""
Each law of tools/ must fire: a tiny lawful tree, one planted defect, and the line that must name it.

CLEAN is a tree that every law of source text accepts; DEFECTS are (law, files to plant, expected words).
The last test holds the two lists against `tools/laws --list`, so that no law goes without a defect.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
HEADER = "/* SPDX-License-Identifier: Apache-2.0 */\n/* One planted file. */\n"
FLAGS = "-std=gnu11 -Wall -Wextra -Wconversion -Wswitch-enum -Wvla -Werror"


def c(text):
    return HEADER + text


def body(lines):
    return "".join(f"\tx = {n};\n" for n in range(lines))


CLEAN = {
    "Makefile": f"# SPDX-License-Identifier: Apache-2.0\n# How it is built.\nCFLAGS = {FLAGS}\n"
                "compile-clang:\n\tclang $(CFLAGS) -Isrc -c -o /dev/null src/lib/bits.c\n",
    "README.md": "See `src/lib/bits.h`, `lib/bits.h`, `bits_low()`, `v->mpidr_el1`, `1/2 done` and [bits](src/lib/bits.h).\n",
    "doc/tour.md": "`vgic_raise()` in `vgic.c`; [the front](../README.md#top); `build/corbel.img`.\n"
                   "```\nno/such/path and no_such_symbol\n```\n",
    "src/lib/types.h": c("#pragma once\n#include <stdint.h>\ntypedef uint32_t u32;\n"),
    "src/lib/bits.h": c('#pragma once\n#include "lib/types.h"\n\nu32 bits_low(u32 value);\n'),
    "src/lib/bits.c": c('#include "lib/bits.h"\n\nu32 bits_low(u32 value)\n{\n\tu32 low = value & 1U;\n\n\treturn low;\n}\n'),
    "src/machine/cpu.c": c("int cpu_id(void);\n\nint cpu_id(void)\n{\n\tint id;\n\tasm volatile(\"mrs %x0, mpidr_el1\" : \"=r\"(id));\n"
                           "\treturn id;\n}\n"),
    "src/machine/fpu.S": c("\t.global fpu_load\nfpu_load:\n\tldr q0, [x0]\n\tret\n"),
    "src/virtual/vgic.c": c('#include "lib/bits.h"\n#include "lib/types.h"\n\nu32 vgic_raise(u32 n);\n\n'
                            "u32 vgic_raise(u32 n)\n{\n\tu32 low = bits_low(n); /* asm, v->exit.esr, mmu_map() */\n\n\treturn low;\n}\n"),
    "test/unit/bits.c": c('#include "lib/bits.h"\n\nint main(void)\n{\n\tu32 low = bits_low(2);\n\n\treturn (int)low;\n}\n'),
    "test/system/test_demo.py": "# SPDX-License-Identifier: Apache-2.0\n\"\"\"One planted test.\"\"\"\n\n\n"
                                "def test_sum():\n    assert 1 + 1 == 2\n",
}

DISPATCH = "monitor/dispatch.c"


def bounds(source, *rows, constant="BOUND_BITS = 32, /* of a word; measured 0 */", section="What a guest can reach"):
    """A tree for the law `bounds`: one source, the header with one constant, the page with these rows."""
    header = c(f"enum bound {{\n\t{constant}\n}};\n")
    return {"src/virtual/vgic.c": c(source), "src/lib/bounds.h": header,
            "doc/bounds.md": f"# Bounds\n\n## {section}\n\n" + "".join(f"| `vgic.c: {row} |\n" for row in rows)}


LOOP = "void vgic_x(u32 bits)\n{\n\tfor (; bits | 0; bits &= bits - 1)\n\t\tvgic_y();\n}\n"
LOOP_ROW = "vgic_x()` | `bits \\| 0` | BITS | - | "
DEFECTS = [
    ("layers", {"src/virtual/vuart.c": c('#include "machine/sysreg.h"\n')},
     "src/virtual/vuart.c:3: virtual/ may not include"),
    ("layers", {"src/virtual/vuart.c": c('#include "monitor/ledger.h"\n')},
     "virtual/ may not include monitor/ledger.h"),
    ("layers", {"src/machine/gic.c": c('#include "monitor/vm.h"\n')}, "machine/ may not include monitor/vm.h"),
    ("layers", {"src/lib/list.c": c("#include <stdlib.h>\n")}, "lib/ may not include stdlib.h"),
    ("layers", {"src/lib/list.c": c('#include "bits.h"\n')}, '"bits.h" does not say its folder'),
    ("layers", {"src/lib/list.c": c('#include "lib/../machine/mmu.h"\n')}, "does not say its folder"),
    ("layers", {"src/virtual/vuart.c": c("#include <monitor/ledger.h>\n")}, "<monitor/ledger.h> is ours"),
    ("layers", {"src/virtual/vuart.c": c("#include HIDDEN\n")}, "computed include HIDDEN"),
    ("layers", {"src/lib/bits.c": c('#include "lib/types.h"\n#include "lib/bits.h"\n')},
     "not its own header lib/bits.h"),
    ("layers", {"src/new/thing.c": c('#include "lib/bits.h"\n')}, "new/ may not include lib/bits.h"),
    ("hardware", {"src/monitor/run.c": c('void run_x(void)\n{\n\tasm volatile("wfi");\n}\n')},
     "run.c:5: asm outside"),
    ("hardware", {"src/monitor/run.c": c("u64 run_x(void) { return read_sysreg(esr_el2); }\n")},
     "read_sysreg outside"),
    ("hardware", {"src/virtual/vuart.c": c("void vuart_x(void) { mmio_write32(0, 1); }\n")},
     "mmio_write32 outside"),
    ("hardware", {"src/virtual/vuart.c": c("void vuart_x(void) { *(volatile int *)9 = 1; }\n")},
     "volatile outside"),
    ("hardware", {"src/monitor/run.c": c("void run_x(void) { dsb(sy); }\n")}, "dsb outside"),
    ("hardware", {"src/lib/copy.S": c("\tret\n")}, "assembler outside"),
    ("dispatch", {"src/monitor/run.c": c("u64 run_x(struct vcpu *v) { return v->exit.esr; }\n")},
     "the exit is decoded outside"),
    ("dispatch", {"src/virtual/vpsci.c": c("void vpsci_x(struct vcpu *v) { use(&v->exit); }\n")},
     "the exit is decoded outside"),
    ("dispatch", {"src/virtual/vpsci.c": c("u64 vpsci_x(struct exit *e) { return e->hpfar; }\n")},
     "the exit is decoded outside"),
    ("dispatch", {"src/virtual/vpsci.c": c("void vpsci_x(struct vcpu *v) { v->regs.pc += 4; }\n")},
     "the PC is moved outside"),
    ("dispatch", {"src/virtual/vpsci.c": c("void vpsci_x(struct regs *r) { r->pc = 4; }\n")},
     "the PC is moved outside"),
    ("dispatch", {"src/virtual/vpsci.c": c("void vpsci_x(struct regs *r) { ++r->pc; }\n")},
     "the PC is moved outside"),
    ("dispatch", {"src/monitor/run.c": c("void run_x(struct vcpu *v) { step(&v->regs.pc); }\n")},
     "the PC is moved outside"),
    ("dispatch", {"src/monitor/run.c": c("void run_x(struct vcpu *v) { v->regs = zero; }\n")},
     "the PC is moved outside"),
    ("ledger", {"src/monitor/space.c": c("void space_x(void) { mmu_map(t, r, k); }\n")},
     "space.c:3: mmu_map outside"),
    ("ledger", {"src/virtual/vuart.c": c("void vuart_x(void) { f = mmu_unmap; }\n")}, "mmu_unmap outside"),
    ("names", {"src/virtual/vuart.c": c("int uart_send(void)\n{\n\treturn 0;\n}\n")},
     "vuart.c:3: uart_send() does not start"),
    ("names", {"src/machine/start.S": c("\t.global entry\nentry:\n\tret\n")},
     "entry() does not start with start_"),
    ("names", {"src/monitor/vgic.c": c("int vgic_x;\n")}, "vgic is also a name in src/monitor"),
    ("names", {"src/machine/fpu.c": c("int fpu_x;\n")}, "would be one object file"),
    ("names", {"src/lib/list.h": c("typedef struct node { int x; } node_t;\n")}, "a typedef hides"),
    ("names", {"tools/names.txt": "src/lib/bits.c bits_gone there was a reason\n"},
     "names.txt:1: src/lib/bits.c has no bits_gone()"),
    ("budget", {"src/lib/long.c": c("\n" * 499)}, "501 lines; a file has at most 500"),
    ("budget", {"tools/long": "#!/bin/sh\n" * 101}, "101 lines; a file has at most 100"),
    ("budget", {"src/lib/long.c": c("static void f(void)\n{\n" + body(58) + "}\n")}, "long.c:3: f() has 61 lines"),
    ("budget", {"host/long.py": "def f():\n" + "    pass\n" * 60}, "f() has 61 lines"),
    ("budget", {"src/lib/many.c": c("int f(int a, int b, int c, void (*d)(int, int), int e, int g)\n{\n\treturn a;\n}\n")},
     "f() has 6 parameters"),
    ("recursion", {"src/lib/loop.c": c("int loop_x(int n) { return n ? loop_x(n - 1) : 0; }\n")},
     "loop_x -> loop_x"),
    ("recursion", {"src/lib/a.c": c("int a_x(int n) { return b_x(n); }\n"),
         "src/lib/b.c": c("int b_x(int n) { return a_x(n); }\n")},
     "recursion: a_x -> b_x -> a_x"),
    ("recursion", {"src/lib/a.c": c("#define AGAIN(n) \\\n\ta_x(n)\nint a_x(int n) { return AGAIN(n); }\n")},
     "a.c:5: recursion: a_x -> AGAIN -> a_x"),
    ("attacks", {"test/attack/checklist.py": "print('one\\ntwo')\n", "doc/attacks.md": "one\n2\n"},
     "doc/attacks.md:2: not what the checklist makes"),
    ("attacks", {"test/attack/checklist.py": "raise SystemExit('checklist:7: no test is called x')\n"},
     "test/attack/checklist:1: checklist:7: no test is called x"),
    ("bounds", {"src/virtual/vgic.c": c(LOOP)}, "src/virtual/vgic.c:5: vgic_x(): bits | 0: there is no doc/bounds.md"),
    ("bounds", bounds(LOOP), "src/virtual/vgic.c:5: vgic_x(): bits | 0: not in doc/bounds.md"),
    ("bounds", bounds("void vgic_x(void)\n{\n\tdo {\n\t\tvgic_y();\n\t} while (vgic_z());\n}\n"), "vgic_x(): vgic_z(): not in"),
    ("bounds", bounds("void vgic_x(void)\n{\n\tfor (;;)\n\t\tvgic_y();\n}\n"), "vgic_x(): always: not in"),
    ("bounds", bounds("void vgic_x(void) { require(v->on); }\n"), "vgic_x(): require(v->on): not in"),
    ("bounds", bounds("void vgic_x(u32 *x) { __atomic_fetch_or(x, 1, 0); }\n"), "vgic_x(): __atomic_fetch_or: not in"),
    ("bounds", {"src/machine/fpu.S": c("\t.global fpu_load\nfpu_load:\n1:\tret\n\tb.ne\t1b\n")}, "fpu.S:6: fpu_load(): b.ne 1b"),
    ("bounds", {"src/lib/bits.h": CLEAN["src/lib/bits.h"] + "#define EACH \\\n\tfor (;;)\n"}, "bits.h:7: a loop in a macro"),
    ("bounds", bounds(LOOP.replace("| 0", "| 1"), LOOP_ROW), "bounds.md:5: vgic.c: vgic_x(): bits | 0: there is none in src/"),
    ("bounds", bounds(LOOP, LOOP_ROW, LOOP_ROW), "bounds.md:6: vgic.c: vgic_x(): bits | 0: a second row"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("0`", "0` ×2")), "it is there 1 times, not 2"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("BITS", "BANKS")), "BANKS is neither in src/lib/bounds.h"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("BITS", "never")), "never is not what can be said of a loop"),
    ("bounds", bounds("void vgic_x(void) { require(on); }\n", "vgic_x()` | `require(on)` | wait | - | so"),
     "wait is not what can be said of an end"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("BITS", "input")), "what a guest can reach needs a constant"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("BITS", "wait")), "wait: why?"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("-", "33", 1)), "measured 33, but BOUND_BITS is 32"),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("-", "7", 1)), "bounds.h:4: BOUND_BITS: measured is 7 in doc/bounds.md"),
    ("bounds", bounds("", ""), "bounds.md:5: not a row"),
    ("bounds", bounds("u32 vgic_x;\n"), "bounds.h:4: BOUND_BITS bounds nothing"),
    ("warnings", {"Makefile": CLEAN["Makefile"].replace("-Wvla", "")}, "Makefile:1: -Wvla is not among"),
    ("warnings", {"Makefile": CLEAN["Makefile"].replace("CFLAGS", "# CFLAGS")}, "-Wall is not among"),
    ("warnings", {"Makefile": CLEAN["Makefile"].replace("-Werror", "-Werror=vla")}, "-Werror is not among"),
    ("licence", {"src/lib/bare.c": "/* One planted file. */\nint x;\n"}, "no line with SPDX"),
    ("licence", {"src/lib/bare.c": "/* SPDX-License-Identifier: Apache-2.0 */\n#include <stdint.h>\n/* Late words. */\n"},
     "no comment after"),
    ("licence", {"host/tool": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\nset -u\n"}, "no comment after"),
    ("headers", {"src/lib/list.h": c("struct list { u32 x; };\n")}, "list.h:1: gcc: "),
    ("headers", {"src/lib/list.h": c("struct list { u32 x; };\n")}, "list.h:1: clang: "),
    ("headers", {"src/lib/list.h": c("#ifdef __aarch64__\n#error no\n#endif\n")},
     "list.h:1: aarch64-linux-gnu-gcc: "),
    ("headers", {"test/fake/list.h": c("struct list { u32 x; };\n")}, "test/fake/list.h:1: gcc: "),
    ("headers", {"test/guest/el1.h": c("struct list { u32 x; };\n")}, "test/guest/el1.h:1: aarch64-linux-gnu-gcc: "),
    ("style", {"src/lib/list.c": c("int list_x(void) {\n  return 0; }\n")}, "src/lib/list.c:3: "),
    ("style", {"test/unit/list.c": c("int  x;\n")}, "test/unit/list.c:3: 1 places differ"),
    ("prose", {"doc/model.md": "See `src/lib/gone.c`.\n"}, "doc/model.md:1: no such path: src/lib/gone.c"),
    ("prose", {"doc/model.md": "\nSee `gone.c`.\n"}, "doc/model.md:2: no such path: gone.c"),
    ("prose", {"doc/model.md": "See [it](gone.md#part).\n"}, "no such path: gone.md"),
    ("prose", {"doc/model.md": "[it]: ../gone/x.svg\n"}, "no such path: ../gone/x.svg"),
    ("prose", {"doc/model.md": '<img src="gone.svg">\n'}, "no such path: gone.svg"),
    ("prose", {"doc/model.md": "Run `./gone --all`.\n"}, "no such path: ./gone"),
    ("prose", {"doc/model.md": "Globs: `src/gone/*.c`.\n"}, "no such path: src/gone/*.c"),
    ("prose", {"doc/model.md": "Calls `bits_high(`, `bits_gone()`.\n"}, "no such symbol: bits_gone"),
    ("prose", {"README.md": "A field `v->gone_el1`.\n"}, "no such symbol: gone_el1"),
    ("prose", {"README.md": "Calls `vanish()`.\n"}, "no such symbol: vanish"),
    ("prose", {"README.md": "`only_said`\n", "src/lib/list.c": c("/* only_said here */\n")},
     "no such symbol: only_said"),
    ("places", {"doc/model.md": "from mirror.example.test\n"},
     "doc/model.md:1: mirror.example.test is a package mirror's host"),
    ("places", {".ci/run": "cat ../" + "shared/x\n"}, "is a folder outside the tree"),
    ("sysregs", {"host/sysregs.py": "print('one\\ntwo')\n", "doc/sysregs.md": "one\n2\n"},
     "doc/sysregs.md:2: not what host/sysregs.py prints"),
    ("sysregs", {"host/sysregs.py": "print('one')\n"}, "doc/sysregs.md:1: not what host/sysregs.py prints"),
    ("calls", {"host/calls.py": "print('one\\ntwo')\n", "doc/calls.md": "one\n2\n"},
     "doc/calls.md:2: not what host/calls.py prints"),
    ("tests", {"test/system/test_x.py": "import pytest\n@pytest.mark.skip\ndef test_x():\n    pass\n"},
     "test_x.py:2: skip"),
    ("tests", {"test/system/test_x.py": "import pytest\n@pytest.mark.xfail(reason='x')\ndef test_x():\n    pass\n"},
     "xfail"),
    ("tests", {"test/system/test_x.py": "from pytest import importorskip as need\n"}, "importorskip"),
    ("tests", {"test/system/test_x.py": "def test_x():\n    assert True\n"},
     "test_x.py:2: this assertion cannot fail"),
    ("tests", {"test/system/test_x.py": "def test_x():\n    assert (0, 'words')\n"}, "this assertion cannot fail"),
    ("tests", {"test/unit/x.c": c("void f(void **s) { assert_true(1); }\n")}, "assert_true(1): cannot fail"),
    ("tests", {"test/unit/x.c": c("void f(void **s) { assert_int_equal(a, a); }\n")}, "cannot fail"),
    ("tests", {"test/unit/x.c": c("void f(void **s) { skip(); }\n")}, "cannot fail"),
    ("clang-tidy", {"src/monitor/run.c": c("int run_x(int n);\nint run_x(int n)\n{\n\treturn n == n;\n}\n")},
     "run.c:6: both sides"),
    ("clang-tidy", {"src/machine/run.c": c("int run_x(const int *p);\nint run_x(const int *p)\n{\n\tif (!p)\n\t\treturn *p;\n"
                                          "\treturn 0;\n}\n")}, "run.c:7: Dereference of null pointer"),
    ("clang-tidy", {"src/monitor/run.c": c('#include "lib/gone.h"\n')}, "file not found"),
    ("compilers", {"src/lib/bits.c": c("int bits_low(void);\nint bits_low(void)\n{\n\tint x;\n\treturn 0;\n}\n")},
     "bits.c:6:6: error: unused variable 'x'"),
    ("cppcheck", {"src/monitor/run.c": c("int run_x(void);\nint run_x(void)\n{\n\tint a[2] = {0, 0};\n\treturn a[2];\n}\n")},
     "run.c:7: Array 'a[2]' accessed at index 2"),
]


@pytest.fixture
def plant(tmp_path):
    """Writes a lawful tree with some files replaced or added; answers its root."""
    def write(files):
        top = tmp_path / "tree with space"
        for name, text in {**CLEAN, **files}.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (top / "tools").mkdir(exist_ok=True)
        shutil.copy(TOOLS / "layers.txt", top / "tools")
        shutil.copy(ROOT / ".clang-format", top)
        return top
    return write


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """An apt that is configured for one invented mirror."""
    apt = tmp_path / "bin/apt-get"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho http://mirror.example.test:80/debian\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")


def judge(law, top, **options):
    run = subprocess.run([TOOLS / law, top], capture_output=True, text=True, **options)
    assert run.stderr == ""
    return run.returncode, run.stdout


SOURCE_LAWS = sorted({law for law, _files, _words in DEFECTS})


def judges(law):
    """Whether this machine's version of the law's tool is the one that judges: tools/laws says so of a law that is not."""
    with tempfile.TemporaryDirectory() as nothing:
        return subprocess.run([TOOLS / law, nothing], capture_output=True).returncode != 77


JUDGING = [law for law in SOURCE_LAWS if judges(law)]
JUDGED = [(law, files, words) for law, files, words in DEFECTS if law in JUDGING]


@pytest.mark.parametrize("law", JUDGING)
def test_lawful_tree_passes(plant, mirror, law):
    assert judge(law, plant({})) == (0, "")


@pytest.mark.parametrize("law, files, words", JUDGED, ids=[f"{n}-{law}" for n, (law, _, _) in enumerate(JUDGED)])
def test_defect_is_named(plant, mirror, law, files, words):
    status, lines = judge(law, plant(files))
    assert status == 1
    assert words in lines


@pytest.mark.parametrize("law, files", [
    ("dispatch", {"src/monitor/run.c": c("void run_x(struct vcpu *v) { kind = guest_enter(&v->regs, &v->exit); }\n")}),
    ("dispatch", {"src/monitor/dispatch.c": c("void dispatch_x(struct vcpu *v) { v->regs.pc += v->exit.esr; }\n")}),
    ("dispatch", {"src/monitor/run.c": c("bool run_x(struct vcpu *v) { return v->regs.pc == 4; }\n")}),
    ("ledger", {"src/monitor/ledger.c": c("void ledger_x(void) { mmu_map(t, r, k); }\n"),
                "src/machine/mmu.c": c("int mmu_map(int x)\n{\n\treturn x;\n}\n")}),
    ("names", {"src/virtual/vgic_dist.c": c("int vgic_dist_x(void) { return 0; }\nint vgic_y(void) { return 0; }\n")}),
    ("names", {"src/lib/odd.c": c("int odder(void) { return 0; }\n"),
         "tools/names.txt": "src/lib/odd.c odder for a reason\n"}),
    ("recursion", {"src/lib/a.c": c("static int leaf(void) { return 0; }\nint a_x(void) { return leaf(); }\n"),
                   "src/lib/b.c": c("static int leaf(void) { return a_x(); }\nint b_x(void) { return leaf(); }\n")}),
    ("recursion", {"src/lib/a.c": c("void panic(void) { a_x(); }\nvoid a_x(void) { panic(); }\n")}),
    ("bounds", bounds(LOOP, LOOP_ROW)),
    ("bounds", bounds(LOOP, LOOP_ROW.replace("-", "7", 1), constant="BOUND_BITS = 1 << 5, /* of a word; measured 7 */")),
    ("bounds", bounds(LOOP, LOOP_ROW, "vgic_z()` | `require(on)` | never | - | so") | {
        "src/machine/cpu.c": c("/* while (1) */\n#define EACH(x) \\\n\tdo { \\\n\t} while (0)\n"),
        "src/lib/list.c": c("")} | {"src/virtual/vgic.c": c(LOOP + "void vgic_z(void) { require(on); }\n")}),
    ("headers", {"test/guest/el1.h": c("static inline void el1(void)\n{\n\tregister long x asm(\"x9\") = 0;\n\n"
                                       "\tasm volatile(\"hvc #0\" : \"+r\"(x));\n}\n")}),
    ("prose", {"doc/model.md": "`far/away.c`\n", "tools/prose.txt": "far/away.c not ours\n"}),
])
def test_what_is_allowed_passes(plant, law, files):
    assert judge(law, plant(files)) == (0, "")


def test_places_names_the_folder_of_the_tree(plant, mirror):
    top = plant({})
    (top / "doc/model.md").write_text(f"It lies in {top}/src.\n")
    status, lines = judge("places", top)
    assert status == 1
    assert lines == f"doc/model.md:1: {top}/ is a folder of this machine\n"


@pytest.mark.parametrize("law", ["style", "clang-tidy", "cppcheck"])
def test_missing_tool_fails_and_names_its_package(plant, tmp_path, law):
    few = tmp_path / "few"
    few.mkdir()
    (few / "python3").symlink_to(sys.executable)
    for name in ("sh", "dirname"):
        (few / name).symlink_to(shutil.which(name))
    status, lines = judge(law, plant({}), env={"PATH": str(few)})
    assert status == 1
    package = {"style": "clang-format"}.get(law, law)
    assert f"{package} is not installed (package {package})" in lines


@pytest.mark.parametrize("size, status", [(204799, 0), (204800, 1)])
def test_image_has_a_limit(plant, size, status):
    top = plant({})
    (top / "build").mkdir()
    (top / "build/corbel.img").write_bytes(bytes(size))
    assert judge("image", top)[0] == status


@pytest.mark.parametrize("law", ["image", "elf"])
def test_what_is_not_built_fails(plant, law):
    status, lines = judge(law, plant({}))
    assert status == 1 and "not built" in lines


LAWFUL = """\t.global _start
_start:\n\tmov x0, #0xd0\n\tdc cvac, x0\n\tb.eq _start\n\tbl fpu_load\n\teret\n\tdsb nsh\n\tisb\n\teret\n\tsb
fpu_load:\n\tldr q0, [x0]\n\tret\n\t.word 0x1e604020\n"""


@pytest.mark.parametrize("text, options, words", [
    (LAWFUL, [], ""),
    (LAWFUL + "other:\n\tfmov d0, x1\n", [], "FP/SIMD instruction: fmov"),
    (LAWFUL + "other:\n\tld1 {v0.16b}, [x0]\n", [], "FP/SIMD instruction: ld1"),
    (LAWFUL + "other:\n\tstp q0, q31, [sp]\n", [], "FP/SIMD instruction: stp"),
    (LAWFUL + "other:\n\teret\n\tnop\n", [], "eret is not followed by SB"),
    (LAWFUL + "other:\n\teret\n\tdsb sy\n\tnop\n", [], "eret is not followed by SB"),
    (LAWFUL + "other:\n\teret\n", [], "eret is not followed by SB"),
    (LAWFUL + "other:\n\tbl gone\n", ["-shared"], "undefined symbol gone"),
    (LAWFUL + "\t.data\n\t.word 0\n", ["-Wl,-N"], "is writable and executable"),
    ("\t.data\n\t.word 0\n", [], "no instruction in it"),
])
def test_elf(plant, text, options, words):
    top = plant({"planted.S": "\t.arch armv8.5-a\n" + text})
    (top / "build").mkdir()
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-e0",
                    "-Wl,--no-warn-rwx-segments", *options, "planted.S", "-o", "build/corbel.elf"], cwd=top, check=True)
    status, lines = judge("elf", top)
    assert (status, words in lines) == (1 if words else 0, True), lines


def runner(*words, tools=TOOLS):
    return subprocess.run([tools / "laws", *words], capture_output=True, text=True)


def test_runner_counts_and_names(plant):
    top = plant({"src/lib/long.c": c("\n" * 499)})
    run = runner("--root", top, "layers", "budget")
    assert run.stdout == ("ok layers\nFAIL budget\n  src/lib/long.c:501: 501 lines; a file has at most 500\n1 passed, 1 failed\n")
    assert run.returncode == 1
    assert runner("--root", top, "layers").returncode == 0


def test_runner_names_the_nearest_law():
    run = runner("layer")
    assert run.returncode == 2
    assert "no law is called 'layer'; the nearest is 'layers'" in run.stderr


@pytest.mark.parametrize("text", ["exit 3", "exit 1", "echo words >&2"])
def test_runner_fails_a_law_that_breaks(tmp_path, text):
    shutil.copy(TOOLS / "laws", tmp_path)
    (tmp_path / "odd").write_text(f"#!/bin/sh\n# Law: it breaks.\n{text}\n")
    (tmp_path / "odd").chmod(0o755)
    run = runner("--root", tmp_path, tools=tmp_path)
    assert run.returncode == 1
    assert run.stdout.startswith("FAIL odd\n  tools/odd:1: the law itself broke")


def test_every_law_has_a_planted_defect():
    listed = {row.split()[0] for row in runner("--list").stdout.splitlines()}
    assert listed == set(SOURCE_LAWS) | {"elf", "image"}


@pytest.mark.parametrize("law", ["style", "clang-tidy", "cppcheck"])
def test_another_version_of_the_tool_does_not_judge(plant, tmp_path, law):
    other = tmp_path / "other"
    other.mkdir()
    (other / law).write_text("#!/bin/sh\necho version 99.0\n")
    if law == "style":
        (other / law).rename(other / "clang-format")
    for program in other.iterdir():
        program.chmod(0o755)
    run = subprocess.run([TOOLS / "laws", "--root", plant({}), law], capture_output=True, text=True,
                         env={**os.environ, "PATH": f"{other}:{os.environ['PATH']}"})
    assert run.stdout.startswith(f"-- {law}: not judged: ")
    assert run.stdout.endswith("0 passed, 0 failed\n")
    assert run.returncode == 0
