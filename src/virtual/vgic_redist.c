/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The redistributors, GICR (IHI 0069 §12.11): one frame of 128 KiB per vCPU, RD_base then
 * SGI_base, no LPIs. Any vCPU may access any frame. Lock: vgic.lock.
 */
#include "monitor/vm.h"
#include "virtual/vgic_bank.h"

#define TYPER_LAST      BIT(4)
#define TYPER_PROCESSOR FIELD(23, 8)
#define TYPER_AFFINITY  FIELD(63, 32)
#define MPIDR_AFF3      FIELD(39, 32)
#define MPIDR_AFF210    FIELD(23, 0)

#define WAKER_PROCESSOR_SLEEP 0x2U
#define WAKER_CHILDREN_ASLEEP 0x4U

enum { SGI_BASE = 0x10000, REDIST_SIZE = 0x20000 };

static struct vcpu *owner_of(struct vcpu *v, const struct access *a)
{
	return v->vm->vcpus[a->offset / REDIST_SIZE];
}

static struct vgic_word word_of(struct vcpu *v, const struct access *a)
{
	return vgic_private_word(owner_of(v, a));
}

static enum verdict iidr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = VGIC_IIDR;
	return DONE;
}

static enum verdict typer_read(struct vcpu *v, struct access *a)
{
	u64 value = owner_of(v, a)->vgic.typer;

	a->value = a->size == 8 ? value : (u32)(value >> (a->offset & 4) * 8);
	return DONE;
}

u64 vgic_redist_typer(const struct vcpu *v)
{
	u64 mpidr = vcpu_mpidr(v->id);
	u64 affinity = field_get(MPIDR_AFF3, mpidr) << 24 | field_get(MPIDR_AFF210, mpidr);

	return field_put(TYPER_AFFINITY, affinity) | field_put(TYPER_PROCESSOR, v->id) |
	       (v->id + 1 == v->vm->vcpu_count ? TYPER_LAST : 0);
}

static enum verdict waker_read(struct vcpu *v, struct access *a)
{
	a->value = owner_of(v, a)->vgic.waker;
	return DONE;
}

/* The handshake alone (§11.1): a vCPU that never says it is awake gets its interrupts nevertheless. */
static enum verdict waker_write(struct vcpu *v, struct access *a)
{
	struct vcpu *owner = owner_of(v, a);

	spinlock_take(&v->vm->vgic.lock);
	owner->vgic.waker =
		a->value & WAKER_PROCESSOR_SLEEP ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
	spinlock_give(&v->vm->vgic.lock);
	return DONE;
}

static enum verdict identification_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = vgic_bank_identification(a->offset % REDIST_SIZE, 0x93);
	return DONE;
}

#define BITS_READ(name, expression)                                         \
	static no_array enum verdict name(struct vcpu *v, struct access *a) \
	{                                                                   \
		struct vgic_word w = word_of(v, a);                         \
		a->value = (expression);                                    \
		return DONE;                                                \
	}
#define BITS_WRITE(name, function)                                          \
	static no_array enum verdict name(struct vcpu *v, struct access *a) \
	{                                                                   \
		struct vgic_word w = word_of(v, a);                         \
		function(v, &w, (u32)a->value);                             \
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
	struct vgic_word w = word_of(v, a);

	a->value = vgic_bank_read_priority(&w, a->offset & 0x1f, a->size);
	return DONE;
}

static no_array enum verdict ipriorityr_write(struct vcpu *v, struct access *a)
{
	struct vgic_word w = word_of(v, a);

	vgic_bank_set_priority(v, &w, a->offset & 0x1f, a->size, (u32)a->value);
	return DONE;
}

static no_array enum verdict icfgr_read(struct vcpu *v, struct access *a)
{
	struct vgic_word w = word_of(v, a);

	a->value = vgic_bank_read_config(&w, a->offset / 4 & 1);
	return DONE;
}

/* SGIs are edge-triggered always; a linked PPI has the level of its timer. */
static enum verdict icfgr1_write(struct vcpu *v, struct access *a)
{
	struct vgic_word w = word_of(v, a);

