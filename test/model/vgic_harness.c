/* SPDX-License-Identifier: Apache-2.0 */
/* Plays EL2's loop, the physical GIC and the timers' lines around the virtual GIC. */
#include "model/vgic_harness.h"

#include <string.h>

#include "lib/require.h"
#include "machine/timer.h"
#include "spinlock_fake.h"
#include "virtual/vgic_interface.h"

struct harness harness;
const u32 harness_timer[HARNESS_TIMERS] = {TIMER_VIRTUAL_PPI, TIMER_PHYSICAL_PPI};

static void deactivated(u32 cpu, u32 intid)
{
	for (u32 t = 0; t < HARNESS_TIMERS; t++)
		if (harness_timer[t] == intid)
			harness.physical_active[cpu][t] = false;
	harness.deactivations++;
}

void harness_start(u32 vcpus, const struct gich_fake_options *options)
{
	memset(&harness, 0, sizeof(harness));
	harness.software = harness.vm.vgic.software = options->software;
	gich_fake_reset(options);
	gich_fake_on_deactivate = deactivated;
	reg_table_index(&vgic_dist_table);
	reg_table_index(&vgic_redist_table);
	harness.vm.vcpu_count = vcpus;
	for (u32 k = 0; k < vcpus; k++) {
		harness.vcpu[k].id = k;
		harness.vcpu[k].cpu = k;
		harness.vcpu[k].vm = &harness.vm;
		harness.vm.vcpus[k] = &harness.vcpu[k];
	}
	vgic_reset(&harness.vm);
	for (u32 k = 0; k < vcpus; k++) {
		vgic_cpu_reset(&harness.vcpu[k]);
		for (u32 t = 0; t < HARNESS_TIMERS; t++)
			vgic_link_hardware(&harness.vcpu[k], harness_timer[t]);
		harness_load(k);
	}
}

void harness_start_open(u32 vcpus) { harness_start_open_with(vcpus, 4, true); }

void harness_start_open_with(u32 vcpus, u32 lr_count, bool tdir)
{
	harness_start(vcpus,
	              &(struct gich_fake_options){.lr_count = lr_count, .priority_bits = 5, .tdir = tdir});
	harness_dist_write(0, 0, 4, 3);
	for (u32 n = 1; n < VGIC_BANKS; n++)
		harness_dist_write(0, 0x80 + 4 * n, 4, 0xffffffff);
	for (u32 k = 0; k < vcpus; k++) {
		harness_redist_write(k, k, 0x10080, 4, 0xffffffff);
		harness_set_pmr(k, 0xff);
		harness_set_group(k, 0, true);
		harness_set_group(k, 1, true);
	}
	harness_settle();
	harness.kicks = 0;
}

/* Takes the physical timers that are pending on this CPU. */
static bool take_timers(u32 k)
{
	bool fired = false;

	for (u32 t = 0; t < HARNESS_TIMERS; t++) {
		if (!harness.timer_line[k][t] || harness.physical_active[k][t])
			continue;
		harness.physical_active[k][t] = true;
		harness.fires++;
		vgic_fire_hardware(&harness.vcpu[k], harness_timer[t]);
		fired = true;
	}
	return fired;
}

void harness_pass(u32 k)
{
	bool kicked = harness.kicked[k];

	harness.kicked[k] = false; /* also if nothing is loaded that could receive it */
	if (!harness.vcpu[k].loaded)
		return;
	gich_fake_select(k);
	if (kicked)
		vgic_mail_receive(&harness.vcpu[k]);
	take_timers(k);
	if (gich_fake_misr())
		vgic_maintain(&harness.vcpu[k]);
	vgic_enter(&harness.vcpu[k]);
}

static bool is_interrupted(u32 k)
{
	gich_fake_select(k);
	if (harness.kicked[k] || gich_fake_misr())
		return true;
	for (u32 t = 0; t < HARNESS_TIMERS; t++)
		if (harness.timer_line[k][t] && !harness.physical_active[k][t])
			return true;
	return false;
}

const char *harness_settle(void)
{
	for (u32 round = 0; round < 16; round++) {
		bool quiet = true;

		for (u32 k = 0; k < harness.vm.vcpu_count; k++) {
			if (!harness.vcpu[k].loaded || !is_interrupted(k))
				continue;
			quiet = false;
			harness_pass(k);
			if (gich_fake_misr())
				return "a maintenance interrupt persists after its vCPU was entered";
		}
		if (quiet)
			return NULL;
	}
	return "interrupts or kicks do not end";
}

static u64 reg(u32 k, const struct reg_table *table, struct access *a)
{
	gich_fake_select(k);
	if (reg_access(table, &harness.vcpu[k], a) != DONE)
		panic("a register's verdict is DONE", table->name);
	harness_pass(k);
	return a->value;
}

u64 harness_dist_read(u32 k, u32 offset, u32 size)
{
	return reg(k, &vgic_dist_table, &(struct access){.offset = offset, .size = size, .value = ~0UL});
}

void harness_dist_write(u32 k, u32 offset, u32 size, u64 value)
{
	reg(k, &vgic_dist_table,
	    &(struct access){.offset = offset, .size = size, .write = true, .value = value});
}

u64 harness_redist_read(u32 k, u32 frame, u32 offset, u32 size)
{
	struct access a = {.offset = frame * 0x20000 + offset, .size = size, .value = ~0UL};

	return reg(k, &vgic_redist_table, &a);
}

