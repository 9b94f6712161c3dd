/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decode the syndrome, call one interpreter, obey its verdict (Arm ARM D19.2.37, ESR_EL2).
 * Nothing else reads v->exit; nothing else but reset and injection moves the PC.
 *
 * Called straight from the vector, and most stops end here: the guest goes on without a turn of the loop.
 * That is sound because whoever wants something of this CPU sends it an interrupt, which is still
 * pending when the guest is entered; only what this CPU itself changed must be looked at.
 */
#include "monitor/dispatch.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/abort.h"
#include "monitor/cause.h"
#include "monitor/emulate.h"
#include "monitor/inject.h"
#include "monitor/irq.h"
#include "monitor/run.h"
#include "monitor/serror.h"
#include "monitor/vm.h"
#include "monitor/wait.h"
#include "virtual/aarch32.h"
#include "virtual/vsmccc.h"
#include "virtual/vsysreg.h"

#define HPFAR_FIPA FIELD(43, 4) /* bits 51..12 of the IPA, 8 bits further down */
#define FAR_OFFSET FIELD(11, 0)

#define PSTATE_AARCH32 BIT(4)
#define PSTATE_BTYPE   FIELD(11, 10) /* of AArch64 */
#define PSTATE_SS      BIT(21)
/* The vectors leave x19 to x29 where C keeps them; guest_enter() has stored them when it returns. */
static bool is_missing(const struct vcpu *v, u64 rt) { return unlikely(rt - 19 < 11) && !v->whole; }

static u64 read_register(const struct vcpu *v, u64 rt) { return rt == 31 ? 0 : v->regs.x[rt]; }

static enum verdict write_register(struct vcpu *v, u64 rt, u64 value)
{
	if (likely(rt != 31))
		v->regs.x[rt] = value;
	return DONE;
}

static u64 fault_ipa(const struct vcpu *v)
{
	return (v->exit.hpfar & HPFAR_FIPA) << 8 | (v->exit.far & FAR_OFFSET);
}

/* What a load delivers to its register: extended as the instruction says (ISS SAS, SSE, SF). */
static u64 extend(u64 value, u64 esr)
{
	u32 unused = 64 - (8U << field_get(ESR_SAS, esr));

	if (!(esr & ESR_SSE))
		return value << unused >> unused;
	value = (u64)((s64)(value << unused) >> unused);
	return esr & ESR_SF ? value : (u32)value;
}

static struct route *route_of(struct vcpu *v, u64 address)
{
	return &v->routes[(address >> 2 ^ address >> 7) % ROUTES];
}

/* Whether the syndrome tells what is accessed: not of an unaligned access, which is several. */
static inline bool is_told(const struct vcpu *v, u64 address)
{
	u64 esr = v->exit.esr;

	return (esr & ESR_ISV) && is_aligned(address, 1UL << field_get(ESR_SAS, esr));
}

/* Whether that is all there is to it: nor if the bytes are turned round. */
static inline bool is_described(const struct vcpu *v, u64 address)
{
	return is_told(v, address) && !emulate_is_big_endian(v);
}

/*
 * Decodes a stage-2 abort whole. AGAIN: there is a route now, and the access is to be done. LATER: it is an
 * access of a device, but the syndrome does not tell all of it.
 */
static __attribute__((noinline)) enum verdict find_route(struct vcpu *v, struct route *r, u64 address)
{
	u64 esr = v->exit.esr;
	/* Only a translation fault tells the IPA (HPFAR_EL2); ours are the accesses that no RAM answers. */
	bool translation = (esr & (FSC_KIND | ESR_S1PTW)) == FSC_TRANSLATION;
	const struct device *d = translation ? vm_find_device(v->vm, address) : NULL;

	if (!d)
		return ABORT;
	if (esr & ESR_CM)
		return DONE; /* cache maintenance of a device's address has nothing to maintain */
	if (!is_described(v, address))
		return LATER;
	*r = (struct route){
		.address = address,
		.syndrome = (u32)(esr & ~ESR_SRT),
		.extends = (esr & (ESR_SAS_WORD | ESR_SSE)) != ESR_SAS_WORD,
		.access.offset = (u32)(address - d->base.value),
		.access.size = 1U << field_get(ESR_SAS, esr),
		.access.write = esr & ESR_WNR,
	};
	r->function = reg_find(d->table, &r->access);
	return AGAIN;
}

