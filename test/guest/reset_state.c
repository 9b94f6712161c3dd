/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a CPU finds in its registers: at boot, at CPU_ON, at CPU_ON after it dirtied all of them, and
 * after SYSTEM_RESET. Where the architecture says UNKNOWN, QEMU and Corbel say 0.
 */
#include "lib/guest.h"

/* clang-format off */
#define REGISTERS(X) \
	X(tcr_el1) X(ttbr0_el1) X(ttbr1_el1) X(mair_el1) X(amair_el1) X(vbar_el1) X(esr_el1) X(far_el1) X(elr_el1) \
	X(spsr_el1) X(sp_el0) X(tpidr_el0) X(tpidr_el1) X(tpidrro_el0) X(contextidr_el1) X(cpacr_el1) X(par_el1) \
	X(csselr_el1) X(afsr0_el1) X(afsr1_el1) X(mdscr_el1) X(cntkctl_el1) X(cntv_ctl_el0) X(cntp_ctl_el0)
/* clang-format on */
enum { CONTROL, DAIF, LEVEL, SPSEL, PMR, GROUP1, PLAIN };
static const char *const names[] = {"sctlr_el1", "daif",        "CurrentEL",
                                    "SPSel",     "ICC_PMR_EL1", "ICC_IGRPEN1_EL1",
#define X(name) #name,
                                    REGISTERS(X)};
#undef X
#define ALL                                                                                                  \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, " \
	"27, 28, "                                                                                           \
	"29, 30, 31"
static u64 found[CPUS_MAX][PLAIN + 32];
static u64 vectors[CPUS_MAX][66];

void first_words(u32 cpu)
{
	u64 *to = found[cpu];

	*to++ = read_register(sctlr_el1);
	*to++ = read_register(daif);
	*to++ = read_register(CurrentEL);
	*to++ = read_register(SPSel);
	*to++ = read_register(s3_0_c4_c6_0);
	*to++ = read_register(s3_0_c12_c12_7);
#define X(name) *to++ = read_register(name);
	REGISTERS(X)
#undef X
	write_register(cpacr_el1, 3 << 20);
	isb();
	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tstr q\\n, [x1], #16\n\t.endr" ::"r"(vectors[cpu])
	             : "x1", "memory");
	vectors[cpu][64] = read_register(fpcr);
	vectors[cpu][65] = read_register(fpsr);
}

/* Unsuitable for the next owner of this CPU, and harmless until then. */
static void dirty(u64 unused)
{
	(void)unused;
#define X(name)                                 \
	if (#name[0] != 'c' || #name[1] != 'n') \
		write_register(name, 0x5a5a5a5a5a5a5a50);
	REGISTERS(X)
#undef X
	write_register(cpacr_el1, 3 << 20);
	isb();
	asm volatile(".irp n, " ALL "\n\tdup v\\n\\().2d, %0\n\t.endr" ::"r"(0x6b6b6b6b6b6b6b6b));
	write_register(fpcr, 3 << 22);
	write_register(fpsr, 0x1f);
	write_register(cntkctl_el1, 3);
	write_register(cntv_cval_el0, 0);
	write_register(cntv_ctl_el0, 3);
	write_register(cntp_cval_el0, 0);
	write_register(cntp_ctl_el0, 3);
}

static void check(u32 cpu, u64 context)
{
	const u64 want[PLAIN] = {[DAIF] = 0x3c0, [LEVEL] = 4, [SPSEL] = 1};
	const u64 *got = found[cpu];

	guest_print("CPU %u: sctlr 0x%lx\n", cpu, got[CONTROL]);
	/* M, A, C, I, WXN, E0E, EE are off; EOS, EIS, SPAN (as if RES1) are set. */
	CHECK_EQUAL(got[CONTROL] & (BIT(0) | BIT(1) | BIT(2) | BIT(12) | BIT(19) | BIT(24) | BIT(25)), 0);
	CHECK_EQUAL(got[CONTROL] & 0xc00800, 0xc00800);
	for (u32 i = DAIF; i < ARRAY_COUNT(names); i++)
		if (got[i] != (i < PLAIN ? want[i] : 0))
			guest_fail(__LINE__, "CPU %u found 0x%lx in %s", cpu, got[i], names[i]);
	for (u32 n = 0; n < 31; n++) {
		if (n == 4 && cpu == 0 && tree_word("loader-x4"))
			continue;
		if (boot_registers[cpu][n] != (n == 0 ? context : 0))
			guest_fail(__LINE__, "CPU %u found 0x%lx in x%u", cpu, boot_registers[cpu][n], n);
	}
	for (u32 n = 0; n < 66; n++)
		if (vectors[cpu][n])
			guest_fail(__LINE__, "CPU %u found 0x%lx in half %u of the FP registers", cpu,
			           vectors[cpu][n], n);
}

void test(void)
{
	CHECK(is_aligned(tree_address(), 8));
	check(0, tree_address());
	for (u64 round = 0; round < 3; round++) {
		smp_start(1, dirty, 0xabcdef0123456789 + round);
		smp_wait_off(1);
		check(1, 0xabcdef0123456789 + round);
	}
	if (guest_rebooted())
		return;
	dirty(0);
	guest_reboot();
}
