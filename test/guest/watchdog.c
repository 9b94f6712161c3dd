/* SPDX-License-Identifier: Apache-2.0 */
/* The SBSA generic watchdog (DEN0029): off at first; warns by its interrupt after a period, also of a CPU that sleeps;
 * counts while the CPU that refreshed it is off; a refresh takes the warning back; disabled it is silent. */
#include "lib/guest.h"

enum { WCS = 0, WOR = 8, WOR_HIGH = 12, WCV = 16, WCV_HIGH = 20, W_IIDR = 0xfcc, INTID = 32 + 112 };
enum { EN = 1, WS0 = 2 };

static volatile u32 warnings;
static u64 period, began;

static void pet(void) { write32(machine.refresh, 0); }
static u64 compare(void) { return read32(WATCHDOG + WCV) | (u64)read32(WATCHDOG + WCV_HIGH) << 32; }

void irq(u32 intid)
{
	CHECK_EQUAL(intid, INTID);
	CHECK(timer_now() > began + period);
	CHECK_EQUAL(read32(WATCHDOG + WCS), EN | WS0);
	warnings++;
	pet();
	CHECK_EQUAL(read32(WATCHDOG + WCS), EN);
}

static void begin(void)
{
	began = timer_now();
	write32(WATCHDOG + WCS, EN);
	CHECK(compare() >= began + period && compare() <= timer_now() + period);
}

static void start_and_leave(u64 unused)
{
	(void)unused;
	begin();
}

void test(void)
{
	CHECK(WATCHDOG && machine.refresh);
	CHECK_EQUAL(read32(WATCHDOG + W_IIDR), 0x1043b);
	CHECK_EQUAL(read32(machine.refresh + W_IIDR), 0x1043b);
	CHECK_EQUAL(read32(WATCHDOG + WCS), 0);
	CHECK_EQUAL(read32(WATCHDOG + WOR) | read32(WATCHDOG + WOR_HIGH), 0);
	CHECK_EQUAL(read32(machine.refresh), 0);
	write32(WATCHDOG + WOR_HIGH, ~0U);
	CHECK_EQUAL(read32(WATCHDOG + WOR_HIGH), 0xffff);
	write32(WATCHDOG + WOR_HIGH, 0);
	period = timer_milliseconds(4);
	write32(WATCHDOG + WOR, (u32)period);
	gic_enable(0, INTID, 0xa0);
	begin();
	irq_unmask();
	while (warnings < 1)
		wfi();
	for (u32 i = 0; i < 10; i++) {
		began = timer_now();
		pet();
		timer_sleep(period / 4);
	}
	CHECK_EQUAL(warnings, 1);
	write32(WATCHDOG + WCS, 0);
	timer_sleep(2 * period);
	CHECK_EQUAL(warnings, 1);
	smp_start(1, start_and_leave, 0);
	smp_wait_off(1);
	while (warnings < 2)
		wfi();
	write32(WATCHDOG + WCS, 0);
	irq_mask();
}
