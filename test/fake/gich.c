/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fake of machine/gich.h: list registers and the virtual CPU interface that works on them,
 * on several CPUs (IHI 0069 §4.8, §6, §12.4). As many preemption bits as priority bits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gich_fake.h"

#define STATE_PENDING BIT(62)
#define STATE_ACTIVE  BIT(63)

enum { IDLE_PRIORITY = 0xff, FIRST_LPI = 8192, FIRST_SPECIAL = 1020, LAST_SPECIAL = 1023 };

struct interface {
	u64 lr[GICH_LR_MAX];
	u64 hcr;
	struct gich g;
	bool set[2]; /* HCR_EL2.VF, VI */
};

static struct interface cpus[GICH_FAKE_CPUS];
static struct interface *cpu = cpus;
static struct gich_fake_options options = {.lr_count = 4, .priority_bits = 5, .tdir = true};
void (*gich_fake_on_deactivate)(u32 cpu, u32 intid);
void (*gich_fake_on_look)(void);

static _Noreturn void breach(const char *what, u64 value)
{
	fprintf(stderr, "virtual CPU interface: %s (%lx)\n", what, value);
	abort();
}

void gich_fake_reset(const struct gich_fake_options *wanted)
{
	memset(cpus, 0, sizeof(cpus));
	cpu = cpus;
	options = *wanted;
}

void gich_fake_select(u32 n) { cpu = &cpus[n]; }
u32 gich_fake_selected(void) { return (u32)(cpu - cpus); }

u32 gich_lr_count(void) { return options.lr_count; }
u32 gich_priority_bits(void) { return options.priority_bits; }
bool gich_has_tdir(void) { return options.tdir; }
u64 gich_hcr_read(void) { return cpu->hcr; }
u64 gich_vmcr_read(void) { return cpu->g.vmcr; }
void gich_reset(struct gich *g) { memset(g, 0, sizeof(*g)); }
void gich_load(const struct gich *g)
{
	if (options.software)
		breach("what a list register's interface holds is nobody's", 0);
	cpu->g = *g;
}
void gich_save(struct gich *g) { *g = cpu->g; }

void gich_hcr_write(u64 value)
{
	if (value & ICH_HCR_TDIR && !options.tdir)
		breach("TDIR is not implemented", value);
	if (options.software && value && value != (ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1))
		breach("an interface in software is not trapped whole", value);
	cpu->hcr = value;
}

u64 gich_lr_read(u32 n)
{
	if (n >= options.lr_count)
		breach("no such list register", n);
	return cpu->lr[n];
}

/* Refuses what the architecture leaves UNPREDICTABLE (§12.4.8). */
void gich_lr_write(u32 n, u64 value)
{
	if (options.software)
		breach("a list register is used", value);
	if (n >= options.lr_count)
		breach("no such list register", n);
	if (value & LR_HW && field_get(LR_STATE, value) == LR_PENDING_ACTIVE)
		breach("hardware interrupt pending and active", value);
	for (u32 i = 0; i < options.lr_count; i++)
		if (i != n && value & LR_STATE && cpu->lr[i] & LR_STATE &&
		    field_get(LR_VINTID, cpu->lr[i]) == field_get(LR_VINTID, value))
			breach("an INTID in two list registers", value);
	cpu->lr[n] = value;
}

static bool wants_eoi(u64 lr) { return !(lr & (LR_STATE | LR_HW)) && lr & LR_EOI; }

u32 gich_empty_lrs(void)
{
	void (*meanwhile)(void) = gich_fake_on_look;
	u32 empty = 0, here = gich_fake_selected();

	gich_fake_on_look = NULL;
	if (meanwhile)
		meanwhile();
	gich_fake_select(here);
	for (u32 i = 0; i < options.lr_count; i++)
		if (!(cpu->lr[i] & LR_STATE) && !wants_eoi(cpu->lr[i]))
			empty |= 1U << i;
	return empty;
}

static void physical_deactivation(u32 intid)
{
	if (gich_fake_on_deactivate)
		gich_fake_on_deactivate(gich_fake_selected(), intid);
}

void gich_deactivate(u32 intid) { physical_deactivation(intid); }

void gich_signal(bool irq, bool fiq)
{
	cpu->set[1] = irq;
	cpu->set[0] = fiq;
}

