/* SPDX-License-Identifier: Apache-2.0 */
/* The executable specification of vgic_model.h; section numbers are those of IHI 0069. */
#include <string.h>

#include "model/vgic_model.h"

enum { PRIORITY_MASK = 0xf8 };

void vgic_model_reset(struct vgic_model *m, u32 pes)
{
	memset(m, 0, sizeof(*m));
	m->pes = pes;
	for (u32 pe = 0; pe < pes; pe++) {
		m->pe[pe].sleep = true;
		m->pe[pe].bpr[0] = 2;
		m->pe[pe].bpr[1] = 3;
		for (u32 intid = 0; intid < 16; intid++) {
			m->pe[pe].private[intid].edge = true;
			m->pe[pe].private[intid].fixed = true;
		}
	}
}

struct model_interrupt *vgic_model_interrupt(struct vgic_model *m, u32 pe, u32 intid)
{
	return intid < MODEL_PRIVATE ? &m->pe[pe].private[intid] : &m->shared[intid];
}

/* --- the state machine of one interrupt (§4.1.2) --- */

static void becomes_pending(struct model_interrupt *i)
{
	if (i->state == INACTIVE)
		i->state = PENDING;
	else if (i->state == ACTIVE)
		i->state = ACTIVE_AND_PENDING;
}

static void stops_pending(struct model_interrupt *i)
{
	if (i->state == PENDING)
		i->state = INACTIVE;
	else if (i->state == ACTIVE_AND_PENDING)
		i->state = ACTIVE;
}

static bool is_pending(const struct model_interrupt *i)
{
	return i->state == PENDING || i->state == ACTIVE_AND_PENDING;
}

static bool is_active(const struct model_interrupt *i)
{
	return i->state == ACTIVE || i->state == ACTIVE_AND_PENDING;
}

/* What keeps it pending went away, perhaps. */
static void review(struct model_interrupt *i)
{
	if (i->soft || (i->line && !i->edge))
		becomes_pending(i);
	else
		stops_pending(i);
}

static void set_pending(struct model_interrupt *i)
{
	i->soft = true;
	becomes_pending(i);
}

static void clear_pending(struct model_interrupt *i)
{
	i->soft = false;
	review(i);
}

static void activate(struct model_interrupt *i) { i->state = is_pending(i) ? ACTIVE_AND_PENDING : ACTIVE; }

void vgic_model_deactivate(struct model_interrupt *i)
{
	if (i->state == ACTIVE)
		i->state = INACTIVE;
	else if (i->state == ACTIVE_AND_PENDING)
		i->state = PENDING;
}

void vgic_model_acknowledge(struct model_interrupt *i)
{
	i->soft = false;
	i->state = ACTIVE;
	review(i);
}

static void set_line(struct model_interrupt *i, bool high)
{
	bool rises = high && !i->line;

	i->line = high;
	if (i->edge && rises)
		set_pending(i);
	else
		review(i);
}

/* --- registers that hold a field per interrupt (§12.9, §12.11) --- */

enum kind {
	GROUP,
	SET_ENABLE,
	CLEAR_ENABLE,
	SET_PENDING,
	CLEAR_PENDING,
	SET_ACTIVE,
	CLEAR_ACTIVE,
	PRIORITY,
	CONFIG
};
static const struct array {
	u32 from, to; /* offset of the first byte, and of the one after the last */
	u32 bits;
	enum kind kind;
} arrays[] = {
	{0x080, 0x100, 1, GROUP},        {0x100, 0x180, 1, SET_ENABLE},    {0x180, 0x200, 1, CLEAR_ENABLE},
	{0x200, 0x280, 1, SET_PENDING},  {0x280, 0x300, 1, CLEAR_PENDING}, {0x300, 0x380, 1, SET_ACTIVE},
	{0x380, 0x400, 1, CLEAR_ACTIVE}, {0x400, 0x800, 8, PRIORITY},      {0xc00, 0xd00, 2, CONFIG},
};

static const struct array *find_array(u32 offset)
{
	for (u32 i = 0; i < ARRAY_COUNT(arrays); i++)
		if (offset >= arrays[i].from && offset < arrays[i].to)
			return &arrays[i];
	return NULL;
}

static u32 get_field(const struct model_interrupt *i, enum kind kind)
{
	switch (kind) {
	case GROUP:
		return i->group1;
	case SET_ENABLE:
	case CLEAR_ENABLE:
		return i->enabled;
	case SET_PENDING:
	case CLEAR_PENDING:
		return is_pending(i);
	case SET_ACTIVE:
	case CLEAR_ACTIVE:
		return is_active(i);
	case PRIORITY:
		return i->priority;
	case CONFIG:
		return i->edge ? 2 : 0;
	}
	return 0;
}

static void put_field(struct model_interrupt *i, enum kind kind, u32 field)
{
	switch (kind) {
	case GROUP:
		i->group1 = field;
		break;
	case SET_ENABLE:
		i->enabled |= field;
		break;
	case CLEAR_ENABLE:
		i->enabled &= !field;
		break;
	case SET_PENDING:
		if (field)
			set_pending(i);
		break;
	case CLEAR_PENDING:
		if (field)
			clear_pending(i);
		break;
	case SET_ACTIVE:
		if (field)
			activate(i);
		break;
	case CLEAR_ACTIVE:
		if (field)
			vgic_model_deactivate(i);
		break;
	case PRIORITY:
		i->priority = (u8)(field & PRIORITY_MASK);
		break;
	case CONFIG:
		if (!i->fixed) {
			i->edge = field >> 1 & 1;
			review(i);
		}
		break;
	}
}

