/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All CPUs ask for SYSTEM_RESET at once, by its three ids, with interrupts and an alarm outstanding: the VM starts once more, with all
 * as at power-on. Then all ask for SYSTEM_OFF at once, and it ends.
 */
#include "lib/guest.h"

enum { CPUS = 4, REBOOTED_AT = 0x7ff00000 }; /* as guest_reboot() marks it */
static volatile u32 ready;
static volatile bool go;
static volatile u64 initialised = 0x1122334455667788;

static void end(u64 function)
{
	ready++;
	while (!go)
		asm volatile("yield");
	psci_call(function, 0, 0, 0);
	guest_fail(__LINE__, "0x%lx came back", function);
}

/* Every CPU but this one waits for `go`. */
static void gather(const u64 functions[CPUS])
{
	for (u32 cpu = 1; cpu < CPUS; cpu++) {
		u32 before = ready;

		smp_start(cpu, end, functions[cpu]);
		WAIT_FOR(ready != before);
	}
}

static void burden(void)
{
	gic_enable(1, RTC_INTID, 0x80);
	write32(PL031 + RTC_MR, read32(PL031 + RTC_DR) + 1);
	write32(PL031 + RTC_IMSC, 1);
	for (u32 n = 40; n < 288; n++) {
		gic_enable(n % CPUS, n, 0xf8);
		gic_set_bit(0, n, GICD_ISPENDR);
	}
	write_register(cntv_cval_el0, 0);
	write_register(cntv_ctl_el0, 1);
	initialised = 5;
}

void test(void)
{
	static const u64 resets[CPUS] = {0, PSCI_SYSTEM_RESET, 0x84000012, 0xc4000012};
	static const u64 offs[CPUS] = {0, PSCI_SYSTEM_OFF, PSCI_SYSTEM_OFF, PSCI_SYSTEM_OFF};

	CHECK_EQUAL(initialised, 0x1122334455667788);
	CHECK_EQUAL(tree_cpu_count(), CPUS);
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		CHECK_EQUAL(smp_state(cpu), 1);
	CHECK_EQUAL(read32(PL031 + RTC_IMSC), 0);
	for (u32 n = 32; n < 288; n += 32)
		CHECK(read32(GICD + GICD_ISENABLER + n / 8) == 0 && read32(GICD + GICD_ISPENDR + n / 8) == 0);
	gather(guest_rebooted() ? offs : resets);
	if (guest_rebooted()) {
		guest_print("PASS %s\n", guest_name);
		go = true;
		psci_system_off();
	}
	write32(PL031 + RTC_LR, REBOOTED_AT);
	burden();
	dsb();
	go = true;
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	guest_fail(__LINE__, "SYSTEM_RESET came back");
}