bool gich_fake_is_set(u32 group) { return cpu->set[group]; }
u64 gich_fake_levels(u32 group) { return group ? cpu->g.ap1r[0] : cpu->g.ap0r[0]; }

/* Priority bits that decide about preemption within a group (§4.8.3). */
static u32 group_mask(u32 group)
{
	u64 vmcr = cpu->g.vmcr;
	u32 least = 7 - options.priority_bits;
	u32 bpr0 = (u32)max_u64(field_get(ICH_VMCR_VBPR0, vmcr), least);
	u32 bpr1 = (u32)max_u64(field_get(ICH_VMCR_VBPR1, vmcr), least + 1);

	if (group == 0 || vmcr & ICH_VMCR_VCBPR)
		return 0xff & ~0U << (bpr0 + 1);
	return 0xff & ~0U << bpr1;
}

static u32 level_shift(void) { return 8 - options.priority_bits; }

u32 gich_fake_running(void)
{
	for (u32 i = 0; i < GICH_APR_MAX; i++) {
		u64 active = (cpu->g.ap0r[i] | cpu->g.ap1r[i]) & 0xffffffff;
		if (active)
			return (i * 32 + lowest_bit(active)) << level_shift();
	}
	return IDLE_PRIORITY;
}

static void raise_running(u32 group, u32 priority)
{
	u32 level = (priority & group_mask(group)) >> level_shift();
	u64 *apr = group ? cpu->g.ap1r : cpu->g.ap0r;

	apr[level / 32] |= BIT(level % 32);
}

/* Priority drop; IDLE_PRIORITY if nothing was active. */
static u32 drop_running(void)
{
	u32 running = gich_fake_running(), level = running >> level_shift();

	if (running == IDLE_PRIORITY)
		return IDLE_PRIORITY;
	if (cpu->g.ap0r[level / 32] & BIT(level % 32))
		cpu->g.ap0r[level / 32] &= ~BIT(level % 32);
	else
		cpu->g.ap1r[level / 32] &= ~BIT(level % 32);
	return running;
}

static u32 group_of(u64 lr) { return lr & LR_GROUP1 ? 1 : 0; }

/* The list register with the highest priority pending interrupt of an enabled group; -1: none is signalled. */
static s32 signalled(void)
{
	s32 best = -1;
	u32 best_priority = ~0U;

	if (!(cpu->hcr & ICH_HCR_EN))
		return -1;
	for (u32 i = 0; i < options.lr_count; i++) {
		u64 lr = cpu->lr[i];
		u32 priority = (u32)field_get(LR_PRIORITY, lr);
		bool enabled = cpu->g.vmcr & (group_of(lr) ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);

		if (field_get(LR_STATE, lr) == LR_PENDING && enabled && priority < best_priority) {
			best = (s32)i;
			best_priority = priority;
		}
	}
	if (best < 0 || best_priority >= field_get(ICH_VMCR_VPMR, cpu->g.vmcr))
		return -1;
	u32 mask = group_mask(group_of(cpu->lr[best]));
	u32 running = gich_fake_running();
	if (running != IDLE_PRIORITY && (best_priority & mask) >= (running & mask))
		return -1;
	return best;
}

bool gich_fake_signals(u32 group)
{
	s32 i = signalled();

	return i >= 0 && group_of(cpu->lr[i]) == group;
}

u32 gich_fake_ack(u32 group)
{
	s32 i = signalled();

	if (i < 0 || group_of(cpu->lr[i]) != group)
		return GICH_FAKE_SPURIOUS;
	raise_running(group, (u32)field_get(LR_PRIORITY, cpu->lr[i]));
	cpu->lr[i] = field_set(cpu->lr[i], LR_STATE, LR_ACTIVE);
	return (u32)field_get(LR_VINTID, cpu->lr[i]);
}

static s32 find_active(u32 intid)
{
	for (u32 i = 0; i < options.lr_count; i++)
		if (cpu->lr[i] & STATE_ACTIVE && field_get(LR_VINTID, cpu->lr[i]) == intid)
			return (s32)i;
	return -1;
}

static void deactivate(s32 i)
{
	cpu->lr[i] &= ~STATE_ACTIVE;
	if (cpu->lr[i] & LR_HW)
		physical_deactivation((u32)field_get(LR_PINTID, cpu->lr[i]));
}

