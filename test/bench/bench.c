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
	{"busy_lost", row_busy_lost},
	{"tlb_va", row_tlb_va},
	{"cache_va", row_cache_va},
	{"timer_program", row_timer_program},
};

/* What the row before left to do elsewhere, such as output to a console, is done before the next begins. */
static void settle(void) { timer_sleep(timer_milliseconds(1)); }

static void calibrate(void)
{
	for (u32 i = 0; i < SAMPLES; i++)
		figure_add(&figure, frame_empty(0, 0));
	bench_empty = figure_mode(&figure);
}

static void run(const struct row *row)
{
	figure.count = figure.distinct = 0;
	settle();
	if (row->measure && row->measure(&figure))
		guest_print("bench: %s %lu %lu %u\n", row->key, figure_mode(&figure), figure_worst(&figure),
		            figure.count);
	else
		guest_print("bench: %s - - 0\n", row->key);
}

void test(void)
{
	guest_print("bench: begin\nbench: frequency %lu\n", timer_frequency());
	calibrate();
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		run(&rows[i]);
	guest_print("bench: end\n");
	psci_system_off();
}
