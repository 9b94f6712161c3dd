/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts: from what causes one to its handler, and its end (IHI 0069, ch. 4). */
#include "bench.h"

enum { SGI = 1, PRIORITY = 0x80, DELAY = 2000, QUIET = 2000, LOOP = 5000, TURNS = 4, WORD = 32 };

static u64 sgi_to(u32 cpu) { return (u64)SGI << 24 | BIT(cpu); } /* ICC_SGI1R_EL1, Aff3..1 = 0 */

/* One sample of what took `i->ticks` from counter read to counter read; false if another interrupt came, or none. */
static bool taken(struct figure *f, const struct interrupt *i, u32 intid)
{
	if (i->intid != intid)
		return false;
	figure_add(f, i->ticks - bench_empty);
	return true;
}

bool row_sgi_self(struct figure *f)
{
	bool can = true;

	gic_enable(0, SGI, PRIORITY);
	for (u32 i = 0; i < SAMPLES && can; i++) {
		struct interrupt came = interrupt_self(sgi_to(0));

		can = taken(f, &came, SGI);
	}
	return can;
}

/* What the two CPUs of row_sgi_spin and row_sgi_wfi tell each other. */
static struct {
	volatile u32 ready; /* the receiver's round, once it is about to wait */
	volatile u64 at;    /* the counter at its handler; 0 until then */
} box;

static void receive(u64 by_wfi)
{
	write_register(vbar_el1, (u64)interrupt_vectors);
	isb();
	for (u32 i = 1; i <= SAMPLES; i++) {
		struct interrupt came;

		box.ready = i;
		came = by_wfi ? interrupt_wfi() : interrupt_spin();
		CHECK_EQUAL(came.intid, SGI);
		box.at = came.ticks;
	}
}

static bool send(struct figure *f, bool by_wfi)
{
	if (tree_cpu_count() < 2)
		return false;
	box.ready = 0;
	gic_enable(1, SGI, PRIORITY);
	smp_start(1, receive, by_wfi);
	for (u32 i = 1; i <= SAMPLES; i++) {
		u64 from;

		WAIT_FOR(box.ready == i);
		for (u32 turn = 0; turn < TURNS; turn++) /* until it waits */
			asm volatile("yield" ::: "memory");
		box.at = 0;
		dsb();
		from = interrupt_post(sgi_to(1), &box.at);
		CHECK(box.at != 0);
		figure_add(f, box.at - from - bench_empty);
	}
	smp_wait_off(1);
	return true;
}

bool row_sgi_spin(struct figure *f) { return send(f, false); }
bool row_sgi_wfi(struct figure *f) { return send(f, true); }

/* Acknowledged and ended with interrupts masked: no handler is in the frame. */
bool row_irq_end(struct figure *f)
{
	gic_enable(0, SGI, PRIORITY);
	for (u32 i = 0; i < SAMPLES; i++) {
		gic_sgi(0, SGI);
		WAIT_FOR(read_register(s3_0_c12_c12_2) == SGI); /* ICC_HPPIR1_EL1 */
		figure_add(f, frame_interrupt_end(0, 0) - bench_empty);
	}
	return read_register(s3_0_c12_c12_2) == INTERRUPT_NONE;
}

bool row_timer_late(struct figure *f)
{
	bool can = true;

	gic_enable(0, machine.timer, PRIORITY);
	for (u32 i = 0; i < SAMPLES && can; i++) {
		struct interrupt came = interrupt_late(DELAY);

		can = taken(f, &came, machine.timer);
	}
	return can;
}

bool row_timer_stolen(struct figure *f)
{
	bool can = true;

	gic_enable(0, machine.timer, PRIORITY);
	for (u32 i = 0; i < SAMPLES && can; i++) {
		struct interrupt came = interrupt_stolen(DELAY, LOOP / 2);

		came.ticks -= LOOP;
		can = taken(f, &came, machine.timer);
	}
	return can;
}

/*
 * Between the arming and the WFI passes a while: QEMU's main loop wakes because of the one, and if it looks just when the
 * other has stopped the last CPU, it moves the clock by the instructions that are not booked yet too far (seen: 4).
 */
bool row_wfi_wake(struct figure *f)
{
	gic_enable(0, machine.timer, PRIORITY);
	for (u32 i = 0; i < SAMPLES; i++) {
		u64 deadline = timer_now() + QUIET + DELAY;
		u32 intid;

		write_register(cntv_cval_el0, deadline);
		write_register(cntv_ctl_el0, 1);
		isb();
		timer_sleep(QUIET);
		figure_add(f, interrupt_wake(deadline) - deadline - bench_empty);
		intid = gic_acknowledge();
		write_register(cntv_ctl_el0, 0);
		isb();
		gic_end(intid);
		if (intid != machine.timer)
			return false;
	}
	return true;
}

/* The last n of the distributor's interrupts, in words: none of the devices that this program knows is among them. */
static bool pending(struct figure *f, u32 n)
{
	u32 lines = (read32(GICD + GICD_TYPER) & 0x1f) + 1; /* in words */
	u32 count = (n + WORD - 1) / WORD, first = (lines - count) * WORD;
	u32 mask = n < WORD ? (1u << n) - 1 : ~0u;
	bool can = lines >= count + 2;

	for (u32 i = 0; i < n && can; i++) {
		gic_edge(0, first + i, true);
		gic_enable(0, first + i, PRIORITY);
	}
	for (u32 i = 0; i < SAMPLES && can; i++) {
		struct interrupt came;

		fault_expect();
		for (u32 word = 0; word < count; word++)
			write32(GICD + GICD_ISPENDR + (first / WORD + word) * 4, mask);
		if (fault_result(0).taken)
			return false;
		came = interrupt_pending(n);
		can = came.intid != INTERRUPT_NONE;
		figure_add(f, came.ticks - bench_empty);
	}
	for (u32 i = 0; i < n && can; i++)
		gic_disable(0, first + i);
	return can;
}

bool row_pending_1(struct figure *f) { return pending(f, 1); }
bool row_pending_4(struct figure *f) { return pending(f, 4); }
bool row_pending_16(struct figure *f) { return pending(f, 16); }
bool row_pending_64(struct figure *f) { return pending(f, 64); }