static enum verdict data_abort(struct vcpu *v)
{
	u64 esr = v->exit.esr, address = fault_ipa(v), rt = field_get(ESR_SRT, esr);
	struct route *r = route_of(v, address);

	v->subject = address;
	/* A route is of little-endian data, and a guest may turn them round without a trap. One branch for all of it. */
	if (unlikely((r->address != address) | (r->syndrome != (u32)(esr & ~ESR_SRT)) |
	             emulate_may_be_big_endian(v))) {
		enum verdict verdict = find_route(v, r, address);

		if (verdict != AGAIN)
			return verdict;
	}
	if (is_missing(v, rt))
		return LATER;
	if (esr & ESR_WNR) {
		u32 unused = 64 - (8U << field_get(ESR_SAS, esr));

		r->access.value = read_register(v, rt) << unused >> unused;
		return r->function(v, &r->access);
	}
	enum verdict verdict = r->function(v, &r->access);
	if (verdict != DONE)
		return verdict;
	esr = v->exit.esr; /* again: cheaper than to keep it over the call */
	return write_register(v, field_get(ESR_SRT, esr),
	                      unlikely(r->extends) ? extend(r->access.value, esr) : r->access.value);
}

static enum verdict system_register(struct vcpu *v)
{
	u64 esr = v->exit.esr;
	if (is_missing(v, field_get(ESR_SYS_RT, esr)))
		return LATER;
	v->access.offset = VSYSREG_KEY_OF_ISS(esr);
	v->access.size = 8;
	v->access.write = !(esr & ESR_SYS_READ);
	if (!(esr & ESR_SYS_READ))
		v->subject = v->access.value = read_register(v, field_get(ESR_SYS_RT, esr));
	enum verdict verdict = vsysreg_access(v, &v->access);
	esr = v->exit.esr;
	if (verdict != DONE || !(esr & ESR_SYS_READ))
		return verdict;
	v->subject = v->access.value;
	return write_register(v, field_get(ESR_SYS_RT, esr), v->access.value);
}

static u32 cause_of(const struct vcpu *v) { return (u32)field_get(ESR_EC, v->exit.esr); }

static enum verdict memory_abort(struct vcpu *v, u32 cause)
{
	context_read_fault(&v->exit);
	if (likely(cause == CAUSE_DATA_ABORT))
		return data_abort(v);
	v->subject = v->exit.far;
	if (cause != CAUSE_FETCH_ABORT)
		return UNDEF;
	return inject_is_stuck(v) ? STOP : ABORT;
}

/* What is trapped by a VM's policy, and what only AArch32 at EL0 has. All registers of the guest are there. */
static enum verdict interpret_rare(struct vcpu *v)
{
	u32 cause = cause_of(v);
	bool is_aarch32 = v->regs.pstate & PSTATE_AARCH32;

	if (is_aarch32 && BIT(cause) & CONDITIONAL && !aarch32_is_executed(v->exit.esr, v->regs.pstate))
		return DONE;
	switch (cause) {
	case CAUSE_WFX:
		return wait_interpret(v, v->exit.esr);
	case CAUSE_MCR_P15:
		return aarch32_register(v, AARCH32_MCR_P15, v->exit.esr);
	case CAUSE_MCRR_P15:
		return aarch32_register(v, AARCH32_MCRR_P15, v->exit.esr);
	case CAUSE_MCR_P14:
		return aarch32_register(v, AARCH32_MCR_P14, v->exit.esr);
	case CAUSE_MCRR_P14:
		return aarch32_register(v, AARCH32_MCRR_P14, v->exit.esr);
	default:
		return UNDEF; /* only what is trapped on purpose exists */
	}
}

/* The hottest first. A cause that is none of these is interpret_rare()'s: a call of it here would cost all others. */
static enum verdict interpret(struct vcpu *v)
{
	u32 cause = cause_of(v);

	if (cause & CAUSE_ABORTS)
		return memory_abort(v, cause);
	if (cause == CAUSE_HVC || cause == CAUSE_SMC) {
		v->subject = v->regs.x[0];
		return likely(!(v->exit.esr & ESR_IMMEDIATE)) ? vsmccc_call(v) : vsmccc_refuse(v);
	}
	return likely(cause == CAUSE_SYSREG) ? system_register(v) : UNDEF;
}

