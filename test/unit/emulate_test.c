/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores without a syndrome, through the real loop: every form against the interpreter of its text, in the
 * middle of the device and at its edges.
 */
#include "emulate_world.h"

/* The guest has taken an abort, having changed nothing. */
static void aborted(const struct a64_state *s, u64 status, u64 address, bool write, const char *text)
{
	u64 esr = vcpu_read(v, CONTEXT_esr_el1);

	if (v->regs.pc != 0x50000200 || vcpu_read(v, CONTEXT_elr_el1) != s->pc)
		fail_msg("%s: no abort; pc %lx", text, v->regs.pc);
	if (esr != ((u64)0x25 << 26 | IL | (write ? BIT(6) : 0) | status) ||
	    vcpu_read(v, CONTEXT_far_el1) != address)
		fail_msg("%s: ESR %lx, FAR %lx, not status %lx at %lx", text, esr,
		         vcpu_read(v, CONTEXT_far_el1), status, address);
	v->regs.pc = s->pc;
	is(s, text);
	assert_int_equal(seen_count, 0);
}

/* The form with its first byte at `at`: its address registers are moved. */
static struct a64_state placed(const struct form *f, u64 at, struct a64_effect *e)
{
	struct a64_state s = fresh(MIDDLE);

	assert_true(a64_model_address(f->text, &s, e));
	u64 by = at - e->address;

	s.sp += by;
	for (u32 i = 0; i < 31; i++)
		if (s.x[i] == MIDDLE)
			s.x[i] += by;
	assert_true(a64_model_address(f->text, &s, e));
	return s;
}

/* The device was accessed by element, in order; unaligned ones by byte. */
static void accessed(const struct a64_effect *e, const char *text)
{
	u32 n = 0;

	for (u32 i = 0; i < e->count; i++) {
		u32 size = e->accesses[i].size, step = e->accesses[i].address % size ? 1 : size;

		for (u32 done = 0; done < size; done += step, n++)
			if (n >= seen_count || seen[n].address != e->accesses[i].address + done ||
			    seen[n].size != step)
				fail_msg("%s: access %u of %u is not %u bytes at %lx", text, n, seen_count,
				         step, e->accesses[i].address + done);
	}
	assert_int_equal(seen_count, n);
}

/* Traps at the byte `faulted`, and does what the model does. */
static void agrees(const struct form *f, struct a64_state s, u64 faulted)
{
	static u8 after[sizeof(bytes)];
	const struct a64_memory memory = {DEVICE, sizeof(after), after};
	struct a64_effect e;

	memcpy(after, bytes, sizeof(bytes));
	give(&s);
	if (!a64_model_execute(f->text, &s, &memory, &e))
		fail_msg("%s: the model does not understand it", f->text);
	faults(v, BLIND(e.write), faulted, faulted);
	is(&s, f->text);
	if (memcmp(bytes, after, sizeof(after)) != 0)
		fail_msg("%s: the device holds something else", f->text);
	accessed(&e, f->text);
}

static bool is_literal(const struct form *f) { return strstr(f->text, ", .") != NULL; }

static void forms_are_many_and_decoded_as_what_they_are(void **s)
{
	u32 performed = 0;

	(void)s;
	assert_int_equal(form_codes_end - form_codes, ARRAY_COUNT(forms));
	for (u32 i = 0; i < ARRAY_COUNT(forms); i++) {
		if (decode(form_codes[i]).kind != (enum decode_kind)forms[i].kind)
			fail_msg("%s: kind %u, not %u", forms[i].text, decode(form_codes[i]).kind,
			         forms[i].kind);
		performed += forms[i].kind == ACCESS;
	}
	assert_true(performed >= 220);
}

static void every_form_does_what_its_text_says(void **s)
{
	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_state before = fresh(MIDDLE);
		struct a64_effect e;

		assert_true(a64_model_address(f->text, &before, &e));
		agrees(f, before, e.address);
		assert_in_range(translated, 0, 1); /* for what it is called, if it is unaligned */
	}
}

static void every_form_does_it_to_big_endian_data(void **s)
{
	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_state before = fresh(MIDDLE);
		struct a64_effect e;

		before.big_endian = true;
		assert_true(a64_model_address(f->text, &before, &e));
		agrees(f, before, e.address + e.span - 1);
	}
}

/* The abort may tell any byte of it, tagged or not. */
static void every_form_works_when_another_byte_faulted(void **s)
{
	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_effect e;
		struct a64_state before = placed(f, MIDDLE, &e);

		agrees(f, before, e.address + e.span / 2);
		if (is_literal(f))
			continue;
		before = placed(f, MIDDLE | 0xa5UL << 56, &e);
		give(&before);
		faults(v, BLIND(e.write), MIDDLE, MIDDLE);
		assert_int_equal(v->regs.pc, before.pc + 4);
		assert_int_equal(seen[0].address, MIDDLE);
	}
}

