/* SPDX-License-Identifier: Apache-2.0 */
/* The reference watchdog. */
#include "watchdog_model.h"

#include <string.h>

void watchdog_model_reset(struct watchdog_model *m)
{
	u64 counter = m->counter;

	memset(m, 0, sizeof(*m));
	m->counter = counter;
}

static void explicit_refresh(struct watchdog_model *m)
{
	m->compare = m->counter + m->offset;
	m->ws0 = m->ws1 = false;
}

static void look(struct watchdog_model *m)
{
	if (!m->enabled || m->counter <= m->compare)
		return;
	if (m->ws0) {
		m->ws1 = true;
	} else {
		m->compare = m->counter + m->offset;
		m->ws0 = true;
	}
}

void watchdog_model_pass(struct watchdog_model *m, u64 ticks)
{
	while (ticks--) {
		m->counter++;
		look(m);
	}
}

u64 watchdog_model_load(const struct watchdog_model *m, bool refresh_frame, u32 offset, u32 size)
{
	if (size != 4)
		return 0;
	if (offset == 0xfcc)
		return 0x1043b;
	if (refresh_frame)
		return 0;
	switch (offset) {
	case 0x00:
		return m->enabled | m->ws0 << 1 | m->ws1 << 2;
	case 0x08:
		return m->offset & 0xffffffff;
	case 0x0c:
		return m->offset >> 32;
	case 0x10:
		return m->compare & 0xffffffff;
	case 0x14:
		return m->compare >> 32;
	default:
		return 0;
	}
}

void watchdog_model_store(struct watchdog_model *m, bool refresh_frame, u32 offset, u32 size, u64 value)
{
	u32 *compare = (u32 *)&m->compare, *period = (u32 *)&m->offset;

	if (size != 4)
		return;
	if (refresh_frame && offset == 0) {
		explicit_refresh(m);
	} else if (!refresh_frame && offset == 0) {
		m->enabled = value & 1;
		explicit_refresh(m);
	} else if (!refresh_frame && offset == 0x08) {
		period[0] = (u32)value;
		explicit_refresh(m);
	} else if (!refresh_frame && offset == 0x0c) {
		period[1] = (u32)value & 0xffff;
		explicit_refresh(m);
	} else if (!refresh_frame && offset == 0x10) {
		compare[0] = (u32)value;
	} else if (!refresh_frame && offset == 0x14) {
		compare[1] = (u32)value;
	}
	look(m);
}
