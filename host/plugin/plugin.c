/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin itself: its options, and what it asks QEMU to be told of. A block of instructions is
 * translated for one exception level, so what is asked for is decided once per block. Counting uses plain
 * callbacks: inline additions and scoreboards go by the index of the vCPU, which cpu.c says is not to be trusted.
 *
 * Options: out=FILE (JSON, a line per row), profile=FILE (doc/bench.md), image=FIRST-END (addresses of EL2's code).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cpu.h"
#include "lib/bits.h"
#include "qemu.h"
#include "registers.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                           char **argv);

#define PSTATE_EL   FIELD(3, 2)
#define PSTATE_NRW  BIT(4)
#define PSTATE_MODE FIELD(3, 0) /* AArch32: 0 is User */
enum { EL0, EL1, EL2 };

enum { WFI = 0xd503207f };
#define IS_MSR_VTTBR(word) (((word) & ~0x1fU) == 0xd51c2100)

static struct {
	const char *out, *profile;
	u64 image, image_end;
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

static void on_wfi(unsigned vcpu, void *unused)
{
	(void)unused;
	cpu_wait(vcpu);
}

static void on_msr_vttbr(unsigned vcpu, void *source)
{
	u64 x = (u64)source;

	cpu_load_stage2(cpu_of(vcpu), x == 31 ? 0 : registers_read(REG_X0 + (enum reg)x));
}

/* --- what is asked for --- */

static u64 level_now(void)
{
	u64 pstate = registers_read(REG_CPSR);

	if (pstate & PSTATE_NRW)
		return pstate & PSTATE_MODE ? EL1 : EL0;
	return field_get(PSTATE_EL, pstate);
}

static void watch_el2(struct qemu_plugin_insn *insn)
{
	u32 word = 0;
	u64 place = cause_place(qemu_plugin_insn_vaddr(insn));

	qemu_plugin_insn_data(insn, &word, sizeof(word));
	if (options.profile)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_el2_profiled, QEMU_PLUGIN_CB_NO_REGS,
		                                       (void *)place);
	else
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_el2, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (word == WFI)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_wfi, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (IS_MSR_VTTBR(word))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_msr_vttbr, QEMU_PLUGIN_CB_R_REGS,
		                                       (void *)(u64)(word & 31));
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	u64 level = level_now();
	size_t count = qemu_plugin_tb_n_insns(tb);

	if (level > EL2)
		return;
	if (level == EL2)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_el2_block, QEMU_PLUGIN_CB_R_REGS,
		                                     (void *)qemu_plugin_tb_vaddr(tb));
	else
		qemu_plugin_register_vcpu_tb_exec_cb(
			tb, on_guest_block, vcpus > 1 ? QEMU_PLUGIN_CB_R_REGS : QEMU_PLUGIN_CB_NO_REGS, NULL);
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (level == EL2)
			watch_el2(insn);
		else
			qemu_plugin_register_vcpu_insn_exec_cb(insn, level == EL1 ? on_el1 : on_el0,
			                                       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
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
	fprintf(out, "{\"row\": \"end\"}\n");
	fclose(out);
	if (options.profile) {
		out = open_for_writing(options.profile);
		cause_print_profile(out);
		fclose(out);
	}
}

static void read_range(const char *text, u64 *first, u64 *end)
{
	if (sscanf(text, "%li-%li", (long *)first, (long *)end) != 2 || *first >= *end)
		fail("accepted: FIRST-END, two addresses; not ", text);
}

static void read_option(char *text)
{
	char *value = strchr(text, '=');

	if (!value)
		fail("accepted: out=, profile=, image=; not ", text);
	*value++ = 0;
	if (strcmp(text, "out") == 0)
		options.out = value;
	else if (strcmp(text, "profile") == 0)
		options.profile = value;
	else if (strcmp(text, "image") == 0)
		read_range(value, &options.image, &options.image_end);
	else
		fail("accepted: out=, profile=, image=; not ", text);
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
	cause_init(options.image, options.image_end - options.image, options.profile);
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_end, NULL);
	return 0;
}
