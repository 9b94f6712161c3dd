/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores without a syndrome: what the specification leaves open, LDRAA, EL0; and the fetch, while others
 * change the code and the tables that lead to it.
 */
#include "emulate_world.h"

/* --- what the specification leaves open --- */

static void run(u32 code, struct a64_state *before, bool write)
{
	put_code(code);
	give(before);
	faults(v, BLIND(write), MIDDLE, MIDDLE);
	assert_int_equal(v->regs.pc, before->pc + 4);
}

static u64 word_at(u64 address) { return *(u64 *)(void *)&bytes[address - DEVICE]; }

static void a_load_into_its_own_base_keeps_what_was_loaded(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	run(0xf8408400, &before, false); /* LDR X0, [X0], #8 */
	assert_int_equal(v->regs.x[0], word_at(MIDDLE));
	run(0xa8c10000, &before, false); /* LDP X0, X0, [X0], #16 */
	assert_int_equal(v->regs.x[0], word_at(MIDDLE + 8));
}

static void a_store_of_its_own_base_stores_it_as_it_was(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	run(0xf8008400, &before, true); /* STR X0, [X0], #8 */
	assert_int_equal(word_at(MIDDLE), MIDDLE);
	assert_int_equal(v->regs.x[0], MIDDLE + 8);
}

/* --- LDRAA: the address is what AUTDA made of the base --- */

static void an_authenticated_load_takes_its_address_from_the_abort(void **s)
{
	u64 high = 0xffff000000000000 | MIDDLE;
	struct a64_state before = fresh(MIDDLE ^ 0x5500000000000000 ^ 0x003a000000000000);

	(void)s;
	vcpu_write(v, CONTEXT_tcr_el1, BIT(37)); /* TBI0 */
	run(0xf8200401, &before, false);         /* LDRAA X1, [X0] */
	assert_int_equal(v->regs.x[1], word_at(MIDDLE));
	assert_int_equal(v->regs.x[0], before.x[0]);
	before.x[0] -= 24;
	run(0xf8203c01, &before, false); /* LDRAA X1, [X0, #24]! */
	assert_int_equal(v->regs.x[0], MIDDLE | 0x5500000000000000);
	before.x[0] = MIDDLE + 32;
	run(0xf8ffcc01, &before, false); /* LDRAB X1, [X0, #-32]! */
	assert_int_equal(v->regs.x[0], MIDDLE);
	before.x[0] = (high ^ 0x0055000000000000) + 4096;
	put_code(0xf8600c01); /* LDRAA X1, [X0, #-4096]! */
	give(&before);
	faults(v, BLIND(false), high, MIDDLE);
	assert_int_equal(v->regs.x[0], high); /* no TBI1 */
}

/* --- the fetch: whatever others do to the code meanwhile, it is executed again or performed whole --- */

static void is_executed_again(const struct a64_state *before, const char *what)
{
	is(before, what);
	assert_int_equal(seen_count, 0);
}

static u64 no_code(u64 address, bool user, bool write)
{
	(void)user, (void)write;
	return align_down(address, PAGE_SIZE) == CODE ? 0x07 << 1 | 1 : translate(address, user, write);
}

static u64 code_on_a_device(u64 address, bool user, bool write)
{
	return align_down(address, PAGE_SIZE) == CODE ? DEVICE : translate(address, user, write);
}

static u64 code_beyond_everything(u64 address, bool user, bool write)
{
	return align_down(address, PAGE_SIZE) == CODE ? FIELD(47, 12) : translate(address, user, write);
}

static void code_that_cannot_be_read_is_executed_again(void **s)
{
	static u64 (*const how[])(u64, bool, bool) = {no_code, code_on_a_device, code_beyond_everything};
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	put_code(0xa9400801);
	for (u32 i = 0; i < ARRAY_COUNT(how); i++) {
		fake_translate = how[i];
		give(&before);
		faults(v, BLIND(false), MIDDLE, MIDDLE);
		is_executed_again(&before, "unreadable code");
	}
	fake_translate = translate;
	before.pc += 2; /* as no A64 instruction is */
	give(&before);
	faults(v, BLIND(false), MIDDLE, MIDDLE);
	is_executed_again(&before, "a PC between instructions");
}

/* Each form was changed into each other since it trapped: it counts if it could be the one that trapped. */
static void code_that_changed_counts_only_if_it_accesses_what_faulted(void **s)
{
	static const u64 far_away[] = {MIDDLE + 0x400, MIDDLE - 0x500, SECOND, DEVICE};

	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_state before = fresh(MIDDLE);
		struct a64_effect e;

		assert_true(a64_model_address(f->text, &before, &e));
		for (u32 i = 0; i < ARRAY_COUNT(far_away); i++) {
			give(&before);
			faults(v, BLIND(e.write), far_away[i], far_away[i]);
			is_executed_again(&before, f->text);
		}
		give(&before);
		faults(v, BLIND(!e.write), e.address, e.address); /* the other direction */
		is_executed_again(&before, f->text);
		give(&before);
		faults(v, BLIND(e.write), e.address + e.span, e.address + e.span);
		is_executed_again(&before, f->text);
		give(&before);
		faults(v, BLIND(e.write), e.address - 1, e.address - 1);
		is_executed_again(&before, f->text);
	}
}

static void atomics_elsewhere_are_executed_again(void **s)
{
	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(forms); i++) {
		struct a64_state before = fresh(MIDDLE);

		if (forms[i].kind != ATOMIC && forms[i].kind != ZERO)
			continue;
		put_code(form_codes[i]);
		give(&before);
		faults(v, BLIND(true), MIDDLE + PAGE_SIZE, MIDDLE + PAGE_SIZE);
		is_executed_again(&before, forms[i].text);
	}
}

