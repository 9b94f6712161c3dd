/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3: its inputs, SGIs, and the vCPU's way in and out (IHI 0069 ch. 4, 6, 9.2).
 * Invariant: whatever a vCPU should be told of, it was marked `changed` and kicked for.
 * Lock: vgic.lock; `changed` alone is read without it, on the vCPU's CPU, after a kick has come.
 */
#include "virtual/vgic.h"

#include "lib/require.h"
#include "lib/string.h"
#include "machine/pmu.h"
#include "machine/timer.h"
#include "monitor/irq.h"
#include "monitor/vm.h"
#include "virtual/vgic_interface.h"
#include "virtual/vgic_list.h"

/* ICC_SGI1R_EL1, ICC_SGI0R_EL1 */
#define SGIR_TARGETS FIELD(15, 0)
#define SGIR_AFF1    FIELD(23, 16)
#define SGIR_INTID   FIELD(27, 24)
#define SGIR_AFF2    FIELD(39, 32)
#define SGIR_IRM     BIT(40)
#define SGIR_RS      FIELD(47, 44)
#define SGIR_AFF3    FIELD(55, 48)

#define DIR_INTID FIELD(23, 0)

#define WAKER_RESET 0x6 /* ProcessorSleep, ChildrenAsleep */
#define SGIS_MASK   0xffffU

void vgic_reset(struct vm *vm)
{
	struct vgic *g = &vm->vgic;

	g->lock.rank = RANK_VGIC;
	spinlock_take(&g->lock);
	g->control = 0;
	g->busy = 0;
	memset(g->shared, 0, sizeof(g->shared));
	memset(g->route, 0, sizeof(g->route));
	memset(g->target, 0, sizeof(g->target)); /* affinity 0.0.0.0 is vCPU 0 */
	memset(g->lister, 0, sizeof(g->lister));
	spinlock_give(&g->lock);
}

void vgic_cpu_reset(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic *g = &v->vm->vgic;

	spinlock_take(&g->lock);
	u32 hardware = c->private.hardware;
	u32 release = c->release | (c->private.line & hardware);

	memset(c, 0, sizeof(*c));
	c->private.hardware = hardware;
	c->private.edge = SGIS_MASK;
	c->typer = vgic_redist_typer(v);
	c->release = release;
	c->waker = WAKER_RESET;
	c->hcr = ICH_HCR_EN;
	c->signalled = VGIC_SPURIOUS;
	gich_reset(&c->saved);
	vgic_mark(v, VGIC_NEWS_MANY);
	spinlock_give(&g->lock);
}

void vgic_interface_reset(struct vcpu *v)
{
	gich_reset(&v->vgic.saved);
	spinlock_take(&v->vm->vgic.lock);
	vgic_mark(v, VGIC_NEWS_MANY);
	spinlock_give(&v->vm->vgic.lock);
}

void vgic_raise_edge(struct vcpu *v, u32 intid)
{
	struct vgic_word w = vgic_word_of(v, intid);
	u32 bit = vgic_bit(intid);

	require(intid < VGIC_INTIDS);
	spinlock_take(&v->vm->vgic.lock);
	/* A pulse on an input that the guest configured as level-sensitive leaves nothing behind. */
	if (w.bank->edge & bit) {
		w.bank->latched |= bit;
		vgic_touch(&w, bit, NULL);
	}
	spinlock_give(&v->vm->vgic.lock);
}

void vgic_set_line(struct vcpu *v, u32 intid, bool high)
{
	struct vgic_word w = vgic_word_of(v, intid);
	u32 bit = vgic_bit(intid);

	require(intid < VGIC_INTIDS && !(w.bank->hardware & bit));
	spinlock_take(&v->vm->vgic.lock);
	if (high != ((w.bank->line & bit) != 0)) {
		w.bank->line ^= bit;
		if (high)
			w.bank->latched |= bit & w.bank->edge;
		vgic_touch(&w, bit, NULL);
	}
	spinlock_give(&v->vm->vgic.lock);
}

void vgic_fire_seldom(struct vcpu *v, u32 intid)
{
	struct vgic_word w = vgic_private_word(v);
	u32 bit = vgic_bit(intid);

	require(intid < VGIC_PRIVATE && w.bank->hardware & bit);
	spinlock_take(&v->vm->vgic.lock);
	w.bank->line |= bit;
	vgic_touch(&w, bit, v);
	spinlock_give(&v->vm->vgic.lock);
}