void harness_redist_write(u32 k, u32 frame, u32 offset, u32 size, u64 value)
{
	struct access a = {.offset = frame * 0x20000 + offset, .size = size, .write = true, .value = value};

	reg(k, &vgic_redist_table, &a);
}

void harness_sgi(u32 k, u32 group, u64 value)
{
	struct access a = {.size = 8, .write = true, .value = value};

	gich_fake_select(k);
	if (group)
		vgic_sgi1r_write(&harness.vcpu[k], &a);
	else
		vgic_sgi0r_write(&harness.vcpu[k], &a);
	harness_pass(k);
}

void harness_line(u32 k, u32 intid, bool high)
{
	gich_fake_select(k);
	vgic_set_line(&harness.vcpu[k], intid, high);
	harness_pass(k);
}

void harness_edge(u32 k, u32 intid)
{
	gich_fake_select(k);
	vgic_raise_edge(&harness.vcpu[k], intid);
	harness_pass(k);
}

/* Also as the context would hold it, were the vCPU not loaded. */
void harness_timer_line(u32 k, u32 timer, bool high)
{
	struct context *c = &harness.vcpu[k].context;

	harness.timer_line[k][timer] = high;
	if (timer == 0) {
		c->cntv_ctl_el0 = 1;
		c->cntv_cval_el0 = high ? 1000 : 1001;
	} else {
		c->cntp_ctl_el0 = 1;
		c->cntp_cval_el0 = high ? 1000 : 1001;
	}
}

void harness_load(u32 k)
{
	gich_fake_select(k);
	vgic_load(&harness.vcpu[k]);
	harness.vcpu[k].loaded = true;
	harness_pass(k);
}

void harness_unload(u32 k)
{
	gich_fake_select(k);
	vgic_unload(&harness.vcpu[k]);
	harness.vcpu[k].loaded = false;
}

static const char *check_timers(const struct vcpu *v, u32 linked)
{
	for (u32 t = 0; t < HARNESS_TIMERS; t++) {
		u32 bit = vgic_bit(harness_timer[t]);
		bool held = v->vgic.private.line & bit, in_list = linked & bit;

		if (held && in_list)
			return "a physical interrupt is owned twice";
		if (harness.physical_active[v->id][t] != (held || in_list))
			return "a physical interrupt is active for nobody, or owned without being active";
	}
	return NULL;
}

/* `listed` is what is signalled, and by whom. */
static const char *check_signalled(const struct vcpu *v)
{
	u32 intid = v->vgic.signalled;
	bool signals = intid != VGIC_SPURIOUS;

	gich_fake_select(v->id);
	if ((gich_fake_is_set(0) || gich_fake_is_set(1)) != signals)
		return "HCR_EL2.VI and VF are not what is signalled";
	if (!v->loaded && signals)
		return "an unloaded vCPU signals";
	if (v->vgic.private.listed != (signals && intid < VGIC_PRIVATE ? vgic_bit(intid) : 0))
		return "a private interrupt is marked listed, but not signalled";
	if (signals && intid >= VGIC_PRIVATE && v->vm->vgic.lister[intid] != v->id)
		return "what is signalled has another lister";
	return check_timers(v, 0);
}

static bool is_held(u32 intid)
{
	const struct vgic_cpu *c = &harness.vcpu[harness.vm.vgic.lister[intid]].vgic;

	for (u32 n = 0; n < gich_lr_count() && !harness.software; n++)
		if (field_get(LR_VINTID, c->lr[n]) == intid)
			return true;
	return harness.software && c->signalled == intid;
}

static const char *check_lists(struct vcpu *v)
{
	const struct vgic_cpu *c = &v->vgic;
	u32 linked = 0, private = 0;

	gich_fake_select(v->id);
	for (u32 n = 0; n < gich_lr_count(); n++) {
		u64 hardware = gich_lr_read(n);
		u32 intid = (u32)field_get(LR_VINTID, c->lr[n]);
		const struct vgic_word w = vgic_word_of(v, intid);

		if ((c->lr[n] != 0) != (c->used >> n & 1))
			return "`used` and the list registers differ";
		if (!c->lr[n]) {
			if (hardware)
				return "a list register holds what we think is empty";
			continue;
		}
		if (field_get(LR_VINTID, hardware) != intid)
			return "a list register holds another interrupt than we wrote";
		if (!(w.bank->listed & vgic_bit(intid)))
			return "an interrupt in a list register is not marked listed";
		if (!w.owner && v->vm->vgic.lister[intid] != v->id)
			return "an interrupt in a list register has another lister";
		if (w.owner)
		private |= vgic_bit(intid);
		if (c->lr[n] & LR_HW && hardware & LR_STATE)
			linked |= vgic_bit(intid);
	}
	if (private != v->vgic.private.listed)
		return "a private interrupt is marked listed, but is not";
	return check_timers(v, linked);
}

const char *harness_check(void)
{
	struct vgic *g = &harness.vm.vgic;

	if (spinlock_fake_held())
		return "a lock is still held";
	if (g->recallers)
		return "a recall has not ended";
	for (u32 k = 0; k < harness.vm.vcpu_count; k++) {
		struct vcpu *v = &harness.vcpu[k];
		const char *wrong = harness.software ? check_signalled(v) : check_lists(v);

		if (wrong)
			return wrong;
	}
	for (u32 intid = VGIC_PRIVATE; intid < VGIC_INTIDS; intid++) {
		const struct vgic_bank *b = &g->shared[intid / 32];

		if (b->listed & vgic_bit(intid) && !is_held(intid))
			return "a shared interrupt is marked listed, but is not";
	}
	return NULL;
}
