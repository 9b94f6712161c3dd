/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU_SUSPEND to a power-down state and SYSTEM_SUSPEND come back at their entry point with their context, as out of reset but for
 * the timers, when an interrupt is pending, whatever the CPU interface masks; with others on, SYSTEM_SUSPEND is refused
 * (DEN0022 §5.4, §5.11, §6.4).
 */
#include "lib/guest.h"

enum { POWER_DOWN = 1 << 16, WAKE = 3, ALARM = 2, SYSTEM_SUSPEND = 0xc400000e, NOT_ALONE = -3 };
#define CONTEXT 0x0123456789abcd00UL
extern u8 secondary[];
static volatile u64 step;
static volatile bool suspended[CPUS_MAX];
static u64 armed_until;

/* Runs first on each CPU that starts or comes back. */
void first_words(u32 cpu)
{
	if (!suspended[cpu])
		return;
	CHECK_EQUAL(read_register(vbar_el1), 0);
	CHECK_EQUAL(read_register(tpidr_el1), 0);
	CHECK_EQUAL(read_register(sctlr_el1) & 0x1005, 0);
	CHECK_EQUAL(read_register(daif), 0x3c0);
	CHECK_EQUAL(read_register(SPSel), 1);
	CHECK_EQUAL(read_register(s3_0_c12_c12_7), 0); /* ICC_IGRPEN1_EL1 */
	for (u32 n = 1; n < 31; n++)
		CHECK_EQUAL(boot_registers[cpu][n], 0);
	suspended[cpu] = false;
}

static void down(u64 function, u64 state, u64 context)
{
	u32 cpu = guest_cpu();
	s64 answer;

	write_register(tpidr_el1, 0x1234567);
	suspended[cpu] = true;
	dsb();
	answer = function == PSCI_CPU_SUSPEND ? psci_call(function, state, (u64)secondary, context)
	                                      : psci_call(function, (u64)secondary, context, 0);
	guest_fail(__LINE__, "0x%lx came back with %ld", function, (long)answer);
}

/* What Linux does on its way down: nothing is signalled any more (ICC_IGRPEN1_EL1, ICC_PMR_EL1). */
static void close_interface(void)
{
	write_register(s3_0_c12_c12_7, 0);
	write_register(s3_0_c4_c6_0, 0);
	isb();
}

/* --- CPU 1: woken by an SGI, by one that is pending already, by its timer --- */

static void powered(u64 context)
{
	switch (context - CONTEXT) {
	case 0:
		gic_enable(1, WAKE, 0x80);
		gic_enable(1, TIMER_VIRTUAL, 0x80);
		close_interface();
		step = 1;
		down(PSCI_CPU_SUSPEND, POWER_DOWN, CONTEXT + 1);
		break;
	case 1:
		CHECK_EQUAL(gic_acknowledge(), WAKE);
		gic_end(WAKE);
		step = 2;
		gic_sgi(1, WAKE);
		WAIT_FOR(gic_bit(1, WAKE, GICD_ISPENDR));
		close_interface();
		down(PSCI_CPU_SUSPEND, POWER_DOWN | 0x1234, CONTEXT + 2);
		break;
	case 2:
		CHECK_EQUAL(gic_acknowledge(), WAKE);
		gic_end(WAKE);
		armed_until = timer_now() + timer_milliseconds(5);
		write_register(cntv_cval_el0, armed_until);
		write_register(cntv_ctl_el0, 1);
		isb();
		down(PSCI_CPU_SUSPEND, POWER_DOWN, CONTEXT + 3);
		break;
	case 3:
		CHECK(timer_now() >= armed_until);
		CHECK_EQUAL(read_register(cntv_cval_el0), armed_until); /* always on, as the tree says */
		CHECK_EQUAL(read_register(cntv_ctl_el0), 5);
		write_register(cntv_ctl_el0, 0);
		step = 3;
		return;
	default:
		guest_fail(__LINE__, "came back with the context 0x%lx", context);
	}
}

static void refuse(void)
{
	const u64 bad[] = {0,   HOLE, PL011, RAM_BASE - 4, RAM_BASE + tree_memory_size(), (u64)secondary + 2,
	                   ~3UL};
	const u64 states[] = {
		1 << 17, 1 << 23, 1 << 24, 3 << 24 | POWER_DOWN, 1UL << 31, 1UL << 26 | POWER_DOWN};

	for (u32 i = 0; i < ARRAY_COUNT(bad); i++) {
		CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, POWER_DOWN, bad[i], 0), PSCI_INVALID_ADDRESS);
		CHECK_EQUAL(psci_call(SYSTEM_SUSPEND, bad[i], 0, 0), PSCI_INVALID_ADDRESS);
	}
	for (u32 i = 0; i < ARRAY_COUNT(states); i++)
		CHECK_EQUAL(psci_call(PSCI_CPU_SUSPEND, states[i], (u64)secondary, 0),
		            PSCI_INVALID_PARAMETERS);
}

static void power_down(void)
{
	cpus[1].main = powered;
	smp_start(1, powered, CONTEXT);
	WAIT_FOR(step == 1);
	CHECK_EQUAL(psci_call(SYSTEM_SUSPEND, (u64)secondary, 0, 0), NOT_ALONE);
	timer_sleep(timer_milliseconds(5));
	CHECK_EQUAL(step, 1); /* it sleeps */
	CHECK_EQUAL(smp_state(1), 0);
	CHECK_EQUAL(psci_call(PSCI_CPU_ON, 1, (u64)secondary, 0), PSCI_ALREADY_ON);
	gic_sgi(1, WAKE);
	WAIT_FOR(step == 3);
	smp_wait_off(1);
}

/* --- CPU 0, when it is alone: woken by the alarm of the clock --- */

static void resumed(u64 context)
{
	CHECK_EQUAL(guest_cpu(), 0);
	CHECK_EQUAL(context, CONTEXT + ALARM);
	CHECK(read32(PL031 + RTC_DR) >= (u32)armed_until);
	CHECK_EQUAL(gic_acknowledge(), RTC_INTID);
	write32(PL031 + RTC_ICR, 1);
	gic_end(RTC_INTID);
	CHECK_EQUAL(smp_state(1), 1);
	cpus[1].main = powered;
	smp_start(1, powered, CONTEXT); /* all works as before */
	WAIT_FOR(step == 1);
	gic_sgi(1, WAKE);
	WAIT_FOR(step == 3);
	guest_print("PASS %s\n", guest_name);
	psci_system_off();
}

void test(void)
{
	refuse();
	power_down();
	gic_enable(0, RTC_INTID, 0x80);
	armed_until = read32(PL031 + RTC_DR) + 2;
	write32(PL031 + RTC_MR, (u32)armed_until);
	write32(PL031 + RTC_IMSC, 1);
	cpus[0].main = resumed;
	step = 0;
	close_interface();
	down(SYSTEM_SUSPEND, 0, CONTEXT + ALARM);
}