	vgic_bank_set_config(v, &w, 1, (u32)a->value, ~w.bank->hardware);
	return DONE;
}

static const struct reg rows[] = {
	REG(0x0000, 0x04, 4, reg_read_zero, reg_write_ignore, "GICR_CTLR"),
	REG(0x0004, 0x04, 4, iidr_read, reg_write_ignore, "GICR_IIDR"),
	REG(0x0008, 0x08, 4 | 8, typer_read, reg_write_ignore, "GICR_TYPER"),
	REG(0x0010, 0x04, 4, reg_read_zero, reg_write_ignore, "GICR_STATUSR"),
	REG(0x0014, 0x04, 4, waker_read, waker_write, "GICR_WAKER"),
	REG_RESERVED(0x0018, VGIC_IDENTIFICATION - 0x18), /* LPIs' registers, too: GICR_TYPER.PLPIS = 0 */
	REG(VGIC_IDENTIFICATION, VGIC_IDENTIFICATION_SIZE, 4, identification_read, reg_write_ignore,
            "GICR_PIDR<n>"),
	REG_RESERVED(SGI_BASE, 0x80),
	REG(SGI_BASE + 0x080, 4, 4, igroupr_read, igroupr_write, "GICR_IGROUPR0"),
	REG_RESERVED(SGI_BASE + 0x084, 0x7c),
	REG(SGI_BASE + 0x100, 4, 4, enabler_read, isenabler_write, "GICR_ISENABLER0"),
	REG_RESERVED(SGI_BASE + 0x104, 0x7c),
	REG(SGI_BASE + 0x180, 4, 4, enabler_read, icenabler_write, "GICR_ICENABLER0"),
	REG_RESERVED(SGI_BASE + 0x184, 0x7c),
	REG(SGI_BASE + 0x200, 4, 4, pendr_read, ispendr_write, "GICR_ISPENDR0"),
	REG_RESERVED(SGI_BASE + 0x204, 0x7c),
	REG(SGI_BASE + 0x280, 4, 4, pendr_read, icpendr_write, "GICR_ICPENDR0"),
	REG_RESERVED(SGI_BASE + 0x284, 0x7c),
	REG(SGI_BASE + 0x300, 4, 4, activer_read, isactiver_write, "GICR_ISACTIVER0"),
	REG_RESERVED(SGI_BASE + 0x304, 0x7c),
	REG(SGI_BASE + 0x380, 4, 4, activer_read, icactiver_write, "GICR_ICACTIVER0"),
	REG_RESERVED(SGI_BASE + 0x384, 0x7c),
	REG(SGI_BASE + 0x400, 32, 1 | 4, ipriorityr_read, ipriorityr_write, "GICR_IPRIORITYR<n>"),
	REG_RESERVED(SGI_BASE + 0x420, 0x7e0),
	REG(SGI_BASE + 0xc00, 4, 4, icfgr_read, reg_write_ignore, "GICR_ICFGR0"),
	REG(SGI_BASE + 0xc04, 4, 4, icfgr_read, icfgr1_write, "GICR_ICFGR1"),
	REG_RESERVED(SGI_BASE + 0xc08, 0xf8),
	REG(SGI_BASE + 0xd00, 4, 4, reg_read_zero, reg_write_ignore, "GICR_IGRPMODR0"), /* DS = 1 */
	REG_RESERVED(SGI_BASE + 0xd04, 0xfc),
	REG(SGI_BASE + 0xe00, 4, 4, reg_read_zero, reg_write_ignore, "GICR_NSACR"), /* DS = 1 */
	REG_RESERVED(SGI_BASE + 0xe04, REDIST_SIZE - SGI_BASE - 0xe04),
};

static u8 redist_index[REDIST_SIZE >> REG_INDEX_SHIFT];

const struct reg_table vgic_redist_table = {
	.name = "GICR",
	.rows = rows,
	.count = ARRAY_COUNT(rows),
	.size = REDIST_SIZE,
	.index = redist_index,
};
