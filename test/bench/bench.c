/* SPDX-License-Identifier: Apache-2.0 */
/* The table: prints a line for each row, in the order of doc/bench.md, and powers off. */
#include "bench.h"

u64 bench_empty;
static struct figure figure;

/* No measure: what it is about comes later. */
static const struct row {
	const char *key;
	row_measure *measure;
} rows[] = {
	{"hvc_version", row_hvc_version},
	{"hvc_smccc", row_hvc_smccc},
	{"hvc_refused", row_hvc_refused},
	{"id_register", row_id_register},
	{"sysreg_write", row_sysreg_write},
	{"gicd_typer_read", row_gicd_typer_read},
	{"gicd_isenabler_read", row_gicd_isenabler_read},
	{"gicd_isenabler_write", row_gicd_isenabler_write},
	{"gicr_typer_read", row_gicr_typer_read},
	{"pl011_fr_read", row_pl011_fr_read},
	{"pl011_dr_write", row_pl011_dr_write},
	{"sgi_self", row_sgi_self},
	{"sgi_spin", row_sgi_spin},
	{"sgi_wfi", row_sgi_wfi},
	{"timer_late", row_timer_late},
	{"timer_stolen", row_timer_stolen},
	{"irq_end", row_irq_end},
	{"wfi_wake", row_wfi_wake},
	{"memory_first", row_memory_first},
	{"memory_again", row_memory_again},
	{"fp_first", row_fp_first},
	{"fp_again", row_fp_again},
	{"cpu_on", row_cpu_on},
	{"pending_1", row_pending_1},
	{"pending_4", row_pending_4},
	{"pending_16", row_pending_16},
	{"pending_64", row_pending_64},
	{"busy_lost", row_busy_lost},
	{"tlb_va", row_tlb_va},
	{"cache_va", row_cache_va},
	{"timer_program", row_timer_program},
	{"vcpu_switch", NULL},
	{"sgi_same_cpu", NULL},
	{"doorbell", NULL},
	{"lpi", NULL},
	{"destroy", NULL},
	{"reset", NULL},
};

/* What the row before left to do elsewhere, such as output to a console, is done before the next begins. */
static void settle(void) { timer_sleep(timer_milliseconds(1)); }

static void calibrate(void)
{
	for (u32 i = 0; i < SAMPLES; i++)
		figure_add(&figure, frame_empty(0, 0));
	bench_empty = (u64)figure_mode(&figure);
}

static void run(const struct row *row)
{
	figure.count = figure.distinct = 0;
	settle();
	if (row->measure && row->measure(&figure))
		guest_print("bench: %s %ld %ld %u\n", row->key, (long)figure_mode(&figure),
		            (long)figure_worst(&figure), figure.count);
	else
		guest_print("bench: %s - - 0\n", row->key);
}

/* A fault that no guest can answer: its vectors are where no memory is. */
static _Noreturn void fault_at(u64 when)
{
	write_register(vbar_el1, 0);
	isb();
	while (timer_now() < when)
		;
	for (;;)
		asm volatile("udf #0");
}

/*
 * The boot words bench=reset, and bench=fault for a VM that its policy starts again: no rows, but lives without end, for whoever watches from outside. Tells when its
 * first instruction was, and when the call that ends this life will be.
 */
static _Noreturn void reset(bool by_fault)
{
	u64 when;

	guest_print("bench: alive %lu\n", boot_registers[0][BOOT_COUNTER]);
	when = timer_now() + timer_milliseconds(1);
	guest_print("bench: reset %lu\n", when);
	if (by_fault)
		fault_at(when);
	if (machine.smc)
		power_call_at_smc(when, PSCI_SYSTEM_RESET);
	power_call_at_hvc(when, PSCI_SYSTEM_RESET);
}

void test(void)
{
	write_register(vbar_el1, (u64)interrupt_vectors);
	isb();
	if (tree_word("bench=reset") || tree_word("bench=fault"))
		reset(tree_word("bench=fault"));
	guest_print("bench: begin\nbench: frequency %lu\n", timer_frequency());
	calibrate();
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		run(&rows[i]);
	guest_print("bench: end\n");
	psci_system_off();
}
