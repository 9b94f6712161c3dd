/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL061 (DDI 0190), whose pins nobody moves meanwhile: registers keep eight bits, the address chooses pins, an output
 * reads as it was written and an input is low; a level is SPI 7 as long as it is unmasked.
 */
#include "lib/guest.h"

enum { PIN = 1 << 5 };
static volatile u32 interrupts;

static u32 get(u32 offset) { return read32(PL061 + offset); }
static void set(u32 offset, u32 value) { write32(PL061 + offset, value); }

void irq(u32 intid)
{
	CHECK_EQUAL(intid, GPIO_INTID);
	CHECK_EQUAL(get(GPIO_MIS), PIN);
	interrupts++;
	set(GPIO_IE, 0);
	CHECK_EQUAL(get(GPIO_MIS), 0);
}

static void check_identity(void)
{
	static const u8 id[] = {0x61, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1};

	for (u32 i = 0; i < ARRAY_COUNT(id); i++) {
		CHECK_EQUAL(get(0xfe0 + 4 * i), id[i]);
		CHECK_EQUAL(read8(PL061 + 0xfe0 + 4 * i), id[i]);
	}
}

static void check_values(void)
{
	static const u32 kept[] = {GPIO_IBE, GPIO_IEV, GPIO_IE, GPIO_AFSEL, GPIO_DIR};

	for (u32 at = 0; at < GPIO_AFSEL + 4; at += 4)
		CHECK_EQUAL(get(at), 0);
	for (u32 i = 0; i < ARRAY_COUNT(kept); i++) {
		set(kept[i], 0xffffff5a);
		for (u32 other = 0; other < ARRAY_COUNT(kept); other++)
			CHECK_EQUAL(get(kept[other]), other == i ? 0x5a : 0);
		write8(PL061 + kept[i], 0xa5);
		CHECK_EQUAL(read8(PL061 + kept[i]), 0xa5);
		set(kept[i], 0);
	}
	set(GPIO_RIS, 0xff);
	set(GPIO_MIS, 0xff);
	CHECK_EQUAL(get(GPIO_RIS) | get(GPIO_MIS), 0);
}

static void check_data(void)
{
	set(GPIO_DATA, 0xff);
	CHECK_EQUAL(get(GPIO_DATA), 0); /* inputs */
	set(GPIO_DIR, 0xf0);
	for (u32 mask = 0; mask < 256; mask++) {
		set(GPIO_DATA, 0);
		set(4 * mask, 0xff);
		CHECK_EQUAL(get(GPIO_DATA), mask & 0xf0);
		set(GPIO_DATA, 0xff);
		set(4 * mask, 0);
		CHECK_EQUAL(get(GPIO_DATA), ~mask & 0xf0);
		set(GPIO_DATA, 0xff);
		CHECK_EQUAL(get(4 * mask), mask & 0xf0);
		CHECK_EQUAL(read8(PL061 + 4 * mask), mask & 0xf0);
	}
	CHECK_EQUAL(get(GPIO_RIS), 0); /* edges of outputs are none */
	set(GPIO_DATA, 0);
	set(GPIO_DIR, 0);
}

static void check_level(void)
{
	u32 before = interrupts;

	set(GPIO_IS, PIN);
	CHECK_EQUAL(get(GPIO_IS), PIN);
	CHECK_EQUAL(get(GPIO_RIS), PIN); /* it is low, and that is what is looked for */
	CHECK_EQUAL(get(GPIO_MIS), 0);
	set(GPIO_IC, 0xff);
	CHECK_EQUAL(get(GPIO_RIS), PIN);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(interrupts, before);
	set(GPIO_IE, PIN);
	WAIT_FOR(interrupts == before + 1);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(interrupts, before + 1);
	set(GPIO_IE, (u8)~PIN);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(interrupts, before + 1);
	set(GPIO_IE, PIN);
	WAIT_FOR(interrupts == before + 2);
	set(GPIO_IEV, PIN);
	set(GPIO_IC, 0xff); /* QEMU's remembers levels */
	CHECK_EQUAL(get(GPIO_RIS), 0);
	set(GPIO_IE, PIN);
	timer_sleep(timer_milliseconds(1));
	CHECK_EQUAL(interrupts, before + 2);
	set(GPIO_IE, 0);
	set(GPIO_IS, 0);
	set(GPIO_IEV, 0);
	set(GPIO_IC, 0xff);
}

void test(void)
{
	check_identity();
	check_values();
	check_data();
	gic_enable(0, GPIO_INTID, 0x80);
	irq_unmask();
	check_level();
	check_level();
	irq_mask();
}
