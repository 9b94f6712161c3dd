/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch, decode, perform; what the syndrome tells is performed without the first two. The instruction is read where
 * the guest's PC points now: another vCPU may have changed it, or the tables that lead to it, since it trapped. So it
 * counts only if it accesses the address that faulted, in the same direction; else, and if it cannot be read, the
 * guest executes it again.
 * EL2 touches guest memory only through this CPU's window, by an address that the VM's own stage 2 gives;
 * that does not change while a vCPU of the VM runs.
 *
 * All elements' pages are known before the first access. Registers change after the last one, so that an
 * abort in between leaves them as they were, the base too (Arm ARM B2.8.1: accesses of devices may repeat).
 */
#include "monitor/emulate.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "monitor/fetch.h"
#include "monitor/vm.h"
#include "virtual/decode.h"

#define PSTATE_EL1H 0x5UL
#define PSTATE_UAO  BIT(23)
#define TCR_TBI0    BIT(37)
#define TCR_TBI1    BIT(38)
#define ADDRESS     FIELD(55, 0) /* without what may be a tag */
#define TAG         FIELD(59, 56)
#define UPPER_HALF  BIT(55)

enum { ZERO_BLOCK_MAX = 2048, DEVICE_BUS = 8 };

/* One instruction under way. */
struct action {
	struct vcpu *v;
	struct decode d;
	u64 address; /* of its first byte */
	u64 ipa[2];  /* of the pages of its first and of its last byte */
	bool user, big_endian;
	u8 data[DECODE_REGISTERS][DECODE_REGISTER_SIZE]; /* of each register, byte 0 the least significant */
};

static enum verdict abort_with(struct vcpu *v, u64 address, u64 status)
{
	v->abort = (struct vcpu_abort){.address = address, .status = (u32)status};
	return ABORT;
}

static enum context_register stack_pointer(const struct vcpu *v)
{
	return (v->regs.pstate & EMULATE_MODE) == PSTATE_EL1H ? CONTEXT_sp_el1 : CONTEXT_sp_el0;
}

static u64 read_base(const struct vcpu *v, u32 base)
{
	switch (base) {
	case DECODE_XZR:
		return 0;
	case DECODE_SP:
		return vcpu_read(v, stack_pointer(v));
	case DECODE_PC:
		return v->regs.pc;
	default:
		return v->regs.x[base];
	}
}

static u64 displacement(const struct action *a)
{
	return a->d.offset + decode_index(&a->d, read_base(a->v, a->d.index));
}

/*
 * LDRAA, LDRAB: what AUTDA made of `signed_at` is known, because it faulted. The signature is above the
 * bits of the page; a top byte that is ignored is kept (AddPAC, Auth).
 */
static u64 authenticated_address(const struct vcpu *v, u64 signed_at, u64 faulted_at)
{
	u64 tbi = faulted_at & UPPER_HALF ? TCR_TBI1 : TCR_TBI0;
	u64 at = faulted_at - (faulted_at - signed_at) % PAGE_SIZE;

	return vcpu_read(v, CONTEXT_tcr_el1) & tbi ? (at & ADDRESS) | (signed_at & ~ADDRESS) : at;
}

/* Where it accesses; false: it is not the instruction that faulted. */
static bool find_address(struct action *a, const struct emulate_fault *f)
{
	const struct decode *d = &a->d;
	u64 at = read_base(a->v, d->base);

	if (d->mode != DECODE_POST)
		at += displacement(a);
	if (d->authenticated)
		at = authenticated_address(a->v, at, f->address);
	/* Of the granule, or of the block. A form that writes its base back is aligned, or it faults (C6.2, STG). */
	if (d->kind == DECODE_TAG)
		at = align_down(at, (u64)d->size * d->lanes);
	a->address = at;
	if (d->kind == DECODE_ZERO)
		return f->write && align_down((at ^ f->address) & ADDRESS, ZERO_BLOCK_MAX) == 0;
	return ((f->address - at) & ADDRESS) < decode_span(d) &&
	       (d->kind == DECODE_ATOMIC || d->write == f->write);
}

/*
 * Memory that stage 1 calls Device takes no unaligned access: it is an alignment fault, before any of stage 2 (Arm ARM
 * B2.5.2, R_XCHFJ). Not every CPU sees it first: QEMU has the stage-2 fault.
 */
static bool is_misaligned(const struct action *a)
{
	if (likely(is_aligned(a->address, a->d.size)))
		return false;
	u64 par = cpu_translate_stage1(a->address, a->user, a->d.write);

	return (par & (PAR_F | PAR_NOT_DEVICE)) == 0;
}