static void a_form_across_pages_of_a_device_is_performed(void **s)
{
	u64 edge = align_down(MIDDLE, PAGE_SIZE) + PAGE_SIZE;

	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_effect e;
		struct a64_state before = placed(f, MIDDLE, &e);

		if (is_literal(f) || e.span < 2)
			continue;
		for (u32 inside = 1; inside < e.span; inside += e.span / 4 ? e.span / 4 : 1) {
			before = placed(f, edge - inside, &e);
			agrees(f, before, inside % 2 ? edge - inside : edge);
			assert_in_range(translated, 1,
			                2); /* for what it is called, too, if it is unaligned */
		}
	}
}

static void a_form_across_two_devices_is_performed_on_both(void **s)
{
	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_effect e;
		struct a64_state before = placed(f, SECOND - 1, &e);

		if (is_literal(f) || e.span < 2)
			continue;
		before = placed(f, SECOND - e.span / 2, &e);
		agrees(f, before, SECOND - e.span / 2);
	}
}

/* Any page of stage 1 may follow; nothing is done then. */
static void ends_at_the_page(u64 page, u64 status)
{
	u64 edge = align_down(MIDDLE, PAGE_SIZE) + PAGE_SIZE;

	second_page = page;
	EACH_ACCESS(f)
	{
		struct a64_effect e;
		struct a64_state before = placed(f, edge - 1, &e);

		if (is_literal(f) || e.span < 2)
			continue;
		before = placed(f, edge - e.span / 2, &e);
		give(&before);
		faults(v, BLIND(e.write), e.address, e.address);
		aborted(&before, status, edge, e.write, f->text);
	}
}

static void a_form_half_on_nothing_aborts(void **s)
{
	(void)s;
	ends_at_the_page(WORLD_BAD, EMULATE_EXTERNAL);
}

static void a_form_half_on_memory_is_an_alignment_fault(void **s)
{
	(void)s;
	ends_at_the_page(VM_RAM_BASE + MIB, EMULATE_ALIGNMENT);
}

static void a_form_half_on_what_stage_1_does_not_map_faults_at_stage_1(void **s)
{
	(void)s;
	ends_at_the_page(0x0f << 1 | 1, 0x0f); /* permission, level 3 */
	ends_at_the_page(BIT(9) | 0x06 << 1 | 1, EMULATE_EXTERNAL);
}

static void a_form_that_begins_in_memory_faults_at_its_first_byte(void **s)
{
	struct a64_state before = fresh(DEVICE - 8); /* the page of the code */

	(void)s;
	put_code(0xa9400801); /* LDP X1, X2, [X0] */
	give(&before);
	faults(v, BLIND(false), DEVICE, DEVICE);
	aborted(&before, EMULATE_ALIGNMENT, DEVICE - 8, false, "a pair that begins in RAM");
}

static void what_is_no_access_has_its_own_answer(void **s)
{
	static const u64 status[] = {
		[ATOMIC] = EMULATE_UNSUPPORTED, [ZERO] = EMULATE_ALIGNMENT, [REFUSED] = EMULATE_EXTERNAL};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(forms); i++) {
		struct a64_state before = fresh(MIDDLE);

		if (forms[i].kind == ACCESS || forms[i].kind == TAG)
			continue;
		put_code(form_codes[i]);
		give(&before);
		faults(v, BLIND(true), MIDDLE, MIDDLE);
		assert_int_equal(seen_count, 0);
		if (forms[i].kind != PREFETCH && forms[i].kind != OTHER) {
			aborted(&before, status[forms[i].kind], MIDDLE, true, forms[i].text);
			continue;
		}
		before.pc += forms[i].kind == PREFETCH ? 4 : 0;
		is(&before, forms[i].text);
	}
}

/* No access, whatever the tag: only the base is written back, and what is loaded is 0. */
static void a_device_has_no_tags(void **s)
{
	u32 tried = 0;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(forms); i++) {
		struct a64_state before = fresh(MIDDLE);
		const char *text = forms[i].text, *hash = strchr(text, '#');
		bool on_stack = strstr(text, "[sp"), load = text[0] == 'l', is_after = strstr(text, "], ");
		u64 offset = (u64)(hash ? strtol(hash + 1, NULL, 0) : 0),
		    *base = on_stack ? &before.sp : before.x;
		u64 at = *base + (is_after ? 0 : offset), more = strncmp(text, "st2g", 4) ? 15 : 31;

		if (forms[i].kind != TAG)
			continue;
		tried++;
		put_code(form_codes[i]);
		give(&before);
		faults(v, BLIND(!load), at + more, at + more);
		if (is_after || strchr(text, '!'))
			*base += offset;
		if (strncmp(text, "ldg x", 5) == 0 && text[5] != 'z')
			before.x[text[5] - '0'] &= ~(0xfUL << 56);
		if (strncmp(text, "ldgm x1", 7) == 0)
			before.x[1] = 0;
		before.pc += 4;
		is(&before, text);
		assert_int_equal(seen_count, 0);
		before.pc = fresh(MIDDLE).pc;
		give(&before);
		faults(v, BLIND(!load), at + PAGE_SIZE, at + PAGE_SIZE); /* so it was another */
		is(&before, text);
	}
	assert_true(tried >= 15);
}

