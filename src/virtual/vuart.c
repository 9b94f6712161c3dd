/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011 (DDI 0183) with the choices of QEMU's virt board, on which guests were tested: enables are not
 * enforced, any received byte raises the receive interrupt whatever UARTIFLS says, and the receive timeout
 * is over at once. The transmit FIFO is the end of the console's ring: how full it is follows from the
 * ring's room, so that a guest that outruns the terminal sees a slow line.
 *
 * Invariant: the vGIC's input is (raw & mask) != 0 whenever the lock is free.
 * Lock: uart.lock (RANK_DEVICE), held across the requests to the vGIC and to the console.
 */
#include "virtual/vuart.h"

#include "lib/bits.h"
#include "monitor/console.h"
#include "monitor/vm.h"

/* UARTDR and, 8 bits down, UARTRSR */
#define DR_BE BIT(10)
#define DR_OE BIT(11)

#define FR_CTS  BIT(0)
#define FR_DSR  BIT(1)
#define FR_DCD  BIT(2)
#define FR_BUSY BIT(3)
#define FR_RXFE BIT(4)
#define FR_TXFF BIT(5)
#define FR_RXFF BIT(6)
#define FR_TXFE BIT(7)
#define FR_RI   BIT(8)

#define LCR_BRK BIT(0)
#define LCR_FEN BIT(4)

#define CR_LBE  BIT(7)
#define CR_DTR  BIT(10)
#define CR_RTS  BIT(11)
#define CR_OUT1 BIT(12)
#define CR_OUT2 BIT(13)

#define IFLS_TX FIELD(2, 0)

/* UARTRIS, UARTIMSC, UARTMIS, UARTICR */
#define INT_RI    BIT(0)
#define INT_CTS   BIT(1)
#define INT_DCD   BIT(2)
#define INT_DSR   BIT(3)
#define INT_RX    BIT(4)
#define INT_TX    BIT(5)
#define INT_RT    BIT(6)
#define INT_BE    BIT(9)
#define INT_OE    BIT(10)
#define INT_MODEM (INT_RI | INT_CTS | INT_DCD | INT_DSR)

/* The bits that exist (§3.3). */
#define ILPR_BITS  FIELD(7, 0)
#define IBRD_BITS  FIELD(15, 0)
#define FBRD_BITS  FIELD(5, 0)
#define LCR_BITS   FIELD(7, 0)
#define CR_BITS    (FIELD(15, 7) | FIELD(2, 0))
#define IFLS_BITS  FIELD(5, 0)
#define INT_BITS   FIELD(10, 0)
#define DMACR_BITS FIELD(2, 0)

/* Values out of reset (table 3-1). */
enum { IFLS_RESET = 0x12, CR_RESET = 0x300 };

static struct vuart *lock_uart(struct vm *vm)
{
	spinlock_take(&vm->uart.lock);
	return &vm->uart;
}

static void unlock_uart(struct vm *vm)
{
	struct vuart *u = &vm->uart;
	bool high = (u->raw & u->mask) != 0;

	if (high != u->line) {
		u->line = high;
		vgic_set_line(vm->vcpus[0], VGIC_UART_INTID, high);
	}
	spinlock_give(&u->lock);
}

static u32 fifo_depth(const struct vuart *u) { return u->line_control & LCR_FEN ? VUART_FIFO : 1; }

/* What UARTFR says of the transmit FIFO, given the room behind it: bytes in it. Without FIFOs it is a holding register. */
static u32 transmit_count(const struct vuart *u, u32 room)
{
	u32 depth = fifo_depth(u);

	return room < depth ? depth - room : 0;
}

/* Bytes at which the transmit interrupt is due: the FIFO is that full or less (§3.3.9). */
static u32 transmit_level(const struct vuart *u)
{
	static const u8 levels[8] = {2,  4,  8,  12,
	                             14, 14, 14, 14}; /* of 16: 1/8, 1/4, 1/2, 3/4, 7/8; reserved */

	return u->line_control & LCR_FEN ? levels[field_get(IFLS_TX, u->fifo_levels)] : 0;
}

static void empty_receiver(struct vuart *u)
{
	u->head = 0;
	u->count = 0;
	u->raw &= ~(u32)(INT_RX | INT_RT);
}

static void put_received(struct vuart *u, u32 data)
{
	if (u->count == fifo_depth(u)) {
		u->overrun = true;
		u->errors |= DR_OE >> 8;
		u->raw |= INT_OE;
		return;
	}
	u->fifo[(u->head + u->count++) % VUART_FIFO] = (u16)data;
	u->overrun = false;
	u->raw |= INT_RX | INT_RT;
	if (data & DR_BE)
		u->raw |= INT_BE;
}

static enum verdict dr_read(struct vcpu *v, struct access *a)
{
	struct vuart *u = lock_uart(v->vm);