/* What an instruction of AArch32, one that was branched to, or one that is single-stepped, also leaves behind. */
static __attribute__((noinline)) void step_pstate(struct vcpu *v)
{
	if (v->regs.pstate & PSTATE_AARCH32) {
		v->regs.pc = (u32)(v->regs.pc - (v->exit.esr & ESR_IL ? 0 : 2)); /* IL: its length was 4 */
		v->regs.pstate = aarch32_next(v->regs.pstate);
	} else {
		v->regs.pstate &= ~PSTATE_BTYPE; /* D8.4.9; SPSR_EL2 need not say 0, of an HVC either */
	}
	v->regs.pstate &= ~PSTATE_SS; /* the step is complete */
}

/*
 * Whether it is of AArch64 without BTYPE and SS. In one shift and one test, because it is asked for each trap: BTYPE is 6
 * bits above AARCH32 and its upper neighbour, and SS with its lower one 16 above these. The others that are looked at
 * (5, 20, 26, 27) are 0 in AArch64 where an instruction was executed.
 */
static inline bool is_plain(u64 pstate) { return (((u32)pstate | (u32)pstate >> 6) & 0x00300030) == 0; }

/* Past the instruction that trapped. An HVC's return address is already past it. */
static inline void step(struct vcpu *v)
{
	if (cause_of(v) != CAUSE_HVC)
		v->regs.pc += 4;
	if (unlikely(!is_plain(v->regs.pstate)))
		step_pstate(v);
}

/* By what the emulation found, or as stage 2 says. The guest is told whether it was a write, or maintained caches. */
static __attribute__((noinline)) void abort_guest(struct vcpu *v)
{
	u64 esr = v->exit.esr;
	struct vcpu_abort abort = v->abort;

	if (!abort.status) {
		const struct abort_access access = {
			.address = v->exit.far,
			.ipa = fault_ipa(v),
			.walk = esr & ESR_S1PTW,
			.permission = (esr & FSC_KIND) == FSC_PERMISSION,
		};

		abort = (struct vcpu_abort){.address = access.address, .status = abort_status(v, &access)};
	}
	v->abort.status = 0;
	if (field_get(ESR_EC, esr) == CAUSE_FETCH_ABORT)
		inject_fetch_abort(v, abort.address, abort.status);
	else
		inject_data_abort(v, abort.address, (esr & (ESR_CM | ESR_WNR)) | abort.status);
}

static struct vcpu *later(struct vcpu *v, struct vcpu *(*answer)(struct vcpu *v))
{
	v->unanswered = answer;
	return NULL;
}

/* The exit has been accounted; what it costs beyond that is added. */
static struct vcpu *dispatch_rare(struct vcpu *v)
{
	u64 begin = timer_count();
	enum verdict verdict = interpret_rare(v);

	if (verdict == UNDEF)
		inject_undefined(v, v->exit.esr & ESR_IL);
	else if (verdict != AGAIN)
		step(v);
	v->counters.exits[cause_of(v)].ticks += timer_count() - begin;
	return NULL;
}

/*
 * Of a cause that interpret() does not know: interpret_rare() may, with all registers. Out of line and without a
 * result, so that the paths of the others stay as short as they are.
 */
static __attribute__((noinline)) void undefined(struct vcpu *v)
{
	u32 cause = cause_of(v);

	if (cause & CAUSE_ABORTS || cause == CAUSE_HVC || cause == CAUSE_SMC || cause == CAUSE_SYSREG) {
		inject_undefined(v, v->exit.esr & ESR_IL);
	} else {
		v->subject = 0; /* not known yet */
		later(v, dispatch_rare);
	}
}

/* The vCPU if its guest goes on at once. */
static inline struct vcpu *obey(struct vcpu *v, enum verdict verdict)
{
	if (verdict != ABORT)
		v->injected_at = 0;
	switch (verdict) {
	case DONE:
		step(v);
		return v;
	case AGAIN:
		return v;
	case WAIT:
		step(v);
		return NULL;
	case UNDEF:
		undefined(v);
		return v->unanswered ? NULL : v;
	case ABORT:
		abort_guest(v);
		return v;
	case STOP:
		life_fail(v, "its exception vectors cannot be executed");
		return NULL;
	case LATER:
		break;
	}
	return NULL;
}

struct syndrome dispatch_syndrome(const struct vcpu *v)
{
	return (struct syndrome){.value = v->exit.esr, .address = v->exit.far};
}

/* CPU_SUSPEND answers; a WFI does not. */
void dispatch_wake(struct vcpu *v)
{
	if (cause_of(v) != CAUSE_WFX)
		v->regs.x[0] = 0;
}