/* Of an address inside of the granule or block, it is that one, and what is behind it does not matter. */
static void the_last_granule_of_a_device_is_not_half_of_two(void **s)
{
	u64 end = SECOND + SECOND_SIZE, tried = 0;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(forms); i++) {
		const char *text = forms[i].text, *hash = strchr(text, '#');
		u64 offset = (u64)(hash ? strtol(hash + 1, NULL, 0) : 0);
		struct a64_state before = fresh(end - 1 - offset);

		if (forms[i].kind != TAG || (strncmp(text, "ldg", 3) != 0 && strncmp(text, "stgm", 4) != 0))
			continue;
		tried++;
		put_code(form_codes[i]);
		for (u64 at = end - 16; at < end; at += 15) {
			give(&before);
			faults(v, BLIND(text[0] == 's'), at, at);
			if (v->regs.pc != before.pc + 4)
				fail_msg("%s: pc %lx", text, v->regs.pc);
		}
	}
	assert_true(tried >= 4);
}

static void dc_zva_of_xzr_is_at_address_0(void **s)
{
	struct a64_state before = fresh(MIDDLE);

	(void)s;
	put_code(0xd50b743f);
	give(&before);
	faults(v, BLIND(true), MIDDLE, MIDDLE); /* so it was another */
	is(&before, "dc zva, xzr");
}

/* --- the device's own answers --- */

static void a_later_element_that_fails_leaves_all_registers(void **s)
{
	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_state before = fresh(MIDDLE);
		struct a64_effect e;

		assert_true(a64_model_address(f->text, &before, &e));
		if (e.count < 2)
			continue;
		answer = AGAIN;
		answer_at = e.count - 1;
		give(&before);
		faults(v, BLIND(e.write), e.address, e.address);
		is(&before, f->text);
		assert_int_equal(seen_count, e.count - 1);
		answer = ABORT;
		give(&before);
		faults(v, BLIND(e.write), e.address, e.address);
		seen_count = 0;
		aborted(&before, EMULATE_EXTERNAL, e.address, e.write, f->text);
	}
}

static void an_unaligned_access_with_a_syndrome_is_performed_by_bytes(void **s)
{
	struct a64_state before = fresh(MIDDLE + 3);

	(void)s;
	put_code(0xf9400014); /* LDR X20, [X0] */
	give(&before);
	faults(v, LOAD(3, 20, 1), MIDDLE + 3, MIDDLE + 3);
	assert_int_equal(seen_count, 8);
	assert_memory_equal(&v->regs.x[20], &bytes[MIDDLE + 3 - DEVICE], 8);
	assert_int_equal(v->regs.pc, before.pc + 4);
}

/* Unaligned accesses of what stage 1 calls Device memory; those of Normal memory the tests above make. */
static void what_stage_1_calls_device_takes_no_unaligned_access(void **s)
{
	static const u64 types[] = {0x00UL << 56, 0x04UL << 56, 0x08UL << 56, 0x0cUL << 56};

	(void)s;
	EACH_ACCESS(f)
	{
		struct a64_effect e;
		struct a64_state before = placed(f, MIDDLE, &e);

		stage1_type = types[(f - forms) & 3];
		agrees(f, before, e.address);
		if (is_literal(f) || seen[0].size == 1)
			continue;
		before = placed(f, MIDDLE + 1, &e);
		give(&before);
		faults(v, BLIND(e.write), e.address, e.address);
		aborted(&before, EMULATE_ALIGNMENT, e.address, e.write, f->text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(forms_are_many_and_decoded_as_what_they_are),
		ALONE(every_form_does_what_its_text_says),
		ALONE(every_form_does_it_to_big_endian_data),
		ALONE(every_form_works_when_another_byte_faulted),
		ALONE(a_form_across_pages_of_a_device_is_performed),
		ALONE(a_form_across_two_devices_is_performed_on_both),
		ALONE(a_form_half_on_nothing_aborts),
		ALONE(a_form_half_on_memory_is_an_alignment_fault),
		ALONE(a_form_half_on_what_stage_1_does_not_map_faults_at_stage_1),
		ALONE(a_form_that_begins_in_memory_faults_at_its_first_byte),
		ALONE(what_is_no_access_has_its_own_answer),
		ALONE(a_device_has_no_tags),
		ALONE(the_last_granule_of_a_device_is_not_half_of_two),
		ALONE(dc_zva_of_xzr_is_at_address_0),
		ALONE(a_later_element_that_fails_leaves_all_registers),
		ALONE(an_unaligned_access_with_a_syndrome_is_performed_by_bytes),
		ALONE(what_stage_1_calls_device_takes_no_unaligned_access),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