/* One access to an array; `pe` < 0: the distributor's, whose first 32 fields are RES0. */
static u64 access_array(struct vgic_model *m, s32 pe, u32 offset, u32 size, const u64 *written)
{
	const struct array *a = find_array(offset);
	u64 result = 0;

	if (!a || !(size == 4 || (size == 1 && a->kind == PRIORITY)) || offset % size)
		return 0;
	u32 first = (offset - a->from) * 8 / a->bits;
	for (u32 n = 0; n < size * 8 / a->bits; n++) {
		u32 intid = first + n, shift = n * a->bits;
		bool exists = pe < 0 ? intid >= 32 && intid < MODEL_INTIDS : intid < 32;

		if (!exists)
			continue;
		struct model_interrupt *i = vgic_model_interrupt(m, pe < 0 ? 0 : (u32)pe, intid);
		if (written)
			put_field(i, a->kind, (u32)(*written >> shift) & ((1U << a->bits) - 1));
		result |= (u64)get_field(i, a->kind) << shift;
	}
	return result;
}

static u64 identification(u32 offset, u32 part)
{
	switch (offset) {
	case 0xffd0:
		return 0x44;
	case 0xffe0:
		return part;
	case 0xffe4:
		return 0xb4;
	case 0xffe8:
		return 0x3b;
	case 0xfff0:
		return 0x0d;
	case 0xfff4:
		return 0xf0;
	case 0xfff8:
		return 0x05;
	case 0xfffc:
		return 0xb1;
	default:
		return 0;
	}
}

/* The interrupt whose GICD_IROUTER a naturally aligned access of 4 or 8 bytes hits; NULL: none. */
static struct model_interrupt *routed(struct vgic_model *m, u32 offset, u32 size)
{
	u32 intid = (offset - 0x6000) / 8;

	if (offset < 0x6100 || intid >= MODEL_INTIDS || (size != 4 && size != 8) || offset % size)
		return NULL;
	return &m->shared[intid];
}

u64 vgic_model_dist_read(struct vgic_model *m, u32 offset, u32 size)
{
	const struct model_interrupt *i = routed(m, offset, size);

	if (i && size == 8)
		return i->route;
	if (i)
		return offset & 4 ? i->route >> 32 : i->route & 0xffffffff;
	if (size == 4 && offset % 4 == 0) {
		if (offset == 0)
			return (m->forward[0] ? 1 : 0) | (m->forward[1] ? 2 : 0) | 1U << 4 | 1U << 6;
		if (offset == 4)
			return 8 | 9U << 19 | 1U << 24 | 1U << 25;
		if (offset == 8)
			return 0x4300043b;
		if (offset >= 0xffd0)
			return identification(offset, 0x92);
	}
	return access_array(m, -1, offset, size, NULL);
}

void vgic_model_dist_write(struct vgic_model *m, u32 offset, u32 size, u64 value)
{
	struct model_interrupt *i = routed(m, offset, size);

	if (i && size == 4 && offset & 4)
		value = (i->route & 0xffffffff) | value << 32;
	else if (i && size == 4)
		value = (i->route & ~0xffffffffUL) | (value & 0xffffffff);
	if (i) {
		i->route = value & 0xff00ffffffUL; /* Interrupt_Routing_Mode is RES0, as No1N is 1 */
	} else if (offset == 0 && size == 4) {
		m->forward[0] = value & 1;
		m->forward[1] = value & 2;
	} else {
		access_array(m, -1, offset, size, &value);
	}
}

u64 vgic_model_redist_read(struct vgic_model *m, u32 frame, u32 offset, u32 size)
{
	if (offset >= 0x10000) {
		offset -= 0x10000;
		return access_array(m, (s32)frame, offset, size, NULL);
	}
	u64 typer = (u64)frame << 32 | frame << 8 | (frame + 1 == m->pes ? 0x10 : 0);
	if (offset == 8 && size == 8)
		return typer;
	if (size != 4 || offset % 4)
		return 0;
	switch (offset) {
	case 4:
		return 0x4300043b;
	case 8:
		return typer & 0xffffffff;
	case 12:
		return typer >> 32;
	case 0x14:
		return m->pe[frame].sleep ? 6 : 0;
	default:
		return identification(offset, 0x93);
	}
}

void vgic_model_redist_write(struct vgic_model *m, u32 frame, u32 offset, u32 size, u64 value)
{
	if (offset >= 0x10000)
		access_array(m, (s32)frame, offset - 0x10000, size, &value);
	else if (offset == 0x14 && size == 4)
		m->pe[frame].sleep = value & 2;
}

/* --- inputs --- */

void vgic_model_line(struct vgic_model *m, u32 pe, u32 intid, bool high)
{
	set_line(vgic_model_interrupt(m, pe, intid), high);
}

void vgic_model_edge(struct vgic_model *m, u32 pe, u32 intid)
{
	struct model_interrupt *i = vgic_model_interrupt(m, pe, intid);

	if (i->edge)
		set_pending(i);
}

void vgic_model_sgi(struct vgic_model *m, u32 pe, u32 group, u64 value)
{
	u32 intid = value >> 24 & 0xf;
	bool others = value >> 40 & 1;
	u64 cluster = value & 0x00ff00ff00ff0000UL; /* Aff3, Aff2, Aff1 */
	u32 range = value >> 44 & 0xf;

	for (u32 to = 0; to < m->pes; to++) {
		bool named = cluster == 0 && range * 16 <= to && to < range * 16 + 16 &&
		             value >> (to - range * 16) & 1;
		struct model_interrupt *i = &m->pe[to].private[intid];

		if ((others ? to != pe : named) && i->group1 == (group == 1))
			set_pending(i);
	}
}
