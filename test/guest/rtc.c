/* SPDX-License-Identifier: Apache-2.0 */
/* The PL031 (DDI 0224): the runner's date, one more each second, can be set, and its alarm is SPI 2, once. */
#include "lib/guest.h"

static volatile u32 alarms;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, RTC_INTID);
	CHECK_EQUAL(read32(PL031 + RTC_RIS), 1);
	CHECK_EQUAL(read32(PL031 + RTC_MIS), 1);
	write32(PL031 + RTC_ICR, 1);
	CHECK_EQUAL(read32(PL031 + RTC_RIS), 0);
	alarms++;
}

static void check_running(void)
{
	u32 second = read32(PL031 + RTC_DR), next;
	u64 start;

	WAIT_FOR(read32(PL031 + RTC_DR) != second);
	start = timer_now();
	next = read32(PL031 + RTC_DR);
	CHECK(next - second <= 2);
	WAIT_FOR(read32(PL031 + RTC_DR) != next);
	guest_print("a second took %lu ms\n", (timer_now() - start) / timer_milliseconds(1));
	CHECK(timer_now() - start > timer_milliseconds(900));
}

static void check_alarm(void)
{
	u32 at = read32(PL031 + RTC_DR) + 2;

	write32(PL031 + RTC_MR, at);
	CHECK_EQUAL(read32(PL031 + RTC_MR), at);
	write32(PL031 + RTC_IMSC, 1);
	CHECK_EQUAL(read32(PL031 + RTC_IMSC), 1);
	irq_unmask();
	while (!alarms)
		wfi();
	CHECK(read32(PL031 + RTC_DR) >= at);
	timer_sleep(timer_milliseconds(50));
	CHECK_EQUAL(alarms, 1);
	/* Masked: the raw state comes, the interrupt only with the mask bit. */
	write32(PL031 + RTC_IMSC, 0);
	at = read32(PL031 + RTC_DR) + 1;
	write32(PL031 + RTC_MR, at);
	WAIT_FOR(read32(PL031 + RTC_RIS) == 1);
	CHECK_EQUAL(read32(PL031 + RTC_MIS), 0);
	CHECK_EQUAL(alarms, 1);
	write32(PL031 + RTC_IMSC, 1);
	WAIT_FOR(alarms == 2);
	irq_mask();
}

void test(void)
{
	static const u8 id[] = {0x31, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1};
	u64 now = tree_number("now"), shown = read32(PL031 + RTC_DR);

	guest_print("now %lu, shown %lu\n", now, shown);
	CHECK(now && shown + 5 > now && shown < now + 120);
	for (u32 i = 0; i < ARRAY_COUNT(id); i++)
		CHECK_EQUAL(read32(PL031 + 0xfe0 + 4 * i) & (i == 2 ? 0x0f : 0xff),
		            id[i]); /* revision varies */
	CHECK_EQUAL(read32(PL031 + RTC_CR), 1);
	gic_enable(0, RTC_INTID, 0x80);
	check_running();
	check_alarm();
	write32(PL031 + RTC_LR, 1000000000);
	shown = read32(PL031 + RTC_DR);
	CHECK(shown >= 1000000000 && shown < 1000000010);
	check_running();
	alarms = 0;
	check_alarm();
}
