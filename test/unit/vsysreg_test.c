/* SPDX-License-Identifier: Apache-2.0 */
/* The system register space: every encoding has a row, and answers as the row declares. */
#include "world.h"

#include "virtual/vgic_interface.h"

#define KEY(op0, op1, crn, crm, op2) VSYSREG_KEY(op0, op1, crn, crm, op2)

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	fake_id_register(4, 0, 1UL << 28 | 0x1111); /* RAS: its row declares what a guest with it sees */
	fake_id_register(4, 1, 2UL << 8);           /* and MTE */
	world_pmu(PMU_V3P4, 31);
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	turn(0);
}

/* --- the table, expanded whole --- */

enum { X = -1 };
struct row {
	s32 op0, op1, crn, crm, op2;
	const char *name, *answers, *by;
	reg_function read, write;
	reg_function in_software[2]; /* of the GIC's CPU interface: read, write */
};
static enum verdict some(struct vcpu *vcpu, struct access *a) { return (void)vcpu, (void)a, DONE; }
/* Their functions are vsysreg.c's own. */
#define oslsr_read  some
#define sre_read    some
#define gmid_read   some
#define erridr_read some
static const struct row rows[] = {
#define DIRECT(op0, op1, crn, crm, op2, name, answers) \
	{op0, op1, crn, crm, op2, name, answers, "direct", NULL, NULL, {NULL}},
#define INTERFACE(op0, op1, crn, crm, op2, name, answers, read, write, by) \
	{op0, op1, crn, crm, op2, name, answers, by, NULL, NULL, {read, write}},
#define IDENTITY(op0, op1, crn, crm, op2, name, by) \
	{op0, op1, crn, crm, op2, name, "c---", by, some, NULL, {NULL}},
#define UNDEFINED(op0, op1, crn, crm, op2, name, by) \
	{op0, op1, crn, crm, op2, name, "----", by, NULL, NULL, {NULL}},
#define TRAPPED(op0, op1, crn, crm, op2, name, answers, read, write, by) \
	{op0, op1, crn, crm, op2, name, answers, by, read, write, {NULL}},
#include "virtual/vsysreg.def"
};

static bool fits(s32 want, u32 have) { return want == X || (u32)want == have; }

/* The last row that fits bits 20 to 5 of an instruction. */
static u32 row_at(u32 n)
{
	for (u32 i = ARRAY_COUNT(rows); i-- > 0;) {
		const struct row *r = &rows[i];

		if (fits(r->op0, n >> 14) && fits(r->op1, n >> 11 & 7) && fits(r->crn, n >> 7 & 15) &&
		    fits(r->crm, n >> 3 & 15) && fits(r->op2, n & 7))
			return i;
	}
	return ARRAY_COUNT(rows);
}

static u32 key_at(u32 n) { return KEY(n >> 14, n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7); }

enum { FIRST = 1 << 14, END = 4 << 14 }; /* op0 = 1 to 3 */

static void every_encoding_has_a_row_and_every_row_an_encoding(void **s)
{
	bool used[ARRAY_COUNT(rows)] = {false};

	(void)s;
	for (u32 n = FIRST; n < END; n++) {
		assert_true(row_at(n) < ARRAY_COUNT(rows));
		used[row_at(n)] = true;
	}
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++)
		if (!used[i])
			fail_msg("no encoding is answered by the row of %s", rows[i].name);
}

static void answers_are_four_letters_and_agree_with_the_functions(void **s)
{
	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *r = &rows[i];

		assert_true(r->name[0] && r->by[0]);
		assert_int_equal(strlen(r->answers), 4);
		assert_int_equal(strspn(r->answers, "decz-"), 4);
		assert_int_equal(strspn(r->answers, "d-") == 4, !r->read && !r->write);
		if (!r->read && !r->write)
			continue;
		assert_int_equal(r->answers[0] != '-', r->read != NULL);
		assert_int_equal(r->answers[1] != '-', r->write != NULL);
		assert_int_equal(r->answers[0] == 'z', r->read == reg_read_zero);
		assert_int_equal(r->answers[1] == 'z', r->write == reg_write_ignore);
	}
}

/* 49,152 encodings, both ways: what is trapped and not declared as answered is undefined. */
static void every_encoding_answers_as_its_row_declares(void **s)
{
	u32 done = 0;

	(void)s;
	for (u32 n = FIRST; n < END; n++)
		for (u32 write = 0; write < 2; write++) {
			struct access a = {.offset = key_at(n),
			                   .size = 8,
			                   .write = write,
			                   .value = 0x0123456789abcdefUL * n};
			const struct row *r = &rows[row_at(n)];
			bool there = (write ? r->write : r->read) != NULL;

			assert_int_equal(vsysreg_access(v, &a), there ? DONE : UNDEF);
			done += there;
		}
	assert_true(done >= 56 + 20);
	assert_int_equal(spinlock_fake_held(), 0);
}

