/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin itself: its options, and what it asks QEMU to be told of. A block of instructions is
 * translated for one exception level, so what is asked for is decided once per block. Counting uses plain
 * callbacks: inline additions and scoreboards go by the index of the vCPU, which cpu.c says is not to be trusted.
 *
 * Rules: no FP or SIMD at EL2 but in `fp` ranges; break.h.
 *
 * Options: out=FILE (JSON, a line per row), profile=FILE (doc/bench.md), image=FIRST-END (addresses of EL2's code),
 * fp=FIRST-END (its functions that may use FP, may be repeated), period=CALL (period.h), linear=ADDRESS (where EL2 maps physical address 0).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "break.h"
#include "cpu.h"
#include "decode.h"
#include "period.h"
#include "lib/bits.h"
#include "qemu.h"
#include "registers.h"
#include "stack.h"
#include "stage2.h"
#include "violation.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv);

#define PSTATE_EL   FIELD(3, 2)
#define PSTATE_NRW  BIT(4)
#define PSTATE_MODE FIELD(3, 0) /* AArch32: 0 is User */
enum { EL0, EL1, EL2 };

enum { FP_RANGES = 8 };

struct range {
	u64 first, end;
};

static struct {
	const char *out, *profile;
	struct range image, fp[FP_RANGES];
	u32 fps;
} options;
static u32 vcpus;

static __attribute__((noreturn)) void fail(const char *what, const char *which)
{
	fprintf(stderr, "corbel plugin: %s%s\n", what, which);
	exit(2);
}

/* --- what is called while the machine runs --- */

static void on_el2_block(unsigned vcpu, void *pc) { cpu_enter_el2(vcpu, (u64)pc); }

static void on_guest_block(unsigned vcpu, void *unused)
{
	(void)unused;
	cpu_enter_guest(vcpu);
}

static void on_el2(unsigned vcpu, void *unused)
{
	(void)unused;
	cpu_of(vcpu)->now.count++;
}

static void on_el2_profiled(unsigned vcpu, void *place)
{
	struct visit *visit = &cpu_of(vcpu)->now;

	visit->count++;
	__atomic_fetch_add(&visit->cause->places[(u64)place], 1, __ATOMIC_RELAXED);
}

static void on_el1(unsigned vcpu, void *unused)
{
	(void)unused;
	cpu_of(vcpu)->guest->el1++;
}

static void on_el0(unsigned vcpu, void *unused)
{
	(void)unused;
	cpu_of(vcpu)->guest->el0++;
}

static void on_fp(unsigned vcpu, void *pc)
{
	violation("fp", (u64)pc, "CPU %u executes an FP or SIMD instruction at EL2", cpu_of(vcpu)->index);
}

static void on_wfi(unsigned vcpu, void *pc)
{
	break_leave(cpu_of(vcpu), (u64)pc, "WFI");
	cpu_wait(vcpu);
}

static void on_eret(unsigned vcpu, void *pc)
{
	const struct cpu *cpu = cpu_of(vcpu);
	u64 pstate = registers_read(REG_SPSR_EL2);

	if (!(pstate & PSTATE_NRW) && field_get(PSTATE_EL, pstate) == EL2)
		return;
	break_load(cpu, (u64)pc, cpu->vttbr);
	break_leave(cpu, (u64)pc, "ERET");
}

static void on_dsb(unsigned vcpu, void *word) { break_dsb(cpu_of(vcpu), (u32)(u64)word); }

static void on_tlbi(unsigned vcpu, void *word) { break_tlbi(cpu_of(vcpu), (u32)(u64)word); }

/* What tells an instruction and the register that it reads apart. */
static u64 with_register(u64 pc, u32 word) { return pc << 8 | decode_register(word); }

static u64 register_of(u64 pc_and_register)
{
	u64 x = pc_and_register & 0xff;

	return x == XZR ? 0 : registers_read(REG_X0 + (enum reg)x);
}

static void on_vttbr(unsigned vcpu, void *insn)
{
	struct cpu *cpu = cpu_of(vcpu);

	cpu->vttbr = register_of((u64)insn);
	break_load(cpu, (u64)insn >> 8, cpu->vttbr);
}

static void on_zero(unsigned vcpu, void *insn)
{
	(void)vcpu;
	break_zero(register_of((u64)insn));
}

static void on_zeroed(unsigned vcpu, void *pc) { break_zeroed(cpu_of(vcpu), (u64)pc); }

static void on_store(unsigned vcpu, qemu_plugin_meminfo_t info, u64 at, void *pc)
{
	const struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, at);

	if (!where || qemu_plugin_hwaddr_is_io(where))
		return;
	u64 physical = qemu_plugin_hwaddr_phys_addr(where);

	stack_store(at);
	if (break_matters(physical)) {
		qemu_plugin_mem_value value = qemu_plugin_mem_get_value(info);

		break_store(cpu_of(vcpu), (u64)pc, physical, (const u8 *)&value.data, 1U << value.type);
	}
}

/* --- what is asked for --- */

static u64 level_now(void)
{
	u64 pstate = registers_read(REG_CPSR);

	if (pstate & PSTATE_NRW)
		return pstate & PSTATE_MODE ? EL1 : EL0;
	return field_get(PSTATE_EL, pstate);
}

static bool may_use_fp(u64 pc)
{
	for (const struct range *r = options.fp; r < options.fp + options.fps; r++)
		if (pc >= r->first && pc < r->end)
			return true;
	return false;
}

static void ask(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t call, u64 data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, call, QEMU_PLUGIN_CB_R_REGS, (void *)data);
}

