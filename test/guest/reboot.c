/* SPDX-License-Identifier: Apache-2.0 */
/* SYSTEM_RESET, with the other CPU running: the image is pristine again, the devices are as at power-on, the
 * clock runs on. */
#include "lib/guest.h"

static volatile u64 initialised = 0x1122334455667788; /* in .data */

static void spin(u64 unused)
{
	(void)unused;
	for (;;)
		asm volatile("yield");
}

void test(void)
{
	guest_print(guest_rebooted() ? "second boot\n" : "first boot\n");
	CHECK_EQUAL(initialised, 0x1122334455667788);
	CHECK_EQUAL(smp_state(1), 1);
	for (u32 n = 32; n < 288; n += 32)
		CHECK(read32(GICD + GICD_ISENABLER + n / 8) == 0 &&
		      read32(GICD + GICD_ISPENDR + n / 8) == 0 && read32(GICD + GICD_ISACTIVER + n / 8) == 0);
	CHECK_EQUAL(read32(gic_frame(1, 0) + GICD_ISENABLER), 0);
	CHECK_EQUAL(read32(gic_frame(0, 0) + GICD_ISPENDR), 0);
	if (!tree_word("clock-keeps-mask"))
		CHECK_EQUAL(read32(PL031 + RTC_IMSC), 0);
	CHECK_EQUAL(read32(PL011 + 0x38), 0); /* UARTIMSC */
	smp_start(1, spin, 0);
	if (guest_rebooted())
		return;
	initialised = 5;
	for (u32 n = 40; n < 288; n++) {
		gic_enable(1, n, 0xf8);
		gic_set_bit(0, n, GICD_ISACTIVER);
		gic_set_bit(0, n, GICD_ISPENDR);
	}
	gic_enable(1, 9, 0xa0);
	irq_mask();
	gic_sgi(0, 9);
	write32(PL011 + 0x38, 0x10);
	write32(PL031 + RTC_IMSC, 1);
	guest_reboot();
}