void vgic_fire_hardware(struct vcpu *v, u32 intid)
{
	if (likely(!v->vgic.changed && vgic_can_relist(&v->vgic, intid, VGIC_LR_HARDWARE)))
		vgic_relist(v, intid);
	else
		vgic_fire_seldom(v, intid);
}

void vgic_link_hardware(struct vcpu *v, u32 intid)
{
	require(intid >= VGIC_SGIS && intid < VGIC_PRIVATE);
	spinlock_take(&v->vm->vgic.lock);
	v->vgic.private.hardware |= vgic_bit(intid);
	spinlock_give(&v->vm->vgic.lock);
}

/* The vCPUs that a value of ICC_SGI<n>R_EL1 names, a bit per index (see vcpu_mpidr()). */
static u32 sgi_targets(const struct vcpu *v, u64 value)
{
	u32 all = (1U << v->vm->vcpu_count) - 1;

	if (value & SGIR_IRM)
		return all & ~(1U << v->id);
	/* Range Selector 0, as GICD_TYPER.RSS is 0; all vCPUs are in cluster 0.0.0. */
	if (value & (SGIR_AFF3 | SGIR_AFF2 | SGIR_AFF1 | SGIR_RS))
		return 0;
	return all & (u32)(value & SGIR_TARGETS);
}

/* With one security state an SGI reaches the targets that configured it in the group it was sent for. */
static no_array enum verdict send_sgi(struct vcpu *v, u64 value, u32 group1)
{
	u32 intid = (u32)field_get(SGIR_INTID, value), bit = vgic_bit(intid);
	struct vm *vm = v->vm;

	u32 targets = sgi_targets(v, value);

	/* To itself and nobody else, as often before. */
	if (targets == 1U << v->id && !v->vgic.changed && !((v->vgic.private.group1 ^ group1) & bit) &&
	    vgic_can_relist(&v->vgic, intid, VGIC_LR_SOFTWARE)) {
		vgic_relist(v, intid);
		return DONE;
	}
	for (u32 left = targets; left; left &= left - 1) {
		struct vcpu *to = vm->vcpus[lowest_bit(left)];

		if ((to->vgic.private.group1 ^ group1) & bit)
			continue;
		vgic_mail_post(to, intid, v->id);
		if (to != v)
			irq_kick(to);
	}
	if (unlikely(targets >> v->id & 1))
		vgic_mail_receive(v);
	return DONE;
}

enum verdict vgic_sgi1r_write(struct vcpu *v, struct access *a) { return send_sgi(v, a->value, ~0U); }

enum verdict vgic_sgi0r_write(struct vcpu *v, struct access *a) { return send_sgi(v, a->value, 0); }

void vgic_deactivate(struct vcpu *v, u32 intid)
{
	u32 bit = vgic_bit(intid);
	struct vgic_word w = vgic_word_of(v, intid);

	if (w.bank->listed & bit)
		vgic_recall(v, &w); /* another vCPU took it */
	w.bank->active &= ~bit;
	vgic_touch(&w, bit, v);
}

enum verdict vgic_dir_write(struct vcpu *v, struct access *a)
{
	u32 intid = (u32)field_get(DIR_INTID, a->value);
	u64 vmcr = v->vm->vgic.software ? v->vgic.saved.vmcr : gich_vmcr_read();

	/* With EOImode 0 the write is UNPREDICTABLE; we ignore it, as the hardware's own interface may. */
	if (intid >= VGIC_INTIDS || !(vmcr & ICH_VMCR_VEOIM))
		return DONE;
	spinlock_take(&v->vm->vgic.lock);
	vgic_fold(v);
	vgic_deactivate(v, intid);
	spinlock_give(&v->vm->vgic.lock);
	return DONE;
}

static void release(struct vcpu *v)
{
	for (u32 bits = v->vgic.release; bits; bits &= bits - 1)
		gich_deactivate(lowest_bit(bits));
	v->vgic.release = 0;
}

/* Other CPUs want what we have listed: until they are done, nothing is. Lock held. */
static __attribute__((noinline)) void give_up_listed(struct vcpu *v)
{
	struct vgic *g = &v->vm->vgic;

	while (g->recallers) {
		vgic_fold(v);
		spinlock_give(&g->lock);
		spinlock_relax();
		spinlock_take(&g->lock);
	}
}

static __attribute__((noinline)) void list_all(struct vcpu *v)
{
	vgic_fold(v);
	vgic_fill(v);
}

