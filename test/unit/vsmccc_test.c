/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function id has its declared answer. A test goes through all ids whose reserved bits are zero, and through others that
 * spread; with the argument `all` the program goes through all 2^32, which takes two minutes.
 */
#include "virtual/vpsci.h"
#include "virtual/vsmccc.h"
#include "virtual/vtrng.h"
#include "world.h"

#define NOT_SUPPORTED -1UL
#define UPPER         0xdeadbeef00000000UL
#define FAST          BIT(31)
#define HINT          0x10000U
#define RESERVED      0x00fe0000U /* bits of a fast call's id that must be zero */

struct row {
	u32 id;
	const char *name;
	enum verdict (*call)(struct vcpu *v);
	const char *says;
};
struct range {
	u32 first, last;
	const char *owner, *why;
};

#define ANSWERED(id_, name_, function_, says_) \
	{.id = (id_), .name = (name_), .call = (function_), .says = (says_)},
#define REFUSED(id_, name_, why_) {.id = (id_), .name = (name_), .says = (why_)},
#define RANGE(first_, last_, owner_, why_)
static const struct row rows[] = {
#include "virtual/vsmccc.def"
};
#undef ANSWERED
#undef REFUSED
#undef RANGE
#define ANSWERED(id, name, function, says)
#define REFUSED(id, name, why)
#define RANGE(first_, last_, owner_, why_) \
	{.first = (first_), .last = (last_), .owner = (owner_), .why = (why_)},
static const struct range ranges[] = {
#include "virtual/vsmccc.def"
};

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	vm->stolen = pool_take(&pool); /* as if it shared CPUs */
	on_cpu(0);
}

static u64 call(u64 function, u64 x1)
{
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	vsmccc_call(v);
	return v->regs.x[0];
}

/* --- the table --- */

static void every_id_is_declared_once(void **s)
{
	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_true(rows[i].name[0] && rows[i].says[0]);
		assert_true(rows[i].id & FAST && !(rows[i].id & (HINT | RESERVED)));
		for (u32 j = 0; j < i; j++)
			assert_int_not_equal(rows[i].id, rows[j].id);
	}
}

static void ranges_tile_the_whole_space(void **s)
{
	u64 next = 0;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(ranges); i++) {
		assert_int_equal(ranges[i].first, next);
		assert_true(ranges[i].last >= ranges[i].first && ranges[i].owner[0]);
		next = ranges[i].last + 1UL;
	}
	assert_int_equal(next, 1UL << 32);
}

/* The row that answers an id, by the table alone. */
static bool is_answered(u32 id)
{
	if (!(id & FAST) || id & RESERVED)
		return false;
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].id == (id & ~HINT))
			return rows[i].call != NULL;
	return false;
}

static bool may_have_row(u32 id) { return id & FAST && !(id & RESERVED) && (id & 0x3f000000) <= 0x05000000; }

/* Neither done nor remembered: x0 alone changes. */
static void is_refused(u32 id, const struct regs *before)
{
	v->regs.x[0] = id;
	if (vsmccc_call(v) != DONE || v->regs.x[0] != NOT_SUPPORTED)
		fail_msg("%#x answers %#lx", id, v->regs.x[0]);
	if ((id & 0xfff) == 0)
		assert_memory_equal(&v->regs.x[1], &before->x[1], sizeof(*before) - sizeof(u64));
}

/* All ids from `first` on, `step` apart; how many have a row. */
static u32 sweep(u64 first, u64 end, u64 step)
{
	struct regs before;
	u32 answered = 0;

	for (u32 i = 1; i < 31; i++)
		v->regs.x[i] = i * 0x9e3779b97f4a7c15;
	before = v->regs;
	for (u64 id = first; id < end; id += step)
		if (may_have_row((u32)id) && is_answered((u32)id)) {
			assert_true(vsmccc_has((u32)id & ~HINT));
			answered++;
		} else {
			is_refused((u32)id, &before);
		}
	assert_memory_equal(&v->regs.x[1], &before.x[1], sizeof(before) - sizeof(u64));
	assert_int_equal(vm->state, VM_RUNNING);
	return answered;
}

static u32 answered_rows(void)
{
	u32 count = 0;

	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		count += rows[i].call != NULL;
	return count;
}

static void ids_without_reserved_bits_answer_what_is_declared(void **s)
{
	u32 answered = 0;

	(void)s;
	for (u64 owner = 0; owner < 256; owner++)
		answered += sweep(owner << 24, (owner << 24) + 2 * HINT, 1);
	assert_int_equal(answered, 2 * answered_rows()); /* with the hint, and without */
}

static void ids_that_spread_answer_what_is_declared(void **s)
{
	(void)s;
	sweep(1, 1UL << 32, 4099);
}

static void all_ids_answer_what_is_declared(void **s)
{
	(void)s;
	assert_int_equal(sweep(0, 1UL << 32, 1), 2 * answered_rows());
}

static void declared_function_is_what_is_called(void **s)
{
	(void)s;
	assert_int_equal(call(0x84000000, 0), 0x10001);
	assert_int_equal(call(0x84000006, 0), 2);
	assert_int_equal(call(0x84000013, 1), 0);
	assert_true(vm->mem_protect);
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(vsmccc_has(rows[i].id), rows[i].call != NULL);
}

static void function_id_is_32_bits_wide(void **s)
{
	(void)s;
	assert_int_equal(call(UPPER | 0x84000000, 0), 0x10001);
}

/* --- the conduit --- */

static void hint_about_sve_changes_nothing(void **s)
{
	(void)s;
	assert_int_equal(call(0x84010000, 0), 0x10001);
	assert_int_equal(call(UPPER | 0x80010000, 0), 0x10003);
	assert_int_equal(call(0xc4010004, 1), 1); /* AFFINITY_INFO: all of its arguments' bits count */
	assert_int_equal(call(0xc4010004, UPPER | 1), -2UL);
	assert_int_equal(call(0x04010000, 0), NOT_SUPPORTED); /* no fast call */
	assert_int_equal(call(0x84030000, 0), NOT_SUPPORTED);
}

static void immediate_that_is_not_zero_is_nobodys_call(void **s)
{
	const u64 conduits[] = {HVC, SMC};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(conduits); i++)
		for (u64 immediate = 1; immediate < 0x10000; immediate <<= 1) {
			u64 pc = v->regs.pc;

			v->regs.x[0] = 0x84000009;
			traps(v, conduits[i] | immediate);
			assert_int_equal(v->regs.x[0], NOT_SUPPORTED);
			assert_int_equal(v->regs.pc, pc + (conduits[i] == SMC ? 4 : 0));
			assert_int_equal(vm->state, VM_RUNNING);
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_id_is_declared_once),
		ALONE(ranges_tile_the_whole_space),
		ALONE(ids_without_reserved_bits_answer_what_is_declared),
		ALONE(ids_that_spread_answer_what_is_declared),
		ALONE(declared_function_is_what_is_called),
		ALONE(function_id_is_32_bits_wide),
		ALONE(hint_about_sve_changes_nothing),
		ALONE(immediate_that_is_not_zero_is_nobodys_call),
	};
	const struct CMUnitTest all[] = {ALONE(all_ids_answer_what_is_declared)};

	alone_start = start;
	if (argc > 1 && strcmp(argv[1], "all") == 0)
		return cmocka_run_group_tests(all, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
