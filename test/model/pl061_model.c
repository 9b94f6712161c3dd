/* SPDX-License-Identifier: Apache-2.0 */
/* The reference PL061. */
#include "pl061_model.h"

#include <string.h>

void pl061_model_reset(struct pl061_model *m)
{
	u64 now = m->now;

	memset(m, 0, sizeof(*m));
	m->now = now;
}

static bool shows(const struct pl061_pin *pin) { return pin->output ? pin->written : pin->outside; }

static bool raised(const struct pl061_pin *pin)
{
	return pin->level ? shows(pin) == pin->high : pin->edge_seen;
}

static void set_button(struct pl061_model *m, bool to)
{
	struct pl061_pin *pin = &m->pins[3];
	bool edge = pin->outside != to;

	pin->outside = to;
	if (edge && !pin->output && !pin->level && (pin->both || pin->high == to))
		pin->edge_seen = true;
}

void pl061_model_press(struct pl061_model *m, u64 ticks)
{
	set_button(m, true);
	m->until = m->now + ticks;
}

void pl061_model_pass(struct pl061_model *m, u64 ticks)
{
	m->now += ticks;
	if (m->until && m->now >= m->until) {
		set_button(m, false);
		m->until = 0;
	}
}

bool pl061_model_line(const struct pl061_model *m)
{
	bool line = false;

	for (u32 i = 0; i < 8; i++)
		line |= m->pins[i].enabled && raised(&m->pins[i]);
	return line;
}

/* What a register that keeps a value keeps of a pin. */
static bool *kept(struct pl061_pin *pin, u32 offset)
{
	switch (offset) {
	case 0x400:
		return &pin->output;
	case 0x404:
		return &pin->level;
	case 0x408:
		return &pin->both;
	case 0x40c:
		return &pin->high;
	case 0x410:
		return &pin->enabled;
	case 0x420:
		return &pin->hardware;
	default:
		return NULL;
	}
}

static bool is_register(u32 offset, u32 size) { return size <= 4 && offset % 4 == 0; }

static bool bit(struct pl061_pin pin, u32 number, u32 offset)
{
	const bool *value = kept(&pin, offset);

	if (offset < 0x400)
		return shows(&pin) && offset >> (number + 2) & 1;
	if (offset == 0x414)
		return raised(&pin);
	if (offset == 0x418)
		return raised(&pin) && pin.enabled;
	return value && *value;
}

u64 pl061_model_load(const struct pl061_model *m, u32 offset, u32 size)
{
	static const u8 id[] = {0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
	u64 value = 0;

	if (!is_register(offset, size))
		return 0;
	if (offset >= 0xfe0)
		return id[(offset - 0xfe0) / 4];
	for (u32 i = 0; i < 8; i++)
		value |= (u64)bit(m->pins[i], i, offset) << i;
	return value;
}

void pl061_model_store(struct pl061_model *m, u32 offset, u32 size, u64 value)
{
	for (u32 i = 0; i < 8 && is_register(offset, size); i++) {
		struct pl061_pin *pin = &m->pins[i];
		bool one = value >> i & 1, *to = kept(pin, offset);

		if (to)
			*to = one;
		if (offset < 0x400 && pin->output && offset >> (i + 2) & 1)
			pin->written = one;
		if (offset == 0x41c && one)
			pin->edge_seen = false;
	}
}
