/* SPDX-License-Identifier: Apache-2.0 */
/* What is trapped of virtual/vsysreg.def, found by its encoding. Written at boot, read by any CPU after: no lock. */
#include "virtual/vsysreg.h"

#include "lib/bits.h"
#include "lib/index.h"
#include "lib/require.h"
#include "monitor/vcpu.h"
#include "monitor/vm.h"
#include "virtual/vgic.h"
#include "virtual/vgic_interface.h"
#include "virtual/vid.h"
#include "virtual/vpmu.h"
#include "virtual/vtimer.h"

/* --- constants --- */

static enum verdict oslsr_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 8; /* OSLM: implemented; not locked */
	return DONE;
}

/* The machine's error records tell of all that runs on it, so a guest has none; then their registers are undefined. */
static enum verdict erridr_read(struct vcpu *v, struct access *a)
{
	a->value = 0;
	return v->vm->has_ras ? DONE : UNDEF;
}

static enum verdict gmid_read(struct vcpu *v, struct access *a)
{
	a->value = v->vm->gmid;
	return a->value ? DONE : UNDEF;
}

static enum verdict sre_read(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 7; /* system registers, no legacy bypass: fixed (IHI 0069 §12.2.20) */
	return DONE;
}

static enum verdict id_read(struct vcpu *v, struct access *a)
{
	a->value = v->vm->id_registers[(a->offset >> 1 & 7) << 3 | (a->offset >> 17 & 7)];
	return DONE;
}

/* --- the table --- */

#define X 0 /* find_numbered() */
#define DIRECT(op0, op1, crn, crm, op2, name, answers)
#define IDENTITY(op0, op1, crn, crm, op2, name, by)
#define UNDEFINED(op0, op1, crn, crm, op2, name, by)
#define INTERFACE(op0, op1, crn, crm, op2, name, answers, read, write, by)

static const u32 keys[] = {
#define TRAPPED(op0, op1, crn, crm, op2, name, answers, read, write, by) VSYSREG_KEY(op0, op1, crn, crm, op2),
#include "virtual/vsysreg.def"
#undef TRAPPED
};

/* Read, write; NULL: undefined in that direction. */
static const reg_function functions[][2] = {
#define TRAPPED(op0, op1, crn, crm, op2, name, answers, read, write, by) {read, write},
#include "virtual/vsysreg.def"
#undef TRAPPED
};

#undef INTERFACE

/* The same of what is trapped in VMs with an interrupt controller in software. */
#define TRAPPED(op0, op1, crn, crm, op2, name, answers, read, write, by)
static const u32 interface_keys[] = {
#define INTERFACE(op0, op1, crn, crm, op2, name, answers, read, write, by) \
	VSYSREG_KEY(op0, op1, crn, crm, op2),
#include "virtual/vsysreg.def"
#undef INTERFACE
};
static const reg_function interface_functions[][2] = {
#define INTERFACE(op0, op1, crn, crm, op2, name, answers, read, write, by) {read, write},
#include "virtual/vsysreg.def"
#undef INTERFACE
};

static struct index by_key, interface_by_key;
#define SGI1R VSYSREG_KEY(3, 0, 12, 11, 5)

void vsysreg_init(void)
{
	index_clear(&by_key);
	for (u32 row = 0; row < ARRAY_COUNT(keys); row++)
		require(index_add(&by_key, keys[row], row));
	index_clear(&interface_by_key);
	for (u32 row = 0; row < ARRAY_COUNT(interface_keys); row++)
		require(index_add(&interface_by_key, interface_keys[row], row));
}

/* op0 = 3, op1 = 0, CRn = 0, CRm = 1..7: the block that HCR_EL2.TID3 traps. */
static bool is_id_register(u32 key)
{
	u32 block = key & ~VSYSREG_KEY(0, 0, 0, 7, 7);

	return block == VSYSREG_KEY(3, 0, 0, 0, 0) && (key & VSYSREG_KEY(0, 0, 0, 15, 0));
}

/* op0 = 3, op1 = 3, CRn = 14, CRm = 8..15: the numbered counters of the PMU, whose rows are for eight each. */
static u32 find_numbered(u32 key)
{
	u32 first = key & ~VSYSREG_KEY(0, 0, 0, 0, 7);

	return (first | VSYSREG_KEY(0, 0, 0, 7, 0)) == VSYSREG_KEY(3, 3, 14, 15, 0)
	               ? index_find(&by_key, first)
	               : 0;
}

/* What has no row of its own, or one only in a VM with an interrupt controller in software. */
static __attribute__((noinline)) enum verdict access_rare(struct vcpu *v, struct access *a)
{
	u32 numbered = find_numbered(a->offset),
	    interface = v->vm->vgic.software ? index_find(&interface_by_key, a->offset) : 0;
	reg_function function = numbered    ? functions[numbered - 1][a->write]
	                        : interface ? interface_functions[interface - 1][a->write]
	                                    : NULL;

	return function ? function(v, a) : UNDEF;
}

static inline enum verdict access_row(struct vcpu *v, struct access *a)
{
	u32 row = index_find(&by_key, a->offset);
	if (unlikely(!row))
		return access_rare(v, a);
	reg_function function = functions[row - 1][a->write];
	return function ? function(v, a) : UNDEF;
}

enum verdict vsysreg_access(struct vcpu *v, struct access *a)
{
	if (is_id_register(a->offset))
		return a->write ? UNDEF : id_read(v, a);
	if (a->offset == SGI1R && a->write)
		return vgic_sgi1r_write(v, a); /* the one that guests write all the time */
	return access_row(v, a);
}

/* Out of line, so that the other stays in line where it is called. */
__attribute__((noinline)) enum verdict vsysreg_access_el0(struct vcpu *v, struct access *a)
{
	return access_row(v, a);
}