/* One record in the counters and in the trace: what stopped the guest, and what that cost. */
static inline void account(struct vcpu *v, u64 begin, enum trace_kind kind, u32 cause)
{
	u64 ticks = timer_count() - begin;

	counter_add(&v->counters.exits[cause], ticks);
	trace_add(v->trace, &(struct trace_record){
				    .time = begin,
				    .pc = v->regs.pc,
				    .subject = trace_subject(v->who | trace_who(0, 0, kind), v->subject),
				    .syndrome = kind == TRACE_EXIT ? (u32)v->exit.esr : cause,
				    .ticks = (u32)ticks,
			    });
}

void dispatch_rest(struct vcpu *v)
{
	if (!v->unanswered)
		return;
	v->whole = true;
	v->unanswered(v);
	v->whole = false;
	v->unanswered = NULL;
}

struct vcpu *dispatch_serror(struct vcpu *v)
{
	if (!v->whole)
		return later(v, dispatch_serror); /* the report shows all registers */
	serror_answer(v, v->exit.esr & ESR_ISS);
	return NULL;
}

static bool takes_instruction(struct vcpu *v)
{
	u64 address = fault_ipa(v);

	return cause_of(v) == CAUSE_DATA_ABORT && !is_described(v, address) &&
	       find_route(v, route_of(v, address), address) == LATER;
}

/* As dispatch(), once all registers are in v->regs. What the syndrome does not tell the instruction itself does. */
static struct vcpu *dispatch_whole(struct vcpu *v)
{
	if (!takes_instruction(v))
		return dispatch(v);
	u64 begin = timer_count(), esr = v->exit.esr;
	struct emulate_fault fault = {.address = v->exit.far, .ipa = fault_ipa(v), .write = esr & ESR_WNR};

	if (is_told(v, fault.ipa)) {
		fault.size = (u8)(1U << field_get(ESR_SAS, esr));
		fault.rt = (u8)field_get(ESR_SRT, esr);
		fault.extend = esr & ESR_SSE ? (esr & ESR_SF ? 8 : 4) : 0;
	}
	struct vcpu *next = obey(v, emulate(v, &fault));

	account(v, begin, TRACE_EXIT, CAUSE_DATA_ABORT);
	return next;
}

/* An SError waited when the guest stopped. It first; what then is still to be done of the exit is done once. */
static struct vcpu *dispatch_behind_serror(struct vcpu *v)
{
	context_read_fault(&v->exit); /* the first pass did not get so far */
	serror_settle(v);
	return vm_is_alive(v->vm) ? dispatch_whole(v) : NULL;
}

struct vcpu *dispatch(struct vcpu *v)
{
	u64 begin = timer_count();

	if (unlikely(cpu_serror_waits()) && !v->whole)
		return later(v, dispatch_behind_serror);
	enum verdict verdict = interpret(v);
	struct vcpu *next = v;

	if (likely(verdict == DONE)) { /* as obey() does; in line, because most stops end so */
		v->injected_at = 0;
		step(v);
	} else if ((verdict == LATER || verdict == STOP) && !v->whole) {
		return later(v, dispatch_whole);
	} else {
		next = obey(v, verdict);
	}
	if (likely(next))
		vgic_enter(v);
	account(v, begin, TRACE_EXIT, cause_of(v));
	return next;
}

/*
 * The guest's own timer concerns nobody but the guest; a kick, too, if there is nothing for the loop but an
 * interrupt for it. All else is the loop's.
 */
static bool stays_in_guest(const struct vcpu *v, enum counter_cause cause)
{
	return cause == COUNTER_TIMER || cause == COUNTER_TIMER_PHYSICAL ||
	       (cause == COUNTER_KICK && !run_is_wanted(v));
}

/* The interrupt is still there when the guest goes on. */
static struct vcpu *dispatch_before_interrupt(struct vcpu *v)
{
	serror_settle(v);
	return NULL;
}

struct vcpu *dispatch_interrupt(struct vcpu *v)
{
	u64 begin = timer_count();

	if (unlikely(cpu_serror_waits()))
		return later(v, dispatch_before_interrupt);
	enum counter_cause cause = irq_handle_loaded(v);
	bool stays = stays_in_guest(v, cause);

	if (likely(stays))
		vgic_enter(v);
	if (likely(cause == COUNTER_TIMER))
		histogram_add(&v->counters.deadline, timer_guest_lateness());
	v->subject = 0;
	account(v, begin, TRACE_INTERRUPT, cause);
	return stays ? v : NULL;
}