/*
 * A second page, translated as the hardware would. That memory and a device are accessed by one instruction
 * is CONSTRAINED UNPREDICTABLE (K1.2); of what is allowed we choose the alignment fault.
 */
static enum verdict translate_other(struct action *a, u64 page, u64 *to)
{
	struct vm *vm = a->v->vm;
	u64 left, first = (page ^ a->address) & ADDRESS & ~(PAGE_SIZE - 1UL) ? page : a->address;
	u64 par = cpu_translate_stage1(page, a->user, a->d.write);
	pa_t unused;

	if (par & PAR_F)
		return abort_with(a->v, first, par & PAR_S ? EMULATE_EXTERNAL : field_get(PAR_FST, par));
	*to = par & PAR_ADDRESS;
	if (vm_find_device(vm, *to))
		return DONE;
	return abort_with(a->v, first,
	                  space_physical(&vm->space, ipa(*to), &unused, &left) ? EMULATE_ALIGNMENT
	                                                                       : EMULATE_EXTERNAL);
}

static enum verdict find_pages(struct action *a, const struct emulate_fault *f)
{
	const u64 pages[2] = {align_down(a->address, PAGE_SIZE),
	                      align_down(a->address + decode_span(&a->d) - 1, PAGE_SIZE)};

	for (u32 i = 0; i < 2; i++) {
		enum verdict verdict = DONE;

		if (((pages[i] ^ f->address) & ADDRESS) < PAGE_SIZE)
			a->ipa[i] = align_down(f->ipa, PAGE_SIZE);
		else
			verdict = translate_other(a, pages[i], &a->ipa[i]);
		if (verdict != DONE)
			return verdict;
	}
	return DONE;
}

static enum verdict access_device(struct action *a, u64 address, u8 *bytes, u32 size)
{
	bool second = ((address ^ a->address) & ADDRESS) >= PAGE_SIZE;
	u64 at = a->ipa[second] + address % PAGE_SIZE;
	const struct device *device = vm_find_device(a->v->vm, at);
	struct access access = {.size = size, .write = a->d.write};

	access.offset = (u32)(at - device->base.value);
	if (access.write)
		memcpy(&access.value, bytes, size);
	enum verdict verdict = reg_access(device->table, a->v, &access);
	if (!access.write)
		memcpy(bytes, &access.value, size);
	return verdict;
}

/* At most what a device takes at once. Unaligned (as Normal memory), it is so many accesses of a byte (B2.2.1). */
static enum verdict access_part(struct action *a, u64 address, u8 *bytes, u32 size)
{
	u32 step = is_aligned(address, size) ? size : 1;
	enum verdict verdict = DONE;

	for (u32 done = 0; done < size && verdict == DONE; done += step)
		verdict = access_device(a, address + done, bytes + done, step);
	return verdict;
}

static void reverse(u8 *bytes, u32 size)
{
	for (u32 i = 0; i < size / 2; i++) {
		u8 kept = bytes[i];

		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = kept;
	}
}

static enum verdict access_element(struct action *a, u64 address, u8 *value)
{
	u32 size = a->d.size, step = size < DEVICE_BUS ? size : DEVICE_BUS;
	u8 bytes[DECODE_REGISTER_SIZE] = {0};
	enum verdict verdict = DONE;

	memcpy(bytes, value, size);
	if (a->big_endian)
		reverse(bytes, size);
	for (u32 done = 0; done < size && verdict == DONE; done += step)
		verdict = access_part(a, address + done, bytes + done, step);
	if (a->big_endian)
		reverse(bytes, size);
	if (!a->d.write)
		memcpy(value, bytes, size);
	return verdict;
}

static enum verdict access_elements(struct action *a)
{
	const struct decode *d = &a->d;
	enum verdict verdict = DONE;

	for (u32 k = 0; k < (u32)d->registers * d->lanes && verdict == DONE; k++) {
		u32 which = k / (d->structure * d->lanes) + k % d->structure;
		u32 lane = d->first_lane + k / d->structure % d->lanes;

		verdict = access_element(a, a->address + (u64)k * d->size,
		                         &a->data[which][(u64)lane * d->size]);
	}
	return verdict;
}

/* What a store takes from the registers, or a load leaves of them. */
static void take_registers(struct action *a)
{
	const struct decode *d = &a->d;

	for (u32 i = 0; i < d->registers; i++) {
		u64 value = d->write && !d->vector ? read_base(a->v, d->rt[i]) : 0;

		memcpy(a->data[i], &value, sizeof(value));
		if (d->vector && (d->write || d->merge))
			fpu_read(d->rt[i], a->data[i]);
	}
}

