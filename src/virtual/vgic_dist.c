/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distributor, GICD (IHI 0069 §12.9): one security state, affinity routing always on.
 * Bank 0 is the redistributors'. Lock: vgic.lock.
 */
#include "monitor/irq.h"
#include "monitor/vm.h"
#include "virtual/vgic_bank.h"

/* GICD_CTLR */
#define CTLR_GROUPS 0x3U  /* EnableGrp0, EnableGrp1 */
#define CTLR_FIXED  0x50U /* ARE, DS: RAO/WI */

/* GICD_TYPER: ITLinesNumber, IDbits (10), A3V, No1N. CPUNumber is 0, for it counts with ARE = 0. */
#define TYPER ((VGIC_INTIDS / 32 - 1) | 9U << 19 | BIT(24) | BIT(25))

/* GICD_IROUTER<n> */
#define ROUTER_AFFINITY (FIELD(39, 32) | FIELD(23, 0))

enum { IROUTER = 0x6000, IROUTER_FIRST = IROUTER + 8 * VGIC_PRIVATE, IROUTER_END = IROUTER + 8 * 1020 };

static enum verdict ctlr_read(struct vcpu *v, struct access *a)
{
	a->value = v->vm->vgic.control | CTLR_FIXED;
	return DONE;
}

static enum verdict ctlr_write(struct vcpu *v, struct access *a)
{
	struct vm *vm = v->vm;
	u32 value = (u32)a->value & CTLR_GROUPS;

	spinlock_take(&vm->vgic.lock);
	bool changed = vm->vgic.control != value;
	vm->vgic.control = value;
	for (u32 i = 0; changed && i < vm->vcpu_count; i++)
		vgic_mark(vm->vcpus[i], VGIC_NEWS_MANY);
	spinlock_give(&vm->vgic.lock);
	for (u32 i = 0; changed && i < vm->vcpu_count; i++)
		if (vm->vcpus[i] != v)
			irq_kick(vm->vcpus[i]);
	return DONE;
}

static enum verdict typer_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = TYPER;
	return DONE;
}

static enum verdict iidr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = VGIC_IIDR;
	return DONE;
}

static enum verdict identification_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = vgic_bank_identification(a->offset, 0x92);
	return DONE;
}

/* The word that bit n of the array belongs to; false for interrupts that are not here. */
static bool find_word(struct vcpu *v, u32 index, struct vgic_word *w)
{
	if (index == 0 || index >= VGIC_BANKS)
		return false;
	*w = vgic_shared_word(v->vm, index);
	return true;
}

/* Arrays of a bit per interrupt are 128 bytes, aligned to their size. */
static u32 bit_index(const struct access *a) { return (a->offset & 0x7f) / 4; }

/* A row's function of one register word: reads as zero and ignores writes where there is no interrupt. */
#define BITS_READ(name, expression)                                         \
	static no_array enum verdict name(struct vcpu *v, struct access *a) \
	{                                                                   \
		struct vgic_word w;                                         \
		a->value = 0;                                               \
		if (find_word(v, bit_index(a), &w))                         \
			a->value = (expression);                            \
		return DONE;                                                \
	}
#define BITS_WRITE(name, function)                                          \
	static no_array enum verdict name(struct vcpu *v, struct access *a) \
	{                                                                   \
		struct vgic_word w;                                         \
		if (find_word(v, bit_index(a), &w))                         \
			function(v, &w, (u32)a->value);                     \
		return DONE;                                                \
	}
BITS_READ(igroupr_read, w.bank->group1)
BITS_READ(enabler_read, w.bank->enabled)
BITS_READ(pendr_read, vgic_bank_read_pending(v, &w))
BITS_READ(activer_read, vgic_bank_read_active(v, &w))
BITS_WRITE(igroupr_write, vgic_bank_set_group)
BITS_WRITE(isenabler_write, vgic_bank_enable)
BITS_WRITE(icenabler_write, vgic_bank_disable)
BITS_WRITE(ispendr_write, vgic_bank_set_pending)
BITS_WRITE(icpendr_write, vgic_bank_clear_pending)
BITS_WRITE(isactiver_write, vgic_bank_set_active)
BITS_WRITE(icactiver_write, vgic_bank_clear_active)

static no_array enum verdict ipriorityr_read(struct vcpu *v, struct access *a)
{
	u32 intid = a->offset & 0x3ff;
	struct vgic_word w;

	a->value = find_word(v, intid / 32, &w) ? vgic_bank_read_priority(&w, intid % 32, a->size) : 0;
	return DONE;
}

static no_array enum verdict ipriorityr_write(struct vcpu *v, struct access *a)
{
	u32 intid = a->offset & 0x3ff;
	struct vgic_word w;

	if (find_word(v, intid / 32, &w))
		vgic_bank_set_priority(v, &w, intid % 32, a->size, (u32)a->value);
	return DONE;
}

static no_array enum verdict icfgr_read(struct vcpu *v, struct access *a)
{
	u32 index = (a->offset & 0xff) / 4;
	struct vgic_word w;

	a->value = find_word(v, index / 2, &w) ? vgic_bank_read_config(&w, index % 2) : 0;
	return DONE;
}

static no_array enum verdict icfgr_write(struct vcpu *v, struct access *a)
{
	u32 index = (a->offset & 0xff) / 4;
	struct vgic_word w;

	if (find_word(v, index / 2, &w))
		vgic_bank_set_config(v, &w, index % 2, (u32)a->value, ~0U);
	return DONE;
}