static void count_eoi(void)
{
	u64 count = field_get(ICH_HCR_EOICOUNT, cpu->hcr);

	cpu->hcr = field_set(cpu->hcr, ICH_HCR_EOICOUNT, (count + 1) & 31);
}

static bool is_special(u32 intid) { return intid >= FIRST_SPECIAL && intid <= LAST_SPECIAL; }

void gich_fake_eoi(u32 group, u32 intid)
{
	bool split = cpu->g.vmcr & ICH_VMCR_VEOIM;

	if (is_special(intid))
		return;
	u32 dropped = drop_running();
	if (dropped == IDLE_PRIORITY)
		return;
	s32 i = find_active(intid);
	if (i < 0) {
		if (intid < FIRST_LPI && (!split || options.counts_split_eoi))
			count_eoi();
		return;
	}
	u64 lr = cpu->lr[i];
	bool matches = group_of(lr) == group && (field_get(LR_PRIORITY, lr) & group_mask(group)) == dropped;
	if (matches && !split)
		deactivate(i);
}

bool gich_fake_dir(u32 intid)
{
	if (cpu->hcr & ICH_HCR_TDIR)
		return false;
	if (is_special(intid) || !(cpu->g.vmcr & ICH_VMCR_VEOIM))
		return true;
	s32 i = find_active(intid);
	if (i >= 0)
		deactivate(i);
	else if (intid < FIRST_LPI)
		count_eoi();
	return true;
}

void gich_fake_set_pmr(u32 priority)
{
	u32 implemented = 0xff & ~(0xffU >> options.priority_bits);

	cpu->g.vmcr = field_set(cpu->g.vmcr, ICH_VMCR_VPMR, priority & implemented);
}

void gich_fake_set_group(u32 group, bool enabled)
{
	u64 bit = group ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0;

	cpu->g.vmcr = enabled ? cpu->g.vmcr | bit : cpu->g.vmcr & ~bit;
}

void gich_fake_set_eoimode(bool split)
{
	cpu->g.vmcr = split ? cpu->g.vmcr | ICH_VMCR_VEOIM : cpu->g.vmcr & ~ICH_VMCR_VEOIM;
}

void gich_fake_set_bpr(u32 group, u32 point)
{
	cpu->g.vmcr = field_set(cpu->g.vmcr, group ? ICH_VMCR_VBPR1 : ICH_VMCR_VBPR0, point);
}

void gich_fake_set_cbpr(bool common)
{
	cpu->g.vmcr = common ? cpu->g.vmcr | ICH_VMCR_VCBPR : cpu->g.vmcr & ~ICH_VMCR_VCBPR;
}

u32 gich_fake_misr(void)
{
	u64 hcr = cpu->hcr, vmcr = cpu->g.vmcr;
	u32 valid = 0, pending = 0, misr = 0;

	if (!(hcr & ICH_HCR_EN))
		return 0;
	for (u32 i = 0; i < options.lr_count; i++) {
		valid += (cpu->lr[i] & LR_STATE) != 0;
		pending += field_get(LR_STATE, cpu->lr[i]) == LR_PENDING;
		if (wants_eoi(cpu->lr[i]))
			misr |= GICH_FAKE_EOI;
	}
	if (hcr & ICH_HCR_UIE && valid < 2)
		misr |= GICH_FAKE_U;
	if (hcr & ICH_HCR_LRENPIE && hcr & ICH_HCR_EOICOUNT)
		misr |= GICH_FAKE_LRENP;
	if (hcr & ICH_HCR_NPIE && !pending)
		misr |= GICH_FAKE_NP;
	if (hcr & ICH_HCR_VGRP0EIE && vmcr & ICH_VMCR_VENG0)
		misr |= GICH_FAKE_VGRP0E;
	if (hcr & ICH_HCR_VGRP0DIE && !(vmcr & ICH_VMCR_VENG0))
		misr |= GICH_FAKE_VGRP0D;
	if (hcr & ICH_HCR_VGRP1EIE && vmcr & ICH_VMCR_VENG1)
		misr |= GICH_FAKE_VGRP1E;
	if (hcr & ICH_HCR_VGRP1DIE && !(vmcr & ICH_VMCR_VENG1))
		misr |= GICH_FAKE_VGRP1D;
	return misr;
}
