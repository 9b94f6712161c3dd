/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decode the syndrome, call one interpreter, obey its verdict (Arm ARM D19.2.37, ESR_EL2).
 * Nothing else reads v->exit; nothing else but reset and injection moves the PC.
 */
#include "monitor/dispatch.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "monitor/console.h"
#include "monitor/inject.h"
#include "monitor/irq.h"
#include "monitor/vm.h"
#include "virtual/vpsci.h"
#include "virtual/vsysreg.h"

#define ESR_EC FIELD(31, 26)
#define ESR_IL BIT(25)
/* ISS of a data abort */
#define ESR_ISV         BIT(24)
#define ESR_SAS         FIELD(23, 22)
#define ESR_SSE         BIT(21)
#define ESR_SRT         FIELD(20, 16)
#define ESR_SF          BIT(15)
#define ESR_CM          BIT(8)
#define ESR_S1PTW       BIT(7)
#define ESR_WNR         BIT(6)
#define ESR_FSC         FIELD(5, 0)
#define FSC_KIND        0x3cUL /* without the level */
#define FSC_TRANSLATION 0x04UL
/* ISS of a trapped MSR, MRS or system instruction */
#define ESR_SYS_RT   FIELD(9, 5)
#define ESR_SYS_READ BIT(0)

#define HPFAR_FIPA FIELD(43, 4) /* bits 51..12 of the IPA */
#define FAR_OFFSET FIELD(11, 0)

#define PSTATE_AARCH32 BIT(4)
#define PSTATE_SS      BIT(21)

/* Exception classes that HCR_EL2 and its kin, as machine/cpu.c sets them, can cause. */
enum cause {
	CAUSE_UNKNOWN = 0x00,
	CAUSE_HVC = 0x16,
	CAUSE_SMC = 0x17,
	CAUSE_SYSREG = 0x18,
	CAUSE_FETCH_ABORT = 0x20,
	CAUSE_DATA_ABORT = 0x24,
};

static u64 read_register(const struct vcpu *v, u64 rt) { return rt == 31 ? 0 : v->regs.x[rt]; }

static void write_register(struct vcpu *v, u64 rt, u64 value)
{
	if (rt != 31)
		v->regs.x[rt] = value;
}

static u64 fault_ipa(const struct vcpu *v)
{
	return field_get(HPFAR_FIPA, v->exit.hpfar) << PAGE_SHIFT | (v->exit.far & FAR_OFFSET);
}

static const struct device *device_at(struct vcpu *v, u64 address)
{
	const struct device *d = v->last_device;

	if (d && address - d->base.value < (u64)d->frames * d->table->size)
		return d;
	for (u32 i = 0; i < v->vm->device_count; i++) {
		d = &v->vm->devices[i];
		if (address - d->base.value < (u64)d->frames * d->table->size)
			return v->last_device = d;
	}
	return NULL;
}

/* What a load delivers to its register: extended as the instruction says (ISS SSE, SF). */
static u64 extend(u64 value, u64 esr, u8 size)
{
	u32 unused = 64 - 8 * (u32)size;

	if (esr & ESR_SSE)
		value = (u64)((s64)(value << unused) >> unused);
	else
		value = value << unused >> unused;
	return esr & ESR_SF ? value : (u32)value;
}

static enum verdict data_abort(struct vcpu *v)
{
	u64 esr = v->exit.esr, address = fault_ipa(v);
	/* Only a translation fault tells the IPA (HPFAR_EL2); ours are the accesses that no RAM answers. */
	bool translation = (field_get(ESR_FSC, esr) & FSC_KIND) == FSC_TRANSLATION && !(esr & ESR_S1PTW);
	const struct device *d = translation ? device_at(v, address) : NULL;

	if (!d)
		return ABORT;
	if (esr & ESR_CM)
		return DONE; /* cache maintenance of a device's address has nothing to maintain */
	if (!(esr & ESR_ISV))
		return ABORT;
	u64 offset = address - d->base.value, rt = field_get(ESR_SRT, esr);
	struct access a = {
		.offset = (u32)(offset % d->table->size),
		.frame = (u32)(offset / d->table->size),
		.size = (u8)(1U << field_get(ESR_SAS, esr)),
		.write = esr & ESR_WNR,
	};
	if (a.write) {
		u32 unused = 64 - 8 * (u32)a.size;

		a.value = read_register(v, rt) << unused >> unused;
	}
	enum verdict verdict = reg_access(d->table, v, &a);
	if (verdict == DONE && !a.write)
		write_register(v, rt, extend(a.value, esr, a.size));
	return verdict;
}

