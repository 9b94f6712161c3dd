/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011 on a slow line, as one big switch over what DDI 0183 and QEMU say: the reference that
 * virtual/vuart.c is compared with. It knows nothing of tables, locks or the monitor.
 */
#pragma once
#include "lib/types.h"

struct pl011_model {
	u32 plain[19];         /* registers by number (offset / 4) that only keep what is written */
	u32 queue[16], queued; /* received; the oldest first */
	u32 status;            /* UARTRSR */
	u32 raised;            /* UARTRIS */
	bool lost;             /* a byte was lost since the last that was not */
	bool above;            /* the transmit FIFO was above its level */
	u32 room;              /* how many more bytes the line takes */
	u8 sent[64];           /* last bytes sent, by number */
	u32 sent_count;
};

/* Keeps the line: room and what was sent. */
void pl011_model_reset(struct pl011_model *m);
/* A whole register; `offset` is a multiple of 4 below 0x1000. */
u32 pl011_model_read(struct pl011_model *m, u32 offset);
void pl011_model_write(struct pl011_model *m, u32 offset, u32 value);
/* An access as a bus master makes it: of 1, 2, 4 or 8 bytes, anywhere. */
u64 pl011_model_load(struct pl011_model *m, u32 offset, u32 size);
void pl011_model_store(struct pl011_model *m, u32 offset, u32 size, u64 value);
bool pl011_model_receive(struct pl011_model *m, u8 byte);
/* The line took `bytes` away, and says so. */
void pl011_model_drain(struct pl011_model *m, u32 bytes);
bool pl011_model_line(const struct pl011_model *m);