static void give_vector(struct action *a, u32 i)
{
	for (u32 copy = 1; copy < a->d.copies; copy++)
		memcpy(&a->data[i][(u64)copy * a->d.size], a->data[i], a->d.size);
	fpu_write(a->d.rt[i], a->data[i]);
}

static void give_general(struct action *a, u32 i)
{
	u32 unused = 64 - 8U * a->d.size;
	u64 value;

	memcpy(&value, a->data[i], sizeof(value));
	if (a->d.extend)
		value = (u64)((s64)(value << unused) >> unused);
	if (a->d.rt[i] != DECODE_XZR)
		a->v->regs.x[a->d.rt[i]] = a->d.extend == 4 ? (u32)value : value;
}

static void write_base(struct action *a)
{
	u64 to = a->address + (a->d.mode == DECODE_POST ? displacement(a) : 0);

	if (a->d.base == DECODE_SP)
		vcpu_write(a->v, stack_pointer(a->v), to);
	else
		a->v->regs.x[a->d.base] = to;
}

/*
 * The base first: of a load into its own base, which is CONSTRAINED UNPREDICTABLE, what was loaded stays, as if
 * there was no write-back. Such a store stores the old base. Of two loads into one register the later stays.
 */
static enum verdict perform(struct action *a)
{
	take_registers(a);
	enum verdict verdict = access_elements(a);
	if (verdict != DONE)
		return verdict;
	if (a->d.mode != DECODE_OFFSET)
		write_base(a);
	for (u32 i = 0; i < a->d.registers && !a->d.write; i++)
		if (a->d.vector)
			give_vector(a, i);
		else
			give_general(a, i);
	return DONE;
}

static enum verdict access_tags(struct action *a, const struct emulate_fault *f)
{
	u8 to = a->d.rt[0];
	enum verdict verdict = find_pages(a, f);

	if (verdict != DONE)
		return verdict;
	if (a->d.mode != DECODE_OFFSET)
		write_base(a);
	if (!a->d.write && to != DECODE_XZR)
		a->v->regs.x[to] &= a->d.merge ? ~TAG : 0;
	return DONE;
}

static enum verdict answer(struct action *a, const struct emulate_fault *f)
{
	switch (a->d.kind) {
	case DECODE_OTHER:
		return AGAIN;
	case DECODE_PREFETCH:
		return DONE;
	case DECODE_REFUSED:
		return abort_with(a->v, f->address, EMULATE_EXTERNAL);
	case DECODE_ATOMIC:
		return find_address(a, f) ? abort_with(a->v, f->address, EMULATE_UNSUPPORTED) : AGAIN;
	case DECODE_ZERO:
		return find_address(a, f) ? abort_with(a->v, f->address, EMULATE_ALIGNMENT) : AGAIN;
	case DECODE_TAG:
		return find_address(a, f) ? access_tags(a, f) : AGAIN;
	case DECODE_ACCESS:
		break;
	}
	if (!find_address(a, f))
		return AGAIN;
	if (is_misaligned(a))
		return abort_with(a->v, a->address, EMULATE_ALIGNMENT);
	enum verdict verdict = find_pages(a, f);
	return verdict == DONE ? perform(a) : verdict;
}

/* What the syndrome tells, of either state, as an instruction that names the address; the rest of `d` is 0. */
static void take_told(struct decode *d, const struct emulate_fault *f)
{
	d->kind = DECODE_ACCESS;
	d->write = f->write;
	d->size = f->size;
	d->rt[0] = f->rt;
	d->extend = f->extend;
	d->registers = d->lanes = d->structure = 1;
	d->base = d->index = DECODE_XZR;
	d->offset = (s64)f->address;
}

/* What the instruction at the PC says. DONE: it is in a->d. */
static enum verdict take_read(struct action *a, const struct emulate_fault *f)
{
	struct vcpu *v = a->v;
	u32 instruction;

	if (v->regs.pstate & EMULATE_AARCH32)
		return abort_with(v, f->address, EMULATE_EXTERNAL);
	if (!fetch_instruction(v, &instruction))
		return AGAIN;
	a->d = decode(instruction);
	a->user = emulate_is_user(v) || (a->d.unprivileged && !(v->regs.pstate & PSTATE_UAO));
	return DONE;
}

enum verdict emulate(struct vcpu *v, const struct emulate_fault *f)
{
	struct action a = {.v = v, .big_endian = emulate_is_big_endian(v)};
	enum verdict verdict = DONE;

	if (f->size)
		take_told(&a.d, f);
	else
		verdict = take_read(&a, f);
	return verdict == DONE ? answer(&a, f) : verdict;
}