	a->value = u->overrun ? DR_OE : 0;
	if (u->count) {
		a->value |= u->fifo[u->head];
		u->head = (u->head + 1) % VUART_FIFO;
		u->count--;
		/* Overrun stays until UARTECR is written; the others are of this byte (§3.3.2). */
		u->errors = (u->errors & (DR_OE >> 8)) | (u32)(a->value >> 8 & ~(DR_OE >> 8));
	}
	if (u->count == 0)
		empty_receiver(u);
	unlock_uart(v->vm);
	return DONE;
}

static enum verdict dr_write(struct vcpu *v, struct access *a)
{
	struct vuart *u = lock_uart(v->vm);

	u32 room = console_put(v->vm, (u8)a->value);
	if (u->control & CR_LBE)
		put_received(u, (u8)a->value);
	u->filled = transmit_count(u, room) > transmit_level(u);
	if (u->filled)
		u->raw &= ~(u32)INT_TX;
	else
		u->raw |= INT_TX;
	unlock_uart(v->vm);
	return DONE;
}

static enum verdict rsr_read(struct vcpu *v, struct access *a)
{
	a->value = v->vm->uart.errors;
	return DONE;
}

static enum verdict ecr_write(struct vcpu *v, struct access *a)
{
	(void)a;
	lock_uart(v->vm)->errors = 0;
	unlock_uart(v->vm);
	return DONE;
}

/* In loopback the modem's outputs are its inputs (§3.3.8); else nothing is connected. */
static u32 modem_flags(const struct vuart *u)
{
	u32 c = u->control;

	if (!(c & CR_LBE))
		return 0;
	return (u32)((c & CR_OUT2 ? FR_RI : 0) | (c & CR_OUT1 ? FR_DCD : 0) | (c & CR_RTS ? FR_CTS : 0) |
	             (c & CR_DTR ? FR_DSR : 0));
}

/* Without the lock, as all that only look: each flag is true of some moment during the read, as on hardware. */
static enum verdict fr_read(struct vcpu *v, struct access *a)
{
	const struct vuart *u = &v->vm->uart;
	u32 depth = fifo_depth(u), count = u->count, waiting = transmit_count(u, console_room(v->vm));
	u64 flags = waiting == 0 ? FR_TXFE : FR_BUSY;

	if (waiting == depth)
		flags |= FR_TXFF;
	if (count == 0)
		flags |= FR_RXFE;
	else if (count == depth)
		flags |= FR_RXFF;
	a->value = flags | modem_flags(u);
	return DONE;
}

static enum verdict lcr_write(struct vcpu *v, struct access *a)
{
	struct vuart *u = lock_uart(v->vm);
	u32 value = (u32)(a->value & LCR_BITS), changed = u->line_control ^ value;

	u->line_control = value;
	if (changed & LCR_FEN)
		empty_receiver(u); /* as QEMU; the specification leaves it open */
	if ((changed & value & LCR_BRK) && (u->control & CR_LBE))
		put_received(u, DR_BE);
	unlock_uart(v->vm);
	return DONE;
}

static enum verdict cr_write(struct vcpu *v, struct access *a)
{
	struct vuart *u = lock_uart(v->vm);

	u->control = (u32)(a->value & CR_BITS);
	if (u->control & CR_LBE) {
		u32 flags = modem_flags(u);

		u->raw &= ~(u32)INT_MODEM;
		u->raw |= (u32)((flags & FR_RI ? INT_RI : 0) | (flags & FR_CTS ? INT_CTS : 0) |
		                (flags & FR_DCD ? INT_DCD : 0) | (flags & FR_DSR ? INT_DSR : 0));
	}
	unlock_uart(v->vm);
	return DONE;
}

static enum verdict icr_write(struct vcpu *v, struct access *a)
{
	lock_uart(v->vm)->raw &= ~(u32)a->value;
	unlock_uart(v->vm);
	return DONE;
}

static enum verdict mis_read(struct vcpu *v, struct access *a)
{
	a->value = v->vm->uart.raw & v->vm->uart.mask;
	return DONE;
}

/* Registers that only keep, or only show, a value. */
#define READER(function, field)                                        \
	static enum verdict function(struct vcpu *v, struct access *a) \
	{                                                              \
		a->value = v->vm->uart.field;                          \
		return DONE;                                           \
	}
#define WRITER(function, field, bits)                                  \
	static enum verdict function(struct vcpu *v, struct access *a) \
	{                                                              \
		lock_uart(v->vm)->field = (u32)(a->value & (bits));    \
		unlock_uart(v->vm);                                    \
		return DONE;                                           \
	}