static enum verdict system_register(struct vcpu *v)
{
	u64 esr = v->exit.esr, rt = field_get(ESR_SYS_RT, esr);
	struct access a = {.offset = VSYSREG_KEY_OF_ISS(esr), .size = 8, .write = !(esr & ESR_SYS_READ)};

	if (a.write)
		a.value = read_register(v, rt);
	enum verdict verdict = vsysreg_access(v, &a);
	if (verdict == DONE && !a.write)
		write_register(v, rt, a.value);
	return verdict;
}

/* Only what is trapped on purpose has a case: all else is not there, and so undefined. */
static enum verdict interpret(struct vcpu *v)
{
	switch (field_get(ESR_EC, v->exit.esr)) {
	case CAUSE_HVC:
	case CAUSE_SMC:
		return vpsci_call(v);
	case CAUSE_SYSREG:
		return system_register(v);
	case CAUSE_DATA_ABORT:
		return data_abort(v);
	case CAUSE_FETCH_ABORT:
		return inject_is_stuck(v) ? STOP : ABORT;
	default:
		return UNDEF;
	}
}

/* IT[7:5] the condition's base, IT[4:0] the rest: shifted along, 0 at the end (Arm ARM G1.12.2). */
static u64 after_it(u64 pstate)
{
	u64 it = (pstate >> 10 & 0x3f) << 2 | (pstate >> 25 & 3);

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (pstate & ~(FIELD(15, 10) | FIELD(26, 25))) | (it >> 2) << 10 | (it & 3) << 25;
}

/* Past the instruction that trapped. An HVC's return address is already past it. */
static void step(struct vcpu *v)
{
	if (field_get(ESR_EC, v->exit.esr) != CAUSE_HVC)
		v->regs.pc += v->exit.esr & ESR_IL ? 4 : 2;
	if (v->regs.pstate & PSTATE_AARCH32)
		v->regs.pstate = after_it(v->regs.pstate);
	v->regs.pstate &= ~PSTATE_SS; /* a single step of it is complete */
}

static void abort_guest(struct vcpu *v)
{
	u64 esr = v->exit.esr;

	if (field_get(ESR_EC, esr) == CAUSE_FETCH_ABORT)
		inject_fetch_abort(v, v->exit.far);
	else
		inject_data_abort(v, v->exit.far, esr & ESR_WNR);
}

static void obey(struct vcpu *v, enum verdict verdict)
{
	switch (verdict) {
	case DONE:
		step(v);
		break;
	case AGAIN:
		break;
	case WAIT:
		step(v);
		break;
	case UNDEF:
		inject_undefined(v, v->exit.esr & ESR_IL);
		break;
	case ABORT:
		abort_guest(v);
		break;
	case STOP:
		vm_fail(v, "its exception vectors cannot be executed: nothing it could do would help it");
		break;
	}
}

static const char *cause_name(u64 esr)
{
	switch (field_get(ESR_EC, esr)) {
	case CAUSE_HVC:
		return "HVC";
	case CAUSE_SMC:
		return "SMC";
	case CAUSE_SYSREG:
		return "trapped system register";
	case CAUSE_FETCH_ABORT:
		return "instruction abort";
	case CAUSE_DATA_ABORT:
		return "data abort";
	default:
		return "another exception";
	}
}

void dispatch_report(const struct vcpu *v)
{
	print("  pc %016lx  pstate %08lx  esr %08lx (%s)  far %016lx\n", v->regs.pc, v->regs.pstate,
	      v->exit.esr, cause_name(v->exit.esr), v->exit.far);
}

void dispatch_wake(struct vcpu *v) { v->regs.x[0] = 0; }

void dispatch(struct vcpu *v, enum exit_kind kind)
{
	u64 syndrome;

	if (kind == EXIT_SERROR || cpu_take_serror(&syndrome)) {
		if (kind == EXIT_SERROR)
			cpu_take_serror(&syndrome);
		vm_fail(v, "a physical SError interrupt arrived while it ran");
	} else if (kind == EXIT_IRQ) {
		irq_handle(v);
	} else {
		enum verdict verdict = interpret(v);

		if (verdict != ABORT)
			v->injected_at = 0;
		obey(v, verdict);
	}
}
