/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that begin and end on one CPU without an interrupt: calls, registers, emulated devices. */
#include "bench.h"

enum { NOBODYS_CALL = 0xc600ff00 }; /* of the range for hypervisors' own calls (DEN0028 table 6-2) */
enum { DOTS_A_LINE = 50, BUSY_LENGTH = 40000000, BUSY_SAMPLES = 5, SPI_BANK = 4, SPI_FIRST = 32 };

/* One sample, unless the operation raises an exception: then the machine has no such thing. */
static bool sample(struct figure *f, frame_run *frame, u64 x0, u64 x1)
{
	u64 ticks;

	fault_expect();
	ticks = frame(x0, x1);
	if (fault_result(0).taken)
		return false;
	figure_add(f, ticks - bench_empty);
	return true;
}

static bool repeat(struct figure *f, frame_run *frame, u64 x0, u64 x1)
{
	for (u32 i = 0; i < SAMPLES; i++)
		if (!sample(f, frame, x0, x1))
			return false;
	return true;
}

static bool call(struct figure *f, u64 function)
{
	return repeat(f, machine.smc ? frame_smc : frame_hvc, function, 0);
}

bool row_hvc_version(struct figure *f) { return call(f, PSCI_VERSION); }
bool row_hvc_smccc(struct figure *f) { return call(f, SMCCC_VERSION); }
bool row_hvc_refused(struct figure *f) { return call(f, NOBODYS_CALL); }
bool row_id_register(struct figure *f) { return repeat(f, frame_id_register, 0, 0); }
bool row_gicd_typer_read(struct figure *f) { return repeat(f, frame_read32, GICD + GICD_TYPER, 0); }
bool row_gicr_typer_read(struct figure *f) { return repeat(f, frame_read64, GICR + GICR_TYPER, 0); }
bool row_pl011_fr_read(struct figure *f) { return repeat(f, frame_read32, PL011 + UART_FR, 0); }

bool row_sysreg_write(struct figure *f) { return repeat(f, frame_sysreg_write, read_register(actlr_el1), 0); }

bool row_gicd_isenabler_read(struct figure *f)
{
	return repeat(f, frame_read32, GICD + GICD_ISENABLER + SPI_BANK, 0);
}

/* Each sample turns 32 interrupts on that were off; none of them is pending. */
bool row_gicd_isenabler_write(struct figure *f)
{
	bool can = true;

	for (u32 i = 0; i < SAMPLES && can; i++) {
		can = sample(f, frame_write32, GICD + GICD_ISENABLER + SPI_BANK, ~0u);
		write32(GICD + GICD_ICENABLER + SPI_BANK, ~0u);
		gic_disable(0, SPI_FIRST); /* waits until that has taken effect */
	}
	return can;
}

/* The line is ready for each character. Not to be in a line of figures, the dots have lines of their own. */
bool row_pl011_dr_write(struct figure *f)
{
	for (u32 i = 0; i < SAMPLES; i++) {
		WAIT_FOR(!(read32(PL011 + UART_FR) & UART_FR_TXFF));
		if (!sample(f, frame_write32, PL011 + UART_DR, '.'))
			return false;
		if (i % DOTS_A_LINE == DOTS_A_LINE - 1)
			guest_print("\n");
	}
	return true;
}

bool row_tlb_va(struct figure *f) { return repeat(f, frame_tlb, (u64)image_start >> 12, 0); }
bool row_cache_va(struct figure *f) { return repeat(f, frame_cache, (u64)image_start, 0); }
bool row_timer_program(struct figure *f) { return repeat(f, frame_timer, ~0UL, 0); }

bool row_busy_lost(struct figure *f)
{
	for (u32 i = 0; i < BUSY_SAMPLES; i++)
		figure_add(f, frame_busy(BUSY_LENGTH / 2, 0) - bench_empty - BUSY_LENGTH);
	return true;
}
