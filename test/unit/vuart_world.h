/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 with a console of fixed room: what the tests of virtual/vuart.c share. */
#pragma once
#include "devices.h"
#include "monitor/console.h"

enum { DR = 0x00, RSR = 0x04, FR = 0x18, ILPR = 0x20, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30 };
enum { IFLS = 0x34, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, DMACR = 0x48, IDS = 0xfe0 };
enum { FR_BUSY = 8, FR_RXFE = 0x10, FR_TXFF = 0x20, FR_RXFF = 0x40, FR_TXFE = 0x80 };
enum { RX = 0x10, TX = 0x20, RT = 0x40, BE = 0x200, OE = 0x400, FEN = 0x10, BRK = 1, LBE = 0x80 };
enum { PLENTY = 2048 };

static char sent[4096];
static u32 sent_count, room;

u32 console_room(const struct vm *vm)
{
	assert_ptr_equal(vm, &world.vm);
	return room;
}

u32 console_put(struct vm *vm, u8 byte)
{
	assert_ptr_equal(vm, &world.vm);
	if (room) {
		room--;
		sent[sent_count++ % sizeof(sent)] = (char)byte;
	}
	return room;
}

static inline u32 get(u32 offset) { return (u32)read_sized(&vuart_table, offset, 4); }
static inline void set(u32 offset, u32 value) { write_sized(&vuart_table, offset, 4, value); }
static inline bool line(void) { return lines[0][VGIC_UART_INTID]; }
static inline void power_on(void) { vuart_reset(&world.vm); }

static inline void drain(u32 bytes)
{
	room += bytes;
	vuart_drained(&world.vm);
}

static inline void type(const char *text)
{
	for (; *text; text++)
		assert_true(vuart_receive(&world.vm, (u8)*text));
}

static inline int start(void **state)
{
	(void)state;
	build_devices(2);
	reg_table_index(&vuart_table);
	sent_count = 0;
	room = PLENTY;
	power_on();
	return 0;
}

/* As Linux, U-Boot and EDK2 leave it: 8N1, FIFOs on, enabled. */
static inline int start_with_fifos(void **state)
{
	start(state);
	set(LCR_H, 0x70);
	set(CR, 0x301);
	return 0;
}
