/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGIs to clusters and CPUs that are not there, to an empty list, and with reserved bits set reach nobody else than the CPUs
 * that are named (IHI 0069 §12.2, ICC_SGI1R_EL1).
 */
#include "lib/guest.h"

enum { SGI = 6, FENCE = 7, ROUNDS = 20 };
static volatile u32 taken[CPUS_MAX], fences[CPUS_MAX];
static volatile bool stop;

void irq(u32 intid)
{
	if (intid == FENCE) {
		fences[guest_cpu()]++;
		return;
	}
	CHECK_EQUAL(intid, SGI);
	taken[guest_cpu()]++;
}

static void listen(u64 unused)
{
	(void)unused;
	gic_enable(1, SGI, 0x80);
	gic_enable(1, FENCE, 0xc0);
	irq_unmask();
	while (!stop)
		asm volatile("yield");
}

static void send(u64 rest)
{
	dsb();
	write_register(s3_0_c12_c11_5, (u64)SGI << 24 | rest);
	isb();
}

/* Until both CPUs have taken all that was sent to them before: another SGI, of a lower priority, goes behind. */
static void settle(void)
{
	u32 first = fences[0], second = fences[1];

	write_register(s3_0_c12_c11_5, (u64)FENCE << 24 | 3);
	isb();
	WAIT_FOR(fences[0] != first && fences[1] != second);
}

static void send_to_nobody(void)
{
	static const u64 nobody[] = {
		0,             /* an empty list */
		0xfffc,        /* absent CPUs of this cluster */
		1UL << 16 | 3, /* Aff1 */
		0xffUL << 16 | 3,
		1UL << 32 | 3 /* Aff2 */,
		0xffUL << 32 | 3,
		1UL << 48 | 3 /* Aff3 */,
		0xffUL << 48 | 3,
	};

	for (u32 i = 0; i < ARRAY_COUNT(nobody); i++)
		send(nobody[i]);
}

static void expect(u32 first, u32 second)
{
	settle();
	CHECK_EQUAL(taken[0], first);
	CHECK_EQUAL(taken[1], second);
}

void test(void)
{
	u32 first = 0, second = 0;

	gic_enable(0, SGI, 0x80);
	gic_enable(0, FENCE, 0xc0);
	irq_unmask();
	smp_start(1, listen, 0);
	send(2);
	expect(first, ++second); /* it listens */
	for (u32 round = 0; round < ROUNDS; round++) {
		send_to_nobody();
		expect(first, second);
		send(0xffff); /* the two that are there */
		expect(++first, ++second);
		send(BIT(63) | BIT(31) | BIT(30) | BIT(28) | 1); /* bits that are reserved */
		expect(++first, second);
		send(BIT(40) | 1); /* all others, whatever the list says */
		expect(first, ++second);
		/* A range of CPUs where there are no ranges (ICC_CTLR_EL1.RSS = 0): nobody, or as if it were 0. */
		send(15UL << 44 | 3);
		settle();
		CHECK(taken[0] - first <= 1 && taken[1] - second <= 1);
		first = taken[0];
		second = taken[1];
	}
	stop = true;
	smp_wait_off(1);
}