/* Any word at all, often near a form: the guest goes on, repeats or aborts, and no access misses what faulted. */
static void whatever_the_code_becomes_is_answered(void **s)
{
	u32 random = 1, performed = 0, repeated = 0, aborts = 0;

	(void)s;
	for (u32 i = 0; i < 60000; i++) {
		struct a64_state before = fresh(MIDDLE);
		bool write;

		random = random * 1664525 + 1013904223;
		u32 code = form_codes[(random >> 8) % ARRAY_COUNT(forms)];
		random = random * 1664525 + 1013904223;
		code ^= i % 4 ? 1U << (random >> 27) : random;
		write = decode(code).write;
		put_code(code);
		give(&before);
		faults(v, BLIND(write), MIDDLE + 8 * (i % 3), MIDDLE + 8 * (i % 3));
		performed += v->regs.pc == before.pc + 4;
		repeated += v->regs.pc == before.pc;
		aborts += v->regs.pc == 0x50000200;
		if (v->regs.pc == before.pc + 4)
			continue;
		v->regs.pc = before.pc;
		is(&before, "changed code");
		assert_int_equal(seen_count, 0);
	}
	assert_int_equal(performed + repeated + aborts, 60000);
	assert_true(performed > 1000 && repeated > 1000 && aborts > 1000);
}

/* --- EL0, its stack, its endianness; AArch32 --- */

static bool asked_as_user, asked_to_write;

static u64 watch_translate(u64 address, bool user, bool write)
{
	if (align_down(address, PAGE_SIZE) != CODE) {
		asked_as_user = user;
		asked_to_write = write;
	}
	return translate(address, user, write);
}

static void crosses(u32 code, u64 pstate, bool write)
{
	u64 edge = align_down(MIDDLE, PAGE_SIZE) + PAGE_SIZE;
	struct a64_state before = fresh(edge - 8);

	fake_translate = watch_translate;
	put_code(code);
	give(&before);
	vcpu_write(v, CONTEXT_sp_el0, edge - 8);
	v->regs.pstate = pstate;
	faults(v, BLIND(write), edge - 4, edge - 4);
	assert_int_equal(v->regs.pc, before.pc + 4);
	assert_int_equal(asked_to_write, write);
}

static void the_second_page_is_translated_as_the_access_is(void **s)
{
	(void)s;
	crosses(0xa9400801, 0x3c5, false); /* LDP X1, X2, [X0] */
	assert_false(asked_as_user);
	crosses(0xa9000801, 0, true);
	assert_true(asked_as_user);
	crosses(0xf8404801, 0x3c5, false); /* LDTR X1, [X0, #4] */
	assert_true(asked_as_user);
	crosses(0xf8404801, 0x3c5 | BIT(23), false); /* with PSTATE.UAO */
	assert_false(asked_as_user);
	crosses(0xa9400be1, 0x3c4, false); /* LDP X1, X2, [SP] with SP_EL0 */
	crosses(0xa9400be1, 0, false);
}

static void el0_has_an_endianness_of_its_own(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	put_code(0xa9400801);
	for (u32 ee = 0; ee < 4; ee++) {
		give(&before);
		vcpu_write(v, CONTEXT_sctlr_el1, (u64)ee << 24); /* E0E, EE */
		v->regs.pstate = 0;
		faults(v, BLIND(false), MIDDLE, MIDDLE);
		assert_int_equal(v->regs.x[1], ee & 1 ? __builtin_bswap64(word_at(MIDDLE)) : word_at(MIDDLE));
	}
}

static void a_big_endian_guest_loads_and_stores_with_a_syndrome_too(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	before.big_endian = true;
	put_code(0xb9400014); /* LDR W20, [X0] */
	give(&before);
	faults(v, LOAD(2, 20, 0), MIDDLE, MIDDLE);
	assert_int_equal(v->regs.x[20], __builtin_bswap32((u32)word_at(MIDDLE)));
	put_code(0x79000001); /* STRH W1, [X0] */
	give(&before);
	faults(v, STORE(1, 1), MIDDLE, MIDDLE);
	assert_int_equal((u16)word_at(MIDDLE), __builtin_bswap16((u16)before.x[1]));
	assert_int_equal(v->regs.pc, before.pc + 4);
}

static void aarch32_takes_an_external_abort(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	put_code(0xa9400801);
	give(&before);
	v->regs.pstate = 0x10;
	faults(v, BLIND(false), MIDDLE, MIDDLE);
	assert_int_equal(v->regs.pc, 0x50000600);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1) & DFSC, EMULATE_EXTERNAL);
	assert_int_equal(seen_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(a_load_into_its_own_base_keeps_what_was_loaded),
		ALONE(a_store_of_its_own_base_stores_it_as_it_was),
		ALONE(an_authenticated_load_takes_its_address_from_the_abort),
		ALONE(code_that_cannot_be_read_is_executed_again),
		ALONE(code_that_changed_counts_only_if_it_accesses_what_faulted),
		ALONE(atomics_elsewhere_are_executed_again),
		ALONE(whatever_the_code_becomes_is_answered),
		ALONE(the_second_page_is_translated_as_the_access_is),
		ALONE(el0_has_an_endianness_of_its_own),
		ALONE(a_big_endian_guest_loads_and_stores_with_a_syndrome_too),
		ALONE(aarch32_takes_an_external_abort),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
