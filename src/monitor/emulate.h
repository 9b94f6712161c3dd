/* SPDX-License-Identifier: Apache-2.0 */
/* Performs a load or store to emulated devices that the syndrome does not describe, or not as one access. */
#pragma once
#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/vcpu.h"

/* Fault status codes of a data abort (ISS.DFSC, Arm ARM D19.2.37). */
enum {
	EMULATE_EXTERNAL = 0x10,
	EMULATE_ALIGNMENT = 0x21,
	EMULATE_UNSUPPORTED = 0x35, /* exclusive or atomic access */
};

struct emulate_fault {
	u64 address, ipa; /* that stage 2 did not translate: a device of the VM */
	bool write;
	/* As the syndrome tells them of a whole, aligned access; else size is 0, and the instruction is read. */
	u8 size, rt, extend; /* bytes; a general register; sign-extended to this many bytes, or by zeroes */
};

/*
 * On the CPU where `v` is loaded, all its registers being in v->regs. DONE: performed. AGAIN: the guest
 * executes the instruction once more, because what is at the PC now is not what trapped. ABORT: v->abort
 * tells. Else the verdict of a row; then no register has changed.
 */
enum verdict emulate(struct vcpu *v, const struct emulate_fault *f);

#define EMULATE_MODE    FIELD(3, 0) /* of PSTATE: 0 is EL0 */
#define EMULATE_AARCH32 BIT(4)
#define EMULATE_E       BIT(9)  /* of AArch32 */
#define EMULATE_E0E     BIT(24) /* of SCTLR_EL1 */
#define EMULATE_EE      BIT(25)
static inline bool emulate_is_user(const struct vcpu *v) { return (v->regs.pstate & EMULATE_MODE) == 0; }

/* Whether the loaded vCPU's data are big-endian now: SCTLR_EL1.EE, at EL0 E0E, in AArch32 PSTATE.E (BigEndian()). */
static inline bool emulate_is_big_endian(const struct vcpu *v)
{
	if (v->regs.pstate & EMULATE_AARCH32)
		return v->regs.pstate & EMULATE_E;
	return cpu_guest_control() & (emulate_is_user(v) ? EMULATE_E0E : EMULATE_EE);
}

/* No: they are little-endian, at a glance. The bit of AArch32, and the one above it, are moved to where E0E and EE are. */
static inline bool emulate_may_be_big_endian(const struct vcpu *v)
{
	return (cpu_guest_control() | v->regs.pstate << 20) & (EMULATE_EE | EMULATE_E0E);
}
