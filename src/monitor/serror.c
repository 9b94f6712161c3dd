/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SError is asynchronous: what tells whose it is is the time it comes. While a vCPU is loaded it is the vCPU's,
 * and before another can be, this CPU's errors are made to come out (serror_settle()). So it never reaches another VM.
 * How bad it is the syndrome tells, on CPUs with RAS (Arm ARM D19.2.37, ISS of an SError; D1.3.6).
 * State: each CPU's count of those that were nobody's. No locks.
 */
#include "monitor/serror.h"

#include "lib/bits.h"
#include "lib/require.h"
#include "machine/cpu.h"
#include "machine/timer.h"
#include "monitor/console.h"
#include "monitor/inject.h"
#include "monitor/vm.h"

#define ISS_IDS           BIT(24) /* the rest is the CPU's own encoding */
#define ISS_AET           FIELD(12, 10)
#define ISS_DFSC          FIELD(5, 0)
#define DFSC_ASYNCHRONOUS 0x11UL /* AET is valid */

/* The worse the greater. */
enum severity {
	CORRECTED,     /* nothing is lost */
	RESTARTABLE,   /* the interrupted program can go on */
	RECOVERABLE,   /* it can, once it has been repaired */
	UNKNOWN,       /* the CPU does not tell, or not so that we understand */
	UNRECOVERABLE, /* it is lost */
	UNCONTAINABLE, /* nobody knows what else is */
};

static enum severity severity_of(u64 iss)
{
	static const u8 of_aet[8] = {UNCONTAINABLE, UNRECOVERABLE, RESTARTABLE, RECOVERABLE,
	                             UNCONTAINABLE, UNCONTAINABLE, CORRECTED,   UNCONTAINABLE};

	if (!cpu_has_ras() || iss & ISS_IDS || field_get(ISS_DFSC, iss) != DFSC_ASYNCHRONOUS)
		return UNKNOWN;
	return (enum severity)of_aet[field_get(ISS_AET, iss)];
}

/* Two that wait at once become one, as on hardware; the guest is to know of the worse. */
static void give_guest(struct vcpu *v, u64 iss)
{
	if (vcpu_serror_waits(v) && severity_of(vcpu_read(v, CONTEXT_vsesr_el2)) >= severity_of(iss))
		return;
	inject_serror(v, v->vm->has_ras ? iss : 0); /* without RAS these bits are RES0 */
}

void serror_answer(struct vcpu *v, u64 iss)
{
	u64 begin = timer_count();
	enum severity severity = severity_of(iss);

	if (severity == UNCONTAINABLE)
		life_fail(v, "a physical SError that its CPU could not contain came while it ran");
	else if (severity != CORRECTED)
		give_guest(v, iss);
	u64 ticks = timer_count() - begin;

	counter_add(&v->counters.exits[COUNTER_SERROR], ticks);
	const u64 subject = trace_subject(v->who | trace_who(0, 0, TRACE_SERROR), iss);
	const struct trace_record record = {begin, v->regs.pc, subject, COUNTER_SERROR, (u32)ticks};

	trace_add(v->trace, &record);
}

void serror_settle(struct vcpu *v)
{
	u64 iss;

	if (unlikely(cpu_take_serror(&iss)))
		serror_answer(v, iss);
}

/* Said when their number is a power of two: they may be many. */
static void say(const char *whose, u64 iss)
{
	static u64 counts[CPU_MAX];
	u64 count = ++counts[cpu_index()];

	if ((count & (count - 1)) == 0)
		print("CPU %u: a physical SError, its number %lu, %s: syndrome %lx\n", cpu_index(), count,
		      whose, iss);
}

void serror_take_idle(void)
{
	u64 iss;

	if (likely(!cpu_serror_waits()) || !cpu_take_serror(&iss))
		return;
	say("while no guest ran", iss);
	if (severity_of(iss) > RESTARTABLE) /* what it has damaged is EL2's own, and with it every VM's */
		panic("a physical SError while no guest runs is restartable", "serror");
}

void serror_begin(void)
{
	u64 iss;

	if (cpu_take_serror(&iss))
		say("left by the firmware", iss);
}
