/* SPDX-License-Identifier: Apache-2.0 */
/* FP/SIMD registers survive traps, interrupts and sleep, on two CPUs with different values; CPACR_EL1 traps
 * go to EL1. */
#include "lib/guest.h"

void irq(u32 intid) { timer_tick(intid); }

#define ALL                                                                                                  \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, " \
	"27, 28, 29, 30, 31"

static void fill(u64 seed)
{
	u64 values[64] __attribute__((aligned(16)));

	for (u64 n = 0; n < 64; n++)
		values[n] = (seed + n) * 0x9e3779b97f4a7c15;
	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tldr q\\n, [x1], #16\n\t.endr" ::"r"(values)
	             : "x1", "memory");
	write_register(fpcr, seed & 1 ? 3 << 22 : 1 << 24);
	write_register(fpsr, seed & 0x1f);
}

static void compare(u64 seed)
{
	u64 values[64] __attribute__((aligned(16)));

	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tstr q\\n, [x1], #16\n\t.endr" ::"r"(values)
	             : "x1", "memory");
	for (u64 n = 0; n < 64; n++)
		if (values[n] != (seed + n) * 0x9e3779b97f4a7c15)
			guest_fail(__LINE__, "half %lu of the FP registers is 0x%lx", n, values[n]);
	CHECK_EQUAL(read_register(fpcr), seed & 1 ? 3 << 22 : 1 << 24);
	CHECK_EQUAL(read_register(fpsr), seed & 0x1f);
}

static void work(u64 seed)
{
	u64 rounds = guest_rounds(300);
	u32 cpu = guest_cpu();

	write_register(cpacr_el1, 3 << 20);
	isb();
	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, 1);
	irq_unmask();
	for (u64 i = 0; i < rounds; i++) {
		u64 value;

		fill(seed + i);
		psci_call(PSCI_VERSION, 0, 0, 0);
		read32(GICD + GICD_TYPER);
		fault_read64(HOLE, &value);
		compare(seed + i);
		wfi();
		timer_sleep(timer_milliseconds(1) / 4);
		compare(seed + i);
	}
	CHECK(timer_ticks[cpu] > rounds / 6);
	write_register(cntv_ctl_el0, 0);
	irq_mask();
}

void test(void)
{
	struct fault f;

	write_register(cpacr_el1, 0);
	isb();
	f = fault_execute(0x4e080c00, 0, NULL); /* DUP V0.2D, X0 */
	CHECK(f.taken && f.elr == f.at);
	CHECK_EQUAL(field_get(ESR_EC, f.esr), 7);
	smp_start(1, work, guest_seed(100000));
	work(guest_seed(7));
	smp_wait_off(1);
}