static no_array __attribute__((noinline)) void enter_changed(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic *g = &v->vm->vgic;

	spinlock_take(&g->lock);
	if (unlikely(g->recallers))
		give_up_listed(v);
	if (unlikely(c->release))
		release(v);
	if (unlikely(g->software))
		vgic_interface_signal(v);
	else if (c->news == VGIC_NEWS_MANY || !vgic_list_one(v, c->news))
		list_all(v);
	histogram_add(&v->counters.raised, timer_count() - c->raised_at);
	__atomic_store_n(&c->changed, 0, __ATOMIC_RELAXED);
	spinlock_give(&g->lock);
}

void vgic_enter(struct vcpu *v)
{
	/* Plainly, for an atomic access costs an address: who sets it from elsewhere sends an interrupt after it. */
	if (unlikely(v->vgic.changed))
		enter_changed(v);
}

void vgic_load(struct vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	if (v->vm->vgic.software) {
		c->hcr = ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1; /* what the registers hold is nobody's */
	} else {
		gich_load(&c->saved);
		for (u32 n = 0; n < gich_lr_count(); n++)
			gich_lr_write(n, 0);
		c->hcr = ICH_HCR_EN;
	}
	gich_hcr_write(c->hcr);
	vgic_maintain(v);
}

void vgic_unload(struct vcpu *v)
{
	struct vgic_bank *b = &v->vgic.private;

	spinlock_take(&v->vm->vgic.lock);
	vgic_fold(v);
	/* The line fires again for whoever is loaded when it is high. */
	v->vgic.release |= b->line & b->hardware;
	b->line &= ~b->hardware;
	release(v);
	gich_hcr_write(0);
	if (v->vm->vgic.software) {
		vgic_interface_retire(v);
		gich_signal(false, false);
	} else {
		gich_save(&v->vgic.saved);
	}
	spinlock_give(&v->vm->vgic.lock);
}

void vgic_maintain(struct vcpu *v)
{
	spinlock_take(&v->vm->vgic.lock);
	vgic_mail_collect(v); /* a kick may have come before it was loaded */
	vgic_mark(v, VGIC_NEWS_MANY);
	spinlock_give(&v->vm->vgic.lock);
}

/* The level that the linked timers and counters of an unloaded vCPU would have. */
static u32 saved_lines(const struct vcpu *v)
{
	const struct context *c = &v->context;
	u64 now = timer_now() - v->vm->counter_offset;
	u32 lines = 0;

	if ((c->cntv_ctl_el0 & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK)) == TIMER_CTL_ENABLE &&
	    now >= c->cntv_cval_el0)
		lines |= vgic_bit(TIMER_VIRTUAL_PPI);
	if ((c->cntp_ctl_el0 & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK)) == TIMER_CTL_ENABLE &&
	    now >= c->cntp_cval_el0)
		lines |= vgic_bit(TIMER_PHYSICAL_PPI);
	if (pmu_saved_line(&v->pmu.state) && pmu_interrupt())
		lines |= vgic_bit(pmu_interrupt());
	return lines & v->vgic.private.hardware;
}

/* Whether one of `bits` passes the CPU interface's group enables and priority mask (§4.8), if that has power (§11.1). */
static bool passes(const struct vcpu *v, const struct vgic_word *w, u32 bits)
{
	u64 vmcr = v->vgic.saved.vmcr;
	u64 mask = field_get(ICH_VMCR_VPMR, vmcr);

	for (; bits; bits &= bits - 1) {
		u32 n = lowest_bit(bits);
		bool group1 = w->bank->group1 >> n & 1;

		if (!w->owner && v->vm->vgic.target[w->first + n] != v->id)
			continue;
		if (v->powered_down)
			return true;
		if (vmcr & (group1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0) && w->bank->priority[n] < mask)
			return true;
	}
	return false;
}

/* The running priority is not asked: at worst a vCPU that sleeps within a handler wakes too early, which it may. */
bool vgic_has_deliverable(struct vcpu *v)
{
	struct vgic *g = &v->vm->vgic;
	struct vgic_word w = vgic_private_word(v);
	struct vgic_bank *b = w.bank;

	spinlock_take(&g->lock);
	vgic_mail_collect(v);
	u32 timers = saved_lines(v) & b->enabled & ~b->active & vgic_forwarded(v->vm, b);
	bool found = passes(v, &w, vgic_wanted(v->vm, b) | timers);

	for (u32 banks = g->busy; banks && !found; banks &= banks - 1) {
		w = vgic_shared_word(v->vm, lowest_bit(banks));
		found = passes(v, &w, vgic_wanted(v->vm, w.bank) & ~w.bank->listed);
	}
	spinlock_give(&g->lock);
	return found;
}
