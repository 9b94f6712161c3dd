/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL011 (DDI 0183). Output is never lost: uart_put() waits for the FIFO. */
#include "machine/uart.h"

#include "lib/bits.h"
#include "machine/barrier.h"
#include "machine/mmio.h"

#define UARTDR         0x00
#define UARTFR         0x18
#define UARTLCR_H      0x2c
#define UARTCR         0x30
#define UARTIFLS       0x34
#define UARTIMSC       0x38
#define UARTICR        0x44
#define FR_BUSY        BIT(3)
#define FR_RXFE        BIT(4)
#define FR_TXFF        BIT(5)
#define LCR_H_8N1_FIFO 0x70
#define CR_ON          0x301 /* UARTEN, TXE, RXE */
#define INT_RX         BIT(4)
#define INT_TX         BIT(5)
#define INT_RT         BIT(6)

/* Where messages go before the machine's tree has been read: `make UART=address` chooses another. */
#ifndef DEFAULT_UART
#define DEFAULT_UART 0x09000000
#endif

static volatile void *uart;
static u32 mask;

void uart_init(volatile void *base)
{
	uart = base;
	mask = INT_RX | INT_RT;
	mmio_write32(uart, UARTIMSC, 0);
	mmio_write32(uart, UARTICR, 0x7ff);
	mmio_write32(uart, UARTLCR_H, LCR_H_8N1_FIFO);
	mmio_write32(uart, UARTIFLS, 0); /* interrupts at 1/8: input early, output late */
	mmio_write32(uart, UARTCR, CR_ON);
	mmio_write32(uart, UARTIMSC, mask);
}

bool uart_ready(void) { return uart; }
bool uart_room(void) { return !(mmio_read32(uart, UARTFR) & FR_TXFF); }

void uart_put(u8 byte)
{
	while (!uart_room())
		cpu_yield();
	mmio_write32(uart, UARTDR, byte);
}

bool uart_get(u8 *byte)
{
	if (mmio_read32(uart, UARTFR) & FR_RXFE)
		return false;
	*byte = (u8)mmio_read32(uart, UARTDR);
	return true;
}

void uart_want_room(bool wanted)
{
	u32 now = wanted ? mask | (u32)INT_TX : mask & ~(u32)INT_TX;

	if (now != mask)
		mmio_write32(uart, UARTIMSC, mask = now);
}

void uart_drain(void)
{
	while (mmio_read32(uart, UARTFR) & FR_BUSY)
		cpu_yield();
}

/* MMU off: the string and the UART are reached by physical address. */
static void say(const char *text)
{
	for (; *text; text++) {
		while (mmio_read32((volatile void *)DEFAULT_UART, UARTFR) & FR_TXFF)
			cpu_yield();
		mmio_write32((volatile void *)DEFAULT_UART, UARTDR, (u8)*text);
	}
}

void uart_refuse_level(u64 level)
{
	say(level == 1 ? "\r\ncorbel: started at EL1, but a hypervisor needs EL2.\r\n"
	               : "\r\ncorbel: started at EL3, but it runs at EL2, started by firmware or a boot "
	                 "loader.\r\n");
	say("corbel: on QEMU's virt board: -M virt,virtualization=on (./corbel run does so); on hardware: "
	    "firmware\r\n"
	    "corbel: that leaves EL2 to the boot loader.\r\n");
	if (level == 1) /* below an EL2 that is not ours: PSCI SYSTEM_OFF, if it listens */
		asm volatile("mov x0, #0x84000000\n\tadd x0, x0, #8\n\thvc #0" ::
		                     : "x0", "x1", "x2", "x3", "memory");
}

pa_t uart_default(void) { return pa(DEFAULT_UART); }