/* The CPU interface's registers are answered in the directions that they have, and only in such a VM. */
static void an_interface_in_software_answers_and_no_other(void **s)
{
	u32 answered = 0;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		const char *by = r->by;

		if (strncmp(by, "ICH_HCR_EL2.TC", 14) && strncmp(by, "ICH_HCR_EL2.TALL", 16))
			continue;
		for (u32 write = 0; write < 2; write++) {
			struct access a = {.offset = KEY((u32)r->op0, (u32)r->op1, (u32)r->crn, (u32)r->crm,
			                                 (u32)r->op2),
			                   .size = 8,
			                   .write = write};

			assert_true(!r->in_software[write] || r->answers[write] == 'd');
			vm->vgic.software = false;
			assert_int_equal(vsysreg_access(v, &a), UNDEF);
			vm->vgic.software = true;
			assert_int_equal(vsysreg_access(v, &a), r->in_software[write] ? DONE : UNDEF);
			answered += r->in_software[write] != NULL;
		}
	}
	vm->vgic.software = false;
	assert_int_equal(answered, 8 * 2 + 7);
	assert_int_equal(spinlock_fake_held(), 0);
}

static void key_is_taken_from_the_syndrome_bit_by_bit(void **s)
{
	(void)s;
	for (u32 op0 = 0; op0 < 4; op0++)
		for (u32 op1 = 0; op1 < 8; op1++)
			for (u32 crn = 0; crn < 16; crn++)
				for (u32 rest = 0; rest < 128; rest++) {
					u64 iss = op0 << 20 | (rest & 7) << 17 | op1 << 14 | crn << 10 |
					          rest >> 3 << 1;

					assert_int_equal(VSYSREG_KEY_OF_ISS(iss | 0x3e1),
					                 KEY(op0, op1, crn, rest >> 3, rest & 7));
				}
}

static void reads_that_are_zero_say_so(void **s)
{
	const u32 keys[] = {KEY(3, 0, 1, 0, 1), KEY(2, 0, 1, 0, 0), KEY(2, 0, 1, 3, 4), KEY(2, 3, 0, 1, 0)};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++) {
		struct access a = {.offset = keys[i], .size = 8, .value = ~0UL};

		assert_int_equal(vsysreg_access(v, &a), DONE);
		assert_int_equal(a.value, 0);
	}
}

static void os_lock_is_there_and_open(void **s)
{
	struct access a = {.offset = KEY(2, 0, 1, 1, 4), .size = 8};

	(void)s;
	assert_int_equal(vsysreg_access(v, &a), DONE);
	assert_int_equal(a.value, 8);
}

static void physical_counter_reads_the_vms_time(void **s)
{
	struct access a = {.offset = KEY(3, 3, 14, 0, 1), .size = 8};

	(void)s;
	timer_fake_advance(4242);
	assert_int_equal(vsysreg_access(v, &a), DONE);
	assert_int_equal(a.value, 4242);
}

static void lor_registers_and_what_else_is_hidden_are_undefined(void **s)
{
	/* PMUACR_EL1, LORC_EL1, ZCR_EL1, SMCR_EL1, RGSR_EL1, AMCR_EL0, TRCPRGCTLR, PMSCR_EL1. */
	const u32 keys[] = {KEY(3, 0, 9, 14, 4), KEY(3, 0, 10, 4, 3), KEY(3, 0, 1, 2, 0), KEY(3, 0, 1, 2, 6),
	                    KEY(3, 0, 1, 0, 5),  KEY(3, 3, 13, 2, 0), KEY(2, 1, 0, 1, 0), KEY(3, 0, 9, 9, 0)};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(keys); i++) {
		struct access a = {.offset = keys[i], .size = 8};

		assert_int_equal(vsysreg_access(v, &a), UNDEF);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_encoding_has_a_row_and_every_row_an_encoding),
		ALONE(answers_are_four_letters_and_agree_with_the_functions),
		ALONE(every_encoding_answers_as_its_row_declares),
		ALONE(an_interface_in_software_answers_and_no_other),
		ALONE(key_is_taken_from_the_syndrome_bit_by_bit),
		ALONE(reads_that_are_zero_say_so),
		ALONE(os_lock_is_there_and_open),
		ALONE(physical_counter_reads_the_vms_time),
		ALONE(lor_registers_and_what_else_is_hidden_are_undefined),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
