/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The yardstick: what an operation costs, in ticks of the virtual counter. Where one instruction is one tick
 * (QEMU's -icount shift=0 and a counter of 1 GHz) the figures are exact instruction counts, the same in every run.
 * A file rows_*.c measures operations of one kind; frame.S and interrupt.S hold everything between two counter
 * reads, so that no compiler's choice moves a figure. Interrupts are masked but in interrupt.S. MMU off throughout.
 */
#pragma once
#include "lib/guest.h"

enum { SAMPLES = 2000 };

/* --- figure.c: samples of one row --- */
struct figure {
	u32 count, distinct;
	u64 value[SAMPLES];
	u32 often[SAMPLES];
};
void figure_add(struct figure *f, u64 value);
u64 figure_mode(const struct figure *f); /* the most frequent value; the smallest of equals */
u64 figure_worst(const struct figure *f);

/* --- bench.c --- */
extern u64 bench_empty; /* ticks of a frame around nothing */
/* What a row does: adds its samples and answers true; false: cannot be measured on this machine. */
typedef bool row_measure(struct figure *f);

/* --- frame.S: ticks from one counter read to the other, around one operation --- */
typedef u64 frame_run(u64 x0, u64 x1);
frame_run frame_empty, frame_hvc, frame_smc, frame_id_register, frame_sysreg_write, frame_read32, frame_read64,
	frame_write32, frame_fp, frame_tlb, frame_cache, frame_timer, frame_interrupt_end, frame_busy;

/* --- the rows --- */
row_measure row_hvc_version, row_hvc_smccc, row_hvc_refused, row_id_register, row_sysreg_write;
row_measure row_tlb_va, row_cache_va, row_timer_program, row_fp_again, row_busy_lost;
row_measure row_gicd_typer_read, row_gicd_isenabler_read, row_gicd_isenabler_write, row_gicr_typer_read;
row_measure row_pl011_fr_read, row_pl011_dr_write;
