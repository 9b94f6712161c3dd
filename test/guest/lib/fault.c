/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: interrupts go to gic.c, expected faults are recorded and stepped over, others fail the test
 * (Arm ARM D1.3). */
#include "lib/guest.h"

extern u8 el0_return[];
void fault_exception(struct frame *f, u64 vector);

enum { KIND_SYNC, KIND_IRQ, KIND_FIQ };
#define VECTOR_KIND FIELD(1, 0)
#define SPSR_EL1H   0x3c5 /* all masked */

static bool step_over(struct cpu *c, struct frame *f, u64 vector)
{
	u64 class = field_get(ESR_EC, f->esr);

	if (!c->expecting)
		return false;
	c->expecting = false;
	c->fault = (struct fault){.taken = true,
	                          .vector = (u32)vector,
	                          .esr = f->esr,
	                          .elr = f->elr,
	                          .far = f->far,
	                          .spsr = f->spsr};
	/* A faulting fetch was reached by BLR: its return address is in x30. */
	f->elr = class == EC_FETCH || class == EC_FETCH_LOWER ? f->x[30] : f->elr + 4;
	return true;
}

void fault_exception(struct frame *f, u64 vector)
{
	u64 kind = field_get(VECTOR_KIND, vector);

	if (exception(f, vector))
		return;
	if (kind == KIND_IRQ) {
		gic_irq();
		return;
	}
	if (kind == KIND_FIQ) {
		fiq();
		return;
	}
	if (kind == KIND_SYNC && (vector == 8 || vector == 12) &&
	    (field_get(ESR_EC, f->esr) == EC_SVC || field_get(ESR_EC, f->esr) == EC_SVC_AARCH32)) {
		f->elr = (u64)el0_return;
		f->spsr = SPSR_EL1H;
		return;
	}
	if (kind == KIND_SYNC && step_over(&cpus[guest_cpu()], f, vector))
		return;
	guest_fail(0, "unexpected exception: vector %lu ESR 0x%lx ELR 0x%lx FAR 0x%lx SPSR 0x%lx", vector,
	           f->esr, f->elr, f->far, f->spsr);
}

void fault_expect(void)
{
	struct cpu *c = &cpus[guest_cpu()];

	c->fault = (struct fault){.taken = false};
	c->expecting = true;
	asm volatile("" ::: "memory");
}

struct fault fault_result(u64 at)
{
	struct cpu *c = &cpus[guest_cpu()];

	asm volatile("" ::: "memory");
	c->expecting = false;
	c->fault.at = at;
	return c->fault;
}

#define LOADER(name, insn)                                                                               \
	struct fault name(u64 address, u64 *value)                                                       \
	{                                                                                                \
		u64 at, got = 0;                                                                         \
		fault_expect();                                                                          \
		asm volatile("adr %1, 1f\n1:\t" insn : "+&r"(got), "=&r"(at) : "r"(address) : "memory"); \
		if (value)                                                                               \
			*value = got;                                                                    \
		return fault_result(at);                                                                 \
	}
#define STORER(name, insn)                                                                               \
	struct fault name(u64 address, u64 value)                                                        \
	{                                                                                                \
		u64 at;                                                                                  \
		fault_expect();                                                                          \
		asm volatile("adr %0, 1f\n1:\t" insn : "=&r"(at) : "r"(value), "r"(address) : "memory"); \
		return fault_result(at);                                                                 \
	}
LOADER(fault_read64, "ldr %0, [%2]")
LOADER(fault_read8, "ldrb %w0, [%2]")
STORER(fault_write64, "str %1, [%2]")
STORER(fault_write8, "strb %w1, [%2]")

struct fault fault_fetch(u64 address)
{
	fault_expect();
	asm volatile("blr %0" ::"r"(address) : "x30", "memory");
	return fault_result(address);
}

struct fault fault_execute(u32 insn, u64 argument, u64 *result)
{
	u64 got;
	struct fault f;

	fault_expect();
	got = guest_execute(insn, argument);
	if (result)
		*result = got;
	f = fault_result(0);
	f.at = f.taken && read32(f.elr) == insn ? f.elr : 0;
	return f;
}

void fault_check_status(u32 line, const struct fault *f, u64 class, u64 address, u64 status)
{
	if (!f->taken || field_get(ESR_EC, f->esr) != class || field_get(ESR_STATUS, f->esr) != status ||
	    f->far != address)
		guest_fail_at(guest_name, line, "0x%lx: taken %u, ESR 0x%lx, FAR 0x%lx, not status 0x%lx",
		              address, f->taken, f->esr, f->far, status);
}

void fault_check_external(u32 line, const struct fault *f, u32 ec, u64 address, bool write)
{
	bool fetch = ec == EC_FETCH || ec == EC_FETCH_LOWER;
	bool lower = ec == EC_FETCH_LOWER || ec == EC_DATA_LOWER;

	if (!f->taken)
		guest_fail_at(guest_name, line, "no abort at 0x%lx", address);
	if (field_get(ESR_EC, f->esr) != ec || field_get(ESR_STATUS, f->esr) != STATUS_EXTERNAL)
		guest_fail_at(guest_name, line, "0x%lx: ESR 0x%lx, not class 0x%x with an external abort",
		              address, f->esr, ec);
	if (!(f->esr & ESR_IL))
		guest_fail_at(guest_name, line, "0x%lx: ESR 0x%lx has no IL", address, f->esr);
	if (!fetch && !(f->esr & ESR_WNR) != !write)
		guest_fail_at(guest_name, line, "0x%lx: ESR 0x%lx has the wrong direction", address, f->esr);
	/* Syndrome of the access (ISV and below), FnV and S1PTW belong to EL2 or say what is not so. */
	if (f->esr & (fetch ? FIELD(24, 10) | FIELD(8, 6) : FIELD(24, 10) | BIT(7)))
		guest_fail_at(guest_name, line, "0x%lx: ESR 0x%lx has bits that must be 0", address, f->esr);
	if (f->far != address)
		guest_fail_at(guest_name, line, "FAR is 0x%lx, not 0x%lx", f->far, address);
	if (f->elr != f->at)
		guest_fail_at(guest_name, line, "0x%lx: ELR is 0x%lx, not 0x%lx", address, f->elr, f->at);
	if (f->vector != (lower ? f->spsr & BIT(4) ? 12u : 8u : 4u)) /* SPSR.M: AArch32 */
		guest_fail_at(guest_name, line, "0x%lx: vector %u", address, f->vector);
	if (field_get(FIELD(3, 0), f->spsr) != (lower ? 0u : 5u))
		guest_fail_at(guest_name, line, "0x%lx: SPSR 0x%lx", address, f->spsr);
}

void fault_check_undefined(u32 line, const struct fault *f)
{
	if (!f->taken)
		guest_fail_at(guest_name, line, "no exception");
	if (f->esr != ESR_IL) /* EC 0, ISS 0 (Arm ARM D17.2.37) */
		guest_fail_at(guest_name, line, "ESR 0x%lx, not 0x%lx", f->esr, ESR_IL);
	if (f->elr != f->at)
		guest_fail_at(guest_name, line, "ELR is 0x%lx, not 0x%lx", f->elr, f->at);
	if (f->vector != 4)
		guest_fail_at(guest_name, line, "vector %u", f->vector);
}