READER(ilpr_read, low_power)
WRITER(ilpr_write, low_power, ILPR_BITS)
READER(ibrd_read, baud_whole)
WRITER(ibrd_write, baud_whole, IBRD_BITS)
READER(fbrd_read, baud_fraction)
WRITER(fbrd_write, baud_fraction, FBRD_BITS)
READER(lcr_read, line_control)
READER(cr_read, control)
READER(ifls_read, fifo_levels)
WRITER(ifls_write, fifo_levels, IFLS_BITS)
READER(imsc_read, mask)
WRITER(imsc_write, mask, INT_BITS)
READER(ris_read, raw)
READER(dmacr_read, dma_control)
WRITER(dmacr_write, dma_control, DMACR_BITS)

/* UARTPeriphID0..3, UARTPCellID0..3: Arm's PL011 r1p3 (§3.3.15, §3.3.16). */
static enum verdict id_read(struct vcpu *v, struct access *a)
{
	static const u8 ids[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)v;
	a->value = ids[a->offset / 4 % 8];
	return DONE;
}

/* Drivers read and write the 32-bit registers by bytes, halfwords or words. */
#define REGISTER(offset, read, write, name) REG(offset, 4, 1 | 2 | 4 | REG_START, read, write, name)

static const struct reg rows[] = {
	REGISTER(0x000, dr_read, dr_write, "UARTDR"),
	REGISTER(0x004, rsr_read, ecr_write, "UARTRSR"),
	REG_RESERVED(0x008, 0x10),
	REGISTER(0x018, fr_read, reg_write_ignore, "UARTFR"),
	REG_RESERVED(0x01c, 4),
	REGISTER(0x020, ilpr_read, ilpr_write, "UARTILPR"),
	REGISTER(0x024, ibrd_read, ibrd_write, "UARTIBRD"),
	REGISTER(0x028, fbrd_read, fbrd_write, "UARTFBRD"),
	REGISTER(0x02c, lcr_read, lcr_write, "UARTLCR_H"),
	REGISTER(0x030, cr_read, cr_write, "UARTCR"),
	REGISTER(0x034, ifls_read, ifls_write, "UARTIFLS"),
	REGISTER(0x038, imsc_read, imsc_write, "UARTIMSC"),
	REGISTER(0x03c, ris_read, reg_write_ignore, "UARTRIS"),
	REGISTER(0x040, mis_read, reg_write_ignore, "UARTMIS"),
	REGISTER(0x044, reg_read_zero, icr_write, "UARTICR"),
	REGISTER(0x048, dmacr_read, dmacr_write, "UARTDMACR"),
	REG_RESERVED(0x04c, 0xf94),
	REGISTER(0xfe0, id_read, reg_write_ignore, "UARTPeriphID0"),
	REGISTER(0xfe4, id_read, reg_write_ignore, "UARTPeriphID1"),
	REGISTER(0xfe8, id_read, reg_write_ignore, "UARTPeriphID2"),
	REGISTER(0xfec, id_read, reg_write_ignore, "UARTPeriphID3"),
	REGISTER(0xff0, id_read, reg_write_ignore, "UARTPCellID0"),
	REGISTER(0xff4, id_read, reg_write_ignore, "UARTPCellID1"),
	REGISTER(0xff8, id_read, reg_write_ignore, "UARTPCellID2"),
	REGISTER(0xffc, id_read, reg_write_ignore, "UARTPCellID3"),
};

static u8 row_index[0x1000 >> REG_INDEX_SHIFT];

const struct reg_table vuart_table = {
	.name = "PL011", .rows = rows, .count = ARRAY_COUNT(rows), .size = 0x1000, .index = row_index};

void vuart_reset(struct vm *vm)
{
	vm->uart.lock.rank = RANK_DEVICE;
	struct vuart *u = lock_uart(vm);

	empty_receiver(u);
	u->overrun = u->filled = false;
	u->raw = u->mask = u->errors = 0;
	u->control = CR_RESET;
	u->line_control = 0;
	u->fifo_levels = IFLS_RESET;
	u->baud_whole = u->baud_fraction = u->dma_control = u->low_power = 0;
	unlock_uart(vm);
}

bool vuart_receive(struct vm *vm, u8 byte)
{
	struct vuart *u = lock_uart(vm);
	/* In loopback the input is disconnected: what comes is lost, as on QEMU. */
	bool connected = !(u->control & CR_LBE), room = u->count < fifo_depth(u);

	if (connected && room)
		put_received(u, byte);
	unlock_uart(vm);
	return !connected || room;
}

void vuart_drained(struct vm *vm)
{
	struct vuart *u = lock_uart(vm);

	/* The interrupt marks the way down through the level, not being below it (§2.8.3). */
	if (u->filled && transmit_count(u, console_room(vm)) <= transmit_level(u)) {
		u->filled = false;
		u->raw |= INT_TX;
	}
	unlock_uart(vm);
}
