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
	s64 value[SAMPLES];
	u32 often[SAMPLES];
};
void figure_add(struct figure *f, s64 value); /* less than 0 where the clock is coarse */
s64 figure_mode(const struct figure *f);      /* the most frequent value; the smallest of equals */
s64 figure_worst(const struct figure *f);

/* --- bench.c --- */
extern u64 bench_empty; /* ticks of a frame around nothing */
/* What a row does: adds its samples and answers true; false: cannot be measured on this machine. */
typedef bool row_measure(struct figure *f);

/* --- frame.S: ticks from one counter read to the other, around one operation --- */
typedef u64 frame_run(u64 x0, u64 x1);
frame_run frame_empty, frame_hvc, frame_smc, frame_id_register, frame_sysreg_write, frame_read32,
	frame_read64, frame_write32, frame_fp, frame_tlb, frame_cache, frame_timer, frame_interrupt_end,
	frame_busy;

/* --- interrupt.S: with interrupts unmasked for as long as it takes --- */
enum { INTERRUPT_NONE = 1023 };
struct interrupt {
	u64 ticks, intid; /* none came: INTERRUPT_NONE */
};
extern u8 interrupt_vectors[];
struct interrupt interrupt_self(u64 sgi1r);
struct interrupt interrupt_spin(void), interrupt_wfi(void);
struct interrupt interrupt_late(u64 delay);
struct interrupt interrupt_stolen(u64 delay, u64 n);
struct interrupt interrupt_pending(u64 n);
u64 interrupt_post(u64 sgi1r, const volatile u64 *at);
u64 interrupt_wake(u64 deadline);

/* --- power.S --- */
/* What a started CPU leaves: ticks of its first FP instruction, and the counter at its first instruction. */
struct powered {
	volatile u64 fp, at;
};
u64 power_on_hvc(u64 target, struct powered *p), power_on_smc(u64 target, struct powered *p);
_Noreturn void power_call_at_hvc(u64 when, u64 function), power_call_at_smc(u64 when, u64 function);

/* --- the rows --- */
row_measure row_hvc_version, row_hvc_smccc, row_hvc_refused, row_id_register, row_sysreg_write;
row_measure row_tlb_va, row_cache_va, row_timer_program, row_busy_lost;
row_measure row_gicd_typer_read, row_gicd_isenabler_read, row_gicd_isenabler_write, row_gicr_typer_read;
row_measure row_pl011_fr_read, row_pl011_dr_write;
row_measure row_sgi_self, row_sgi_spin, row_sgi_wfi, row_irq_end;
row_measure row_timer_late, row_timer_stolen, row_wfi_wake;
row_measure row_pending_1, row_pending_4, row_pending_16, row_pending_64;
row_measure row_memory_first, row_memory_again, row_fp_first, row_fp_again, row_cpu_on;