/* For the rules, after it was counted. */
static void watch(struct qemu_plugin_insn *insn, u64 pc, u32 word)
{
	switch (decode(word)) {
	case OPERATION_FP:
		if (!may_use_fp(pc))
			ask(insn, on_fp, pc);
		break;
	case OPERATION_WFI:
		ask(insn, on_wfi, pc);
		break;
	case OPERATION_ERET:
		ask(insn, on_eret, pc);
		break;
	case OPERATION_DSB:
		ask(insn, on_dsb, word);
		break;
	case OPERATION_TLBI:
		ask(insn, on_tlbi, word);
		break;
	case OPERATION_VTTBR:
		ask(insn, on_vttbr, with_register(pc, word));
		break;
	case OPERATION_ZERO:
		ask(insn, on_zero, with_register(pc, word));
		return; /* and QEMU takes memory for untagged where an instruction's stores are watched */
	case OPERATION_PLAIN:
		break;
	}
	qemu_plugin_register_vcpu_mem_cb(insn, on_store, QEMU_PLUGIN_CB_R_REGS, QEMU_PLUGIN_MEM_W,
	                                 (void *)pc);
}

static void translate_el2(struct qemu_plugin_tb *tb)
{
	bool zeroed = true; /* the block before may have ended so */

	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_el2_block, QEMU_PLUGIN_CB_R_REGS,
	                                     (void *)qemu_plugin_tb_vaddr(tb));
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		u64 pc = qemu_plugin_insn_vaddr(insn);
		u32 word = 0;

		qemu_plugin_insn_data(insn, &word, sizeof(word));
		qemu_plugin_register_vcpu_insn_exec_cb(insn, options.profile ? on_el2_profiled : on_el2,
		                                       QEMU_PLUGIN_CB_NO_REGS, (void *)cause_place(pc));
		if (zeroed)
			ask(insn, on_zeroed, pc);
		watch(insn, pc, word);
		zeroed = decode(word) == OPERATION_ZERO;
	}
}

static void translate_guest(struct qemu_plugin_tb *tb, u64 level)
{
	enum qemu_plugin_cb_flags flags = vcpus > 1 ? QEMU_PLUGIN_CB_R_REGS : QEMU_PLUGIN_CB_NO_REGS;

	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_guest_block, flags, NULL);
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, i),
		                                       level == EL1 ? on_el1 : on_el0, QEMU_PLUGIN_CB_NO_REGS,
		                                       NULL);
}

/*
 * QEMU shows the PSTATE that a CPU had before it went to AArch32: once guests run, what seems to be EL2 and is not EL2's code
 * is EL0 of a guest. (Before that EL2 runs at physical addresses.)
 */
static u64 level_of(u64 pc)
{
	static bool guests;
	u64 level = level_now();

	if (level == EL2 && guests && options.image.end &&
	    (pc < options.image.first || pc >= options.image.end))
		level = EL0;
	guests |= level < EL2;
	return level;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	u64 level = level_of(qemu_plugin_tb_vaddr(tb));

	if (level == EL2)
		translate_el2(tb);
	else if (level < EL2)
		translate_guest(tb, level);
}

/* --- beginning and end --- */

static void on_vcpu(qemu_plugin_id_t id, unsigned vcpu)
{
	(void)id;
	const char *missing = registers_find();

	if (missing)
		fail("this CPU has no register ", missing);
	cpu_appear(vcpu, vcpus);
}

static FILE *open_for_writing(const char *name)
{
	FILE *file = fopen(name, "w");

	if (!file)
		fail("cannot write ", name);
	return file;
}

static void on_end(qemu_plugin_id_t id, void *unused)
{
	(void)id, (void)unused;
	FILE *out = open_for_writing(options.out);

	cpu_finish();
	cpu_print(out);
	cause_print(out);
	period_print(out);
	break_print(out);
	stack_print(out);
	violation_print(out);
	fprintf(out, "{\"row\": \"end\"}\n");
	fclose(out);
	if (options.profile) {
		out = open_for_writing(options.profile);
		cause_print_profile(out);
		fclose(out);
	}
}

static struct range read_range(const char *text)
{
	struct range r;

	if (sscanf(text, "%li-%li", (long *)&r.first, (long *)&r.end) != 2 || r.first >= r.end)
		fail("accepted: FIRST-END, two addresses; not ", text);
	return r;
}

static void read_option(char *text)
{
	char *value = strchr(text, '=');

	if (!value)
		fail("accepted: out=, profile=, image=, fp=, period=, linear=; not ", text);
	*value++ = 0;
	if (strcmp(text, "out") == 0)
		options.out = value;
	else if (strcmp(text, "profile") == 0)
		options.profile = value;
	else if (strcmp(text, "image") == 0)
		options.image = read_range(value);
	else if (strcmp(text, "fp") == 0 && options.fps < FP_RANGES)
		options.fp[options.fps++] = read_range(value);
	else if (strcmp(text, "period") == 0)
		period_init((u32)strtoul(value, NULL, 0));
	else if (strcmp(text, "linear") == 0)
		stage2_init(strtoull(value, NULL, 0));
	else
		fail("accepted: out=, profile=, image=, fp=, period=, linear=; not ", text);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	if (!info->system_emulation || strcmp(info->target_name, "aarch64") != 0)
		fail("accepted: qemu-system-aarch64; not ", info->target_name);
	if (info->system.max_vcpus > CPU_MAX)
		fail("too many CPUs", "");
	for (int i = 0; i < argc; i++)
		read_option(strdup(argv[i]));
	if (!options.out)
		fail("no out=FILE", "");
	vcpus = (u32)info->system.smp_vcpus;
	cause_init(options.image.first, options.image.end - options.image.first, options.profile);
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end, NULL);
	return 0;
}
