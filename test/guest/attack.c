/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A storm of one kind on all its CPUs, without an end: the boot word says of which. What becomes of somebody else then
 * host/interference.py sees.
 */
#include "lib/guest.h"

enum { SGI = 3, LINE = 64 };

static bool storms_by_timer;

void irq(u32 intid)
{
	if (intid != TIMER_VIRTUAL)
		return;
	write_register(cntv_cval_el0,
	               timer_now() + (storms_by_timer ? timer_frequency() / 1000000 : timer_frequency()));
	isb();
}

static void idle(void) { wfi(); }
static void spin(void) { asm volatile("yield"); }
static void calls(void) { psci_call(PSCI_FEATURES, PSCI_CPU_ON, 0, 0); }

static void mmio(void)
{
	read32(GICD + GICD_TYPER);
	write32(GICD + GICD_ISENABLER + 4, 0);
	read32(gic_redist(guest_cpu()) + GICR_TYPER);
	read32(PL011 + UART_FR);
}

static void sgis(void)
{
	gic_sgi_others(SGI);
	gic_sgi(guest_cpu(), SGI);
}

static void timers(void) { asm volatile("yield"); }

static void tlbi(void)
{
	asm volatile(
		"tlbi vmalle1is\n\tdsb ish\n\ttlbi vmalle1\n\tdc cisw, xzr\n\tic ialluis\n\tdsb ish\n\tisb" ::
			: "memory");
}

static void log(void)
{
	for (u32 i = 0; i < LINE; i++)
		write32(PL011 + UART_DR, i + 1 < LINE ? '.' : '\n');
}

static void comes_and_goes(u64 unused) { (void)unused; }

/* CPU 0 turns the others on, which turn themselves off. */
static void power(void)
{
	for (u32 cpu = 1; cpu < tree_cpu_count() && !guest_cpu(); cpu++)
		smp_try(cpu, comes_and_goes, 0);
}

static void reset(void) { psci_call(PSCI_SYSTEM_RESET, 0, 0, 0); }

static const struct {
	const char *word;
	void (*act)(void);
} storms[] = {
	{"idle", idle},     {"spin", spin}, {"calls", calls}, {"mmio", mmio},   {"sgis", sgis},
	{"timers", timers}, {"tlbi", tlbi}, {"log", log},     {"power", power}, {"reset", reset},
};

static void storm(u64 which)
{
	gic_enable(guest_cpu(), SGI, 0x80);
	gic_enable(guest_cpu(), TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, storms_by_timer);
	irq_unmask();
	for (;;)
		storms[which].act();
}

void test(void)
{
	for (u64 i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		if (!tree_word(storms[i].word))
			continue;
		storms_by_timer = storms[i].act == timers;
		for (u32 cpu = 1; cpu < tree_cpu_count() && storms[i].act != power; cpu++)
			smp_start(cpu, storm, i);
		storm(i);
	}
	guest_fail(__LINE__, "which storm? %s", tree_bootargs());
}
