/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 (DDI 0183): identity, read-back, transmit and receive interrupts, and bytes typed by the runner,
 * in order. */
#include "lib/guest.h"

enum {
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44
};
enum { RX = BIT(4), TX = BIT(5), RT = BIT(6), RXFE = BIT(4), TXFE = BIT(7), SENDING = BIT(3) };
static const char wanted[] = "the quick brown fox jumps over the lazy dog 0123456789\r";
static volatile u32 transmits, received;
static char bytes[128];

void irq(u32 intid)
{
	u32 why = read32(PL011 + MIS);

	CHECK_EQUAL(intid, UART_INTID);
	CHECK(why);
	CHECK_EQUAL(why & ~(read32(PL011 + RIS) & read32(PL011 + IMSC)), 0); /* more may come meanwhile */
	if (why & TX) {
		transmits++;
		write32(PL011 + IMSC, read32(PL011 + IMSC) & ~(u32)TX);
		write32(PL011 + ICR, TX);
	}
	if (why & (RX | RT)) {
		write32(PL011 + ICR, RX | RT); /* first: what comes after the last look interrupts again */
		while (!(read32(PL011 + UART_FR) & RXFE) && received < sizeof(bytes))
			bytes[received++] = (char)read32(PL011);
	}
}

static void check_registers(void)
{
	static const u8 id[] = {0x11, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1};

	for (u32 i = 0; i < ARRAY_COUNT(id); i++)
		CHECK_EQUAL(read32(PL011 + 0xfe0 + 4 * i) & (i == 2 ? 0x0f : 0xff),
		            id[i]); /* revision varies */
	write32(PL011 + IBRD, 13);
	write32(PL011 + FBRD, 2);
	write32(PL011 + LCR_H, 0x70);
	write32(PL011 + CR, 0x301);
	write32(PL011 + IFLS, 0x12);
	CHECK_EQUAL(read32(PL011 + IBRD), 13);
	CHECK_EQUAL(read32(PL011 + FBRD), 2);
	CHECK_EQUAL(read32(PL011 + LCR_H), 0x70);
	CHECK_EQUAL(read32(PL011 + CR), 0x301);
	CHECK_EQUAL(read32(PL011 + IFLS), 0x12);
	write32(PL011 + IMSC, 0x7ff);
	CHECK_EQUAL(read32(PL011 + IMSC), 0x7ff);
	write32(PL011 + IMSC, 0);
	CHECK_EQUAL(read32(PL011 + MIS), 0);
	WAIT_FOR((read32(PL011 + UART_FR) & (TXFE | SENDING)) == TXFE);
}

void test(void)
{
	check_registers();
	write32(PL011 + ICR, 0x7ff);
	gic_enable(0, UART_INTID, 0x80);
	irq_unmask();
	for (u32 i = 1; i <= 20; i++) {
		guest_print("line %u\n", i);
		write32(PL011 + IMSC, TX);
		WAIT_FOR(transmits == i);
	}
	write32(PL011 + IMSC, RX | RT);
	guest_print("READY\n");
	/* Masked between the look and WFI: the interrupt of the last byte would leave nothing to wake for. */
	irq_mask();
	while (received < sizeof(wanted) - 1) {
		wfi();
		irq_unmask();
		irq_mask();
	}
	irq_unmask();
	for (u32 i = 0; i < sizeof(wanted) - 1; i++)
		if (bytes[i] != wanted[i])
			guest_fail(__LINE__, "byte %u is 0x%x, not 0x%x", i, bytes[i], wanted[i]);
	CHECK(read32(PL011 + UART_FR) & RXFE);
	timer_sleep(timer_milliseconds(2));
	CHECK_EQUAL(received, sizeof(wanted) - 1);
	CHECK_EQUAL(read32(PL011 + RIS) & RX, 0);
}