static enum verdict irouter_read(struct vcpu *v, struct access *a)
{
	u32 intid = (a->offset - IROUTER) / 8;

	a->value = 0;
	if (intid < VGIC_INTIDS)
		a->value = v->vm->vgic.route[intid] >> (a->offset & 4) * 8;
	if (a->size == 4)
		a->value &= 0xffffffff;
	return DONE;
}

/* Interrupt_Routing_Mode, any vCPU, is RES0: TYPER.No1N says so. */
static u8 target_of(const struct vm *vm, u64 route)
{
	for (u32 i = 0; i < vm->vcpu_count; i++)
		if ((vcpu_mpidr(i) & ROUTER_AFFINITY) == (route & ROUTER_AFFINITY))
			return (u8)i;
	return VGIC_NO_TARGET;
}

static enum verdict irouter_write(struct vcpu *v, struct access *a)
{
	u32 intid = (a->offset - IROUTER) / 8;
	struct vgic *g = &v->vm->vgic;

	if (intid >= VGIC_INTIDS)
		return DONE;
	spinlock_take(&g->lock);
	struct vgic_word w = vgic_shared_word(v->vm, intid / 32);
	u64 route = a->value;
	if (a->size == 4 && a->offset & 4)
		route = field_set(g->route[intid], FIELD(63, 32), route);
	else if (a->size == 4)
		route = field_set(g->route[intid], FIELD(31, 0), route);
	g->route[intid] = route & ROUTER_AFFINITY;
	u8 target = target_of(v->vm, route);
	if (target != g->target[intid]) {
		g->target[intid] = target;
		vgic_touch(&w, vgic_bit(intid), v);
	}
	spinlock_give(&g->lock);
	return DONE;
}

static const struct reg rows[] = {
	REG(0x0000, 0x04, 4, ctlr_read, ctlr_write, "GICD_CTLR"),
	REG(0x0004, 0x04, 4, typer_read, reg_write_ignore, "GICD_TYPER"),
	REG(0x0008, 0x04, 4, iidr_read, reg_write_ignore, "GICD_IIDR"),
	REG(0x000c, 0x04, 4, reg_read_zero, reg_write_ignore, "GICD_TYPER2"),
	REG(0x0010, 0x04, 4, reg_read_zero, reg_write_ignore, "GICD_STATUSR"),
	REG_RESERVED(0x0014, 0x6c), /* message-based SPIs, too: TYPER.MBIS = 0 */
	REG(0x0080, 0x80, 4, igroupr_read, igroupr_write, "GICD_IGROUPR<n>"),
	REG(0x0100, 0x80, 4, enabler_read, isenabler_write, "GICD_ISENABLER<n>"),
	REG(0x0180, 0x80, 4, enabler_read, icenabler_write, "GICD_ICENABLER<n>"),
	REG(0x0200, 0x80, 4, pendr_read, ispendr_write, "GICD_ISPENDR<n>"),
	REG(0x0280, 0x80, 4, pendr_read, icpendr_write, "GICD_ICPENDR<n>"),
	REG(0x0300, 0x80, 4, activer_read, isactiver_write, "GICD_ISACTIVER<n>"),
	REG(0x0380, 0x80, 4, activer_read, icactiver_write, "GICD_ICACTIVER<n>"),
	REG(0x0400, 0x400, 1 | 4, ipriorityr_read, ipriorityr_write, "GICD_IPRIORITYR<n>"),
	REG(0x0800, 0x400, 1 | 4, reg_read_zero, reg_write_ignore, "GICD_ITARGETSR<n>"), /* ARE = 1 */
	REG(0x0c00, 0x100, 4, icfgr_read, icfgr_write, "GICD_ICFGR<n>"),
	REG(0x0d00, 0x80, 4, reg_read_zero, reg_write_ignore, "GICD_IGRPMODR<n>"), /* DS = 1 */
	REG_RESERVED(0x0d80, 0x80),
	REG(0x0e00, 0x100, 4, reg_read_zero, reg_write_ignore, "GICD_NSACR<n>"), /* DS = 1 */
	REG(0x0f00, 0x04, 4, reg_read_zero, reg_write_ignore, "GICD_SGIR"), /* ARE = 1, as the next two */
	REG_RESERVED(0x0f04, 0x0c),
	REG(0x0f10, 0x10, 1 | 4, reg_read_zero, reg_write_ignore, "GICD_CPENDSGIR<n>"),
	REG(0x0f20, 0x10, 1 | 4, reg_read_zero, reg_write_ignore, "GICD_SPENDSGIR<n>"),
	REG_RESERVED(0x0f30, IROUTER_FIRST - 0x0f30),
	REG(IROUTER_FIRST, IROUTER_END - IROUTER_FIRST, 4 | 8, irouter_read, irouter_write,
            "GICD_IROUTER<n>"),
	REG_RESERVED(IROUTER_END, VGIC_IDENTIFICATION - IROUTER_END),
	REG(VGIC_IDENTIFICATION, VGIC_IDENTIFICATION_SIZE, 4, identification_read, reg_write_ignore,
            "GICD_PIDR<n>"),
};

enum { DIST_SIZE = 0x10000 };
static u8 dist_index[DIST_SIZE >> REG_INDEX_SHIFT];

const struct reg_table vgic_dist_table = {
	.name = "GICD",
	.rows = rows,
	.count = ARRAY_COUNT(rows),
	.size = DIST_SIZE,
	.index = dist_index,
};
