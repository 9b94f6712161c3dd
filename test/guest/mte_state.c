/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of memory tagging survive traps, interrupts and CPU_SUSPEND, on two CPUs that hold different values; a CPU
 * that comes on finds zeroes, and the same GMID_EL1 as the other (Arm ARM D10, D19.2).
 */
#include "lib/guest.h"

enum { ROUNDS = 200, REGISTERS = 4 };
static u64 gmid;

void irq(u32 intid) { timer_tick(intid); }

static void fill(u64 seed)
{
	write_register(s3_0_c1_c0_6, seed & FIELD(16, 0));                 /* GCR_EL1: RRND, Exclude */
	write_register(s3_0_c1_c0_5, seed & (FIELD(23, 8) | FIELD(3, 0))); /* RGSR_EL1: SEED, TAG */
	write_register(s3_0_c5_c6_0, seed >> 5 & 3);                       /* TFSR_EL1 */
	write_register(s3_0_c5_c6_1, seed >> 7 & 3);                       /* TFSRE0_EL1 */
	write_register(s3_3_c4_c2_7, seed << 16 & BIT(25));                /* TCO */
	isb();
}

static void compare(u32 line, u64 seed)
{
	const u64 got[REGISTERS] = {read_register(s3_0_c1_c0_6), read_register(s3_0_c1_c0_5),
	                            read_register(s3_0_c5_c6_0), read_register(s3_0_c5_c6_1)};
	const u64 want[REGISTERS] = {seed & FIELD(16, 0), seed & (FIELD(23, 8) | FIELD(3, 0)), seed >> 5 & 3,
	                             seed >> 7 & 3};
	static const char *const names[REGISTERS] = {"GCR_EL1", "RGSR_EL1", "TFSR_EL1", "TFSRE0_EL1"};

	for (u32 i = 0; i < REGISTERS; i++)
		if (got[i] != want[i])
			guest_fail(line, "%s is 0x%lx, not 0x%lx", names[i], got[i], want[i]);
	if (read_register(s3_3_c4_c2_7) != (seed << 16 & BIT(25)))
		guest_fail(line, "TCO is 0x%lx", read_register(s3_3_c4_c2_7));
}

static void work(u64 seed)
{
	u64 rounds = guest_rounds(ROUNDS);
	u32 cpu = guest_cpu();

	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, 1);
	irq_unmask();
	for (u32 i = 0; i < rounds; i++) {
		u64 now = (seed + i) * 0x9e3779b97f4a7c15 >> 7, value;

		fill(now);
		psci_call(PSCI_VERSION, 0, 0, 0);
		read32(GICD + GICD_TYPER);
		fault_read64(HOLE, &value);
		compare(__LINE__, now);
		wfi();
		compare(__LINE__, now);
		timer_suspend();
		compare(__LINE__, now);
		CHECK_EQUAL(read_register(s3_1_c0_c0_4), gmid);
	}
	write_register(cntv_ctl_el0, 0);
	irq_mask();
	fill(~0UL); /* for whoever comes on next */
}

/* As out of reset: where the architecture says UNKNOWN, QEMU and Corbel say 0. */
static void come_on(u64 seed)
{
	compare(__LINE__, 0);
	work(seed);
}

void test(void)
{
	CHECK(field_get(FIELD(11, 8), read_register(id_aa64pfr1_el1)) >= 2);
	gmid = read_register(s3_1_c0_c0_4);
	CHECK(gmid >= 2 && gmid <= 6);
	smp_start(1, come_on, guest_seed(100000));
	work(guest_seed(7));
	smp_wait_off(1);
	smp_start(1, come_on, guest_seed(200000));
	smp_wait_off(1);
}
