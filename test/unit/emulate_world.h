/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with two more devices, which are memory and keep a record of their accesses, and a guest whose instruction
 * traps there without a syndrome; the forms of test/model/a64_forms.def with their codes.
 */
#pragma once
#include "world.h"

#include "model/a64_model.h"
#include "monitor/emulate.h"
#include "virtual/decode.h"

enum { PAGES = 4, DEVICE_SIZE = PAGES * PAGE_SIZE, SECOND_SIZE = PAGE_SIZE };
#define DEVICE       0x0d000000UL /* in the guest's eyes as in the IPA space; a second device follows at once */
#define SECOND       (DEVICE + DEVICE_SIZE) /* behind which there is nothing */
#define CODE         (DEVICE - PAGE_SIZE)   /* a page of RAM as stage 1 has it, near enough for literals */
#define CODE_IPA     WORLD_LOAD
#define MIDDLE       (DEVICE + PAGE_SIZE + 0x800)
#define LEVEL2       0x6UL
#define BLIND(write) (ABORT_IL | LEVEL2 | ((write) ? BIT(6) : 0)) /* no syndrome: ISV is 0 */
#define DFSC         FIELD(5, 0)

enum kind { OTHER, ACCESS, PREFETCH, TAG, ATOMIC, ZERO, REFUSED };
static const struct form {
	enum kind kind;
	const char *text;
} forms[] = {
#define FORM(kind, text)        {kind, text},
#define CODED(kind, code, text) {kind, text},
#include "model/a64_forms.def"
};
#ifdef A64_FORMS /* from the Makefile: their codes */
asm(".section .rodata\nform_codes:\n\t.incbin \"" A64_FORMS "\"\nform_codes_end:\n.text");
#endif
extern const u32 form_codes[], form_codes_end[];

static struct vm *vm;
static struct vcpu *v;
static u8 bytes[DEVICE_SIZE + SECOND_SIZE];
static struct a64_access seen[A64_ACCESSES];
static u32 seen_count;
static enum verdict answer; /* of the device, from access `answer_at` on */
static u32 answer_at;
static u64 second_page; /* what stage 1 makes of the page behind the middle's; 0: itself */
static u32 translated;  /* times stage 1 was asked for another page than that of the code */

static enum verdict device_access(struct vcpu *w, struct access *a, u8 *at, u64 base)
{
	assert_ptr_equal(w, v);
	if (seen_count >= answer_at)
		return answer;
	assert_true(seen_count < A64_ACCESSES);
	seen[seen_count++] = (struct a64_access){base + a->offset, a->size};
	if (a->write)
		memcpy(at + a->offset, &a->value, a->size);
	else
		memcpy(&a->value, at + a->offset, a->size);
	return DONE;
}

static enum verdict first_access(struct vcpu *w, struct access *a)
{
	return device_access(w, a, bytes, DEVICE);
}
static enum verdict second_access(struct vcpu *w, struct access *a)
{
	return device_access(w, a, bytes + DEVICE_SIZE, SECOND);
}

static const struct reg first_row[] = {REG(0, DEVICE_SIZE, 15, first_access, first_access, "BYTES")};
static const struct reg second_row[] = {REG(0, SECOND_SIZE, 15, second_access, second_access, "BYTES")};
static u8 first_index[DEVICE_SIZE >> REG_INDEX_SHIFT], second_index[SECOND_SIZE >> REG_INDEX_SHIFT];
static const struct reg_table first_table = {"first", first_row, first_index, 1, DEVICE_SIZE};
static const struct reg_table second_table = {"second", second_row, second_index, 1, SECOND_SIZE};

static u64 stage1_type; /* PAR_EL1.ATTR of all */

static u64 translate(u64 address, bool user, bool write)
{
	(void)user, (void)write;
	u64 page = align_down(address, PAGE_SIZE) & FIELD(55, 0);

	if (page == CODE)
		return CODE_IPA;
	translated++;
	if (page == align_down(MIDDLE, PAGE_SIZE) + PAGE_SIZE && second_page)
		return second_page;
	return stage1_type | (page & PAR_ADDRESS);
}

static inline void start(void)
{
	world_power_on();
	vm = world_vm(1);
	v = vm->vcpus[0];
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
	assert_true(vm->device_count + 2 <= VM_DEVICE_MAX);
	vm->devices[vm->device_count++] = (struct device){ipa(DEVICE), DEVICE_SIZE, 1, &first_table};
	vm->devices[vm->device_count++] = (struct device){ipa(SECOND), SECOND_SIZE, 1, &second_table};
	reg_table_index(&first_table);
	reg_table_index(&second_table);
	fake_translate = translate;
	stage1_type = FAKE_NORMAL;
	answer_at = ~0U;
	turn(v->cpu); /* so that its registers are in the CPU */
}

static inline void put_code(u32 code)
{
	assert_int_equal(memory_write(&vm->space, ipa(CODE_IPA + 0x100), &code, 4), OK);
}

/* Different values everywhere; the bases lead to `base`. */
static inline struct a64_state fresh(u64 base)
{
	struct a64_state s = {.pc = CODE + 0x100, .sp = base};

	for (u32 i = 0; i < 31; i++)
		s.x[i] = (i + 1) * 0x9e3779b97f4a7c15;
	s.x[0] = s.x[19] = s.x[20] = s.x[24] = s.x[25] = s.x[28] = s.x[30] = base;
	s.x[5] = s.x[21] = 8;
	s.x[6] = (u64)-4;
	s.x[7] = 0xfedcba9800000002;
	for (u32 i = 0; i < sizeof(s.v); i++)
		s.v[i / 16][i % 16] = (u8)(i * 3 + i / 256 + 1);
	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)(i * 29 + i / 97 + 0x80);
	return s;
}

static inline void give(const struct a64_state *s)
{
	memcpy(v->regs.x, s->x, sizeof(s->x));
	v->regs.pc = s->pc;
	v->regs.pstate = 0x3c5;
	vcpu_write(v, CONTEXT_sp_el1, s->sp);
	vcpu_write(v, CONTEXT_sctlr_el1, s->big_endian ? BIT(25) : 0);
	memcpy(fake_fpu, s->v, sizeof(s->v));
	seen_count = translated = 0;
}

static inline void is(const struct a64_state *s, const char *text)
{
	for (u32 i = 0; i < 31; i++)
		if (v->regs.x[i] != s->x[i])
			fail_msg("%s: x%u is %lx, not %lx", text, i, v->regs.x[i], s->x[i]);
	for (u32 i = 0; i < 32; i++)
		if (memcmp(fake_fpu[i], s->v[i], 16) != 0)
			fail_msg("%s: v%u differs", text, i);
	if (v->regs.pc != s->pc || vcpu_read(v, CONTEXT_sp_el1) != s->sp)
		fail_msg("%s: pc %lx, sp %lx", text, v->regs.pc, vcpu_read(v, CONTEXT_sp_el1));
}

#define EACH_ACCESS(f)                                                          \
	for (const struct form *f = forms; f < forms + ARRAY_COUNT(forms); f++) \
		if (f->kind == ACCESS && (put_code(form_codes[f - forms]), true))
