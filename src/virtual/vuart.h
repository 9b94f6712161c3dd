/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011 (DDI 0183): output goes to the console's ring, input comes from the attached terminal. */
#pragma once
#include "lib/types.h"
#include "machine/spinlock.h"
#include "virtual/reg.h"

struct vm;

#define VUART_BASE 0x09000000UL
enum { VUART_FIFO = 16 }; /* what UARTPeriphID2 says: revision r1p3 */

struct vuart {
	struct spinlock lock;
	u16 fifo[VUART_FIFO]; /* received, as UARTDR shows them */
	u32 head, count;
	bool overrun;     /* UARTDR.OE: something was lost since the last byte went into the FIFO */
	bool filled;      /* the transmit FIFO was above its interrupt level at the last write */
	bool line;        /* the interrupt's level as the vGIC knows it */
	u32 errors;       /* UARTRSR */
	u32 raw;          /* UARTRIS */
	u32 mask;         /* UARTIMSC */
	u32 control;      /* UARTCR */
	u32 line_control; /* UARTLCR_H */
	u32 fifo_levels;  /* UARTIFLS */
	u32 baud_whole, baud_fraction, dma_control, low_power;
};

extern const struct reg_table vuart_table;
void vuart_reset(struct vm *vm);
/* A byte from the terminal; false (and nothing taken) if the FIFO is full. Any CPU. */
bool vuart_receive(struct vm *vm, u8 byte);
/* The console's ring has drained: the guest may write again. Any CPU. */
void vuart_drained(struct vm *vm);
