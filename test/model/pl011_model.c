/* SPDX-License-Identifier: Apache-2.0 */
/* The reference PL011. */
#include "pl011_model.h"

#include <string.h>

/* Register numbers: offset / 4. */
enum { DR = 0, RSR = 1, FR = 6, ILPR = 8, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR, DMACR };

static const u32 exist[19] = {
	[ILPR] = 0xff, [IBRD] = 0xffff, [FBRD] = 0x3f,  [LCR_H] = 0xff,
	[CR] = 0xff87, [IFLS] = 0x3f,   [IMSC] = 0x7ff, [DMACR] = 7,
};

static bool fifos(const struct pl011_model *m) { return m->plain[LCR_H] >> 4 & 1; }
static bool loops(const struct pl011_model *m) { return m->plain[CR] >> 7 & 1; }
static u32 depth(const struct pl011_model *m) { return fifos(m) ? 16 : 1; }

/* Bytes that wait in the transmit FIFO: those the line has no room for, were it that much longer. */
static u32 unsent(const struct pl011_model *m)
{
	s64 missing = (s64)depth(m) - (s64)m->room;

	return missing > 0 ? (u32)missing : 0;
}

static bool above_level(const struct pl011_model *m)
{
	static const u32 sixteenths[] = {2, 4, 8, 12, 14};
	u32 select = m->plain[IFLS] & 7;

	return unsent(m) > (fifos(m) ? sixteenths[select > 4 ? 4 : select] : 0);
}

/* RXRIS 4, TXRIS 5, RTRIS 6, BERIS 9, OERIS 10 */
static void take_in(struct pl011_model *m, u32 entry)
{
	if (m->queued < depth(m)) {
		m->queue[m->queued++] = entry;
		m->lost = false;
		m->raised |= 1 << 4 | 1 << 6;
		if (entry >> 10 & 1)
			m->raised |= 1 << 9;
	} else {
		m->lost = true;
		m->status |= 8;
		m->raised |= 1 << 10;
	}
}

static u32 take_out(struct pl011_model *m)
{
	u32 result = m->lost ? 1 << 11 : 0;

	if (m->queued) {
		result |= m->queue[0];
		memmove(m->queue, m->queue + 1, --m->queued * sizeof(m->queue[0]));
		m->status = (m->status & 8) | (result >> 8 & 7);
	}
	if (!m->queued)
		m->raised &= ~(u32)(1 << 4 | 1 << 6);
	return result;
}

static void send(struct pl011_model *m, u8 byte)
{
	if (m->room) {
		m->room--;
		m->sent[m->sent_count++ % sizeof(m->sent)] = byte;
	}
	if (loops(m))
		take_in(m, byte);
	m->above = above_level(m);
	m->raised = m->above ? m->raised & ~(1U << 5) : m->raised | 1 << 5;
}

/* Out2 -> RI, Out1 -> DCD, DTR -> DSR, RTS -> CTS; as interrupt bits (RI 0, CTS 1, DCD 2, DSR 3). */
static u32 modem(const struct pl011_model *m)
{
	u32 c = m->plain[CR];

	return loops(m) ? (c >> 13 & 1) | (c >> 11 & 1) << 1 | (c >> 12 & 1) << 2 | (c >> 10 & 1) << 3 : 0;
}

static u32 flags(const struct pl011_model *m)
{
	u32 in = modem(m), result = (in & 1) << 8 | (in >> 1 & 1) | (in & 4) | (in >> 3 & 1) << 1;

	if (unsent(m))
		result |= 1 << 3;
	else
		result |= 1 << 7;
	if (unsent(m) == depth(m))
		result |= 1 << 5;
	if (!m->queued)
		result |= 1 << 4;
	if (m->queued == depth(m))
		result |= 1 << 6;
	return result;
}

void pl011_model_reset(struct pl011_model *m)
{
	u32 room = m->room, count = m->sent_count;
	u8 sent[sizeof(m->sent)];

	memcpy(sent, m->sent, sizeof(sent));
	memset(m, 0, sizeof(*m));
	memcpy(m->sent, sent, sizeof(sent));
	m->room = room;
	m->sent_count = count;
	m->plain[CR] = 0x300;
	m->plain[IFLS] = 0x12;
}

u32 pl011_model_read(struct pl011_model *m, u32 offset)
{
	static const u8 id[] = "\x11\x10\x14\x00\x0d\xf0\x05\xb1";
	u32 number = offset / 4;

	if (offset >= 0xfe0)
		return id[(offset - 0xfe0) / 4];
	switch (number) {
	case DR:
		return take_out(m);
	case RSR:
		return m->status;
	case FR:
		return flags(m);
	case RIS:
		return m->raised;
	case MIS:
		return m->raised & m->plain[IMSC];
	default:
		return number < 19 ? m->plain[number] : 0;
	}
}

void pl011_model_write(struct pl011_model *m, u32 offset, u32 value)
{
	u32 number = offset / 4, before;

	if (number >= 19)
		return;
	before = m->plain[number];
	m->plain[number] = value & exist[number];
	if (number == DR)
		send(m, (u8)value);
	if (number == RSR)
		m->status = 0;
	if (number == ICR)
		m->raised &= ~value;
	if (number == CR && loops(m))
		m->raised = (m->raised & ~0xfU) | modem(m);
	if (number == LCR_H && ((before ^ value) & 0x10)) {
		m->queued = 0;
		m->raised &= ~(u32)(1 << 4 | 1 << 6);
	}
	if (number == LCR_H && (~before & value & 1) && loops(m))
		take_in(m, 1 << 10);
}

/* Narrow accesses reach a register at its first byte. */
u64 pl011_model_load(struct pl011_model *m, u32 offset, u32 size)
{
	if (offset % 4 || size > 4 || offset >= 0x1000)
		return 0;
	return pl011_model_read(m, offset);
}

void pl011_model_store(struct pl011_model *m, u32 offset, u32 size, u64 value)
{
	if (offset % 4 == 0 && size <= 4)
		pl011_model_write(m, offset, (u32)value);
}

bool pl011_model_receive(struct pl011_model *m, u8 byte)
{
	if (loops(m))
		return true;
	if (m->queued == depth(m))
		return false;
	take_in(m, byte);
	return true;
}

void pl011_model_drain(struct pl011_model *m, u32 bytes)
{
	m->room += bytes;
	if (m->above && !above_level(m)) {
		m->above = false;
		m->raised |= 1 << 5;
	}
}

bool pl011_model_line(const struct pl011_model *m) { return m->raised & m->plain[IMSC]; }
