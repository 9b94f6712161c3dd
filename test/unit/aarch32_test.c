/* SPDX-License-Identifier: Apache-2.0 */
/* AArch32 at EL0: conditions, IT blocks and coprocessor registers, by themselves and through the loop. */
#include "virtual/aarch32.h"
#include "world.h"

#define PC   0x40200100UL
#define USER 0x10UL
#define T    BIT(5)
#define CV   BIT(24)
#define AL   0xeUL

/* Fields of the ISS of MCR and MRC, MCRR and MRRC; conditions are told, and met. */
#define MCR_ISS(op1, crn, crm, op2, rt, read)                                                      \
	(CV | AL << 20 | (u64)(op2) << 17 | (u64)(op1) << 14 | (u64)(crn) << 10 | (u64)(rt) << 5 | \
	 (u64)(crm) << 1 | (read))
#define MCRR_ISS(op1, crm, rt, rt2, read) \
	(CV | AL << 20 | (u64)(op1) << 16 | (u64)(rt2) << 10 | (u64)(rt) << 5 | (u64)(crm) << 1 | (read))
#define MRC15  (EC(0x03) | IL)
#define MRRC15 (EC(0x04) | IL)
#define MRC14  (EC(0x05) | IL)
#define LDC14  (EC(0x06) | IL)
#define MRRC14 (EC(0x0c) | IL)

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	vm = world_vm(1);
	v = vm->vcpus[0];
	turn(0);
	v->regs.pc = PC;
	v->regs.pstate = USER;
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
	for (u32 i = 0; i < 31; i++)
		v->regs.x[i] = 0x1000 + i;
}

static u64 with_it(u64 it) { return USER | T | (it >> 2) << 10 | (it & 3) << 25; }

/* --- conditions --- */

/* The flags for which each holds, as the Arm ARM's table of condition codes says it (F1.3). */
static bool says_the_table(u32 condition, const char *flags)
{
	bool n = strchr(flags, 'N'), z = strchr(flags, 'Z'), c = strchr(flags, 'C'), o = strchr(flags, 'V');

	switch (condition) {
	case 0: /* EQ */
		return z;
	case 1: /* NE */
		return !z;
	case 2: /* CS */
		return c;
	case 3: /* CC */
		return !c;
	case 4: /* MI */
		return n;
	case 5: /* PL */
		return !n;
	case 6: /* VS */
		return o;
	case 7: /* VC */
		return !o;
	case 8: /* HI */
		return c && !z;
	case 9: /* LS */
		return !c || z;
	case 10: /* GE */
		return n == o;
	case 11: /* LT */
		return n != o;
	case 12: /* GT */
		return !z && n == o;
	case 13: /* LE */
		return z || n != o;
	default: /* AL, and the unconditional space */
		return true;
	}
}

static void every_condition_with_all_flags(void **s)
{
	(void)s;
	for (u64 flags = 0; flags < 16; flags++) {
		char text[5] = "";

		for (u32 i = 0; i < 4; i++)
			if (flags >> i & 1)
				strncat(text, &"VCZN"[i], 1);
		for (u32 condition = 0; condition < 16; condition++) {
			bool met = aarch32_is_executed(CV | (u64)condition << 20, USER | flags << 28);

			assert_int_equal(met, says_the_table(condition, text));
			/* In a block the IT state says it; it is never the unconditional space. */
			if (condition < 15)
				assert_int_equal(
					aarch32_is_executed(0, with_it(condition << 4 | 8) | flags << 28),
					met);
		}
	}
}

static void without_a_condition_told_a32_is_executed(void **s)
{
	(void)s;
	assert_true(aarch32_is_executed(0, USER));
	assert_true(aarch32_is_executed(0, USER | T)); /* T32 outside of a block */
}

static void a_told_condition_goes_before_the_it_state(void **s)
{
	(void)s;
	assert_true(
		aarch32_is_executed(CV | 1UL << 20, with_it(0x08))); /* NE told, EQ in the state, Z clear */
}

/* --- IT blocks (the pseudocode's own example is ITETE) --- */

static void it_state_of_every_block_runs_through_its_conditions(void **s)
{
	static const char *const masks[16] = {NULL, "TTTT", "TTT", "TTTE", "TT", "TTET", "TTE", "TTEE",
	                                      "T",  "TETT", "TET", "TETE", "TE", "TEET", "TEE", "TEEE"};

	(void)s;
	for (u64 mask = 1; mask < 16; mask++) {
		u64 pstate = with_it(mask); /* EQ: T is met with Z set, and E without */

		for (const char *at = masks[mask]; *at; at++) {
			assert_int_equal(aarch32_is_executed(0, pstate | BIT(30)), *at == 'T');
			assert_int_equal(aarch32_is_executed(0, pstate), *at == 'E');
			pstate = aarch32_next(pstate);
		}
		assert_int_equal(pstate, USER | T);
	}
}

static void other_bits_of_pstate_stay(void **s)
{
	u64 others = ~(FIELD(15, 10) | FIELD(26, 25));

	(void)s;
	assert_int_equal(aarch32_next(~0UL) & others, others);
	assert_int_equal(aarch32_next(others), others);
}

/* --- registers --- */

static void cntpct_fills_two_halves(void **s)
{
	(void)s;
	timer_fake_advance(0x123456789);
	u64 now = timer_now() - vm->counter_offset;
	traps(v, MRRC15 | MCRR_ISS(0, 14, 2, 3, 1));
	assert_int_equal(v->regs.x[2], (u32)now);
	assert_int_equal(v->regs.x[3], now >> 32);
	assert_int_equal(v->regs.pc, PC + 4);
	traps(v, MRRC15 | MCRR_ISS(8, 14, 5, 6, 1)); /* CNTPCTSS */
	assert_int_equal(v->regs.x[6], now >> 32);
}

static void cntp_cval_is_written_from_two_halves(void **s)
{
	(void)s;
	v->regs.x[4] = 0xffffffff89abcdef;
	v->regs.x[5] = 0xffffffff01234567;
	traps(v, MRRC15 | MCRR_ISS(2, 14, 4, 5, 0));
	assert_int_equal(v->timer.cval, 0x0123456789abcdef);
}

static void cntp_ctl_and_tval_are_words(void **s)
{
	(void)s;
	v->regs.x[7] = 0xffffffff00000003;
	traps(v, MRC15 | MCR_ISS(0, 14, 2, 1, 7, 0));
	assert_int_equal(v->timer.control, 3);
	v->regs.x[8] = ~0UL;
	traps(v, MRC15 | MCR_ISS(0, 14, 2, 1, 8, 1));
	assert_int_equal(v->regs.x[8] & ~4UL, 3);
	v->timer.cval = timer_now() - vm->counter_offset - 5;
	traps(v, MRC15 | MCR_ISS(0, 14, 2, 0, 8, 1));
	assert_int_equal(v->regs.x[8], 0xfffffffb); /* minus 5, in 32 bits */
}

static void debug_rom_addresses_read_as_zero(void **s)
{
	(void)s;
	traps(v, MRC14 | MCR_ISS(0, 1, 0, 0, 2, 1));
	assert_int_equal(v->regs.x[2], 0);
	traps(v, MRC14 | MCR_ISS(0, 2, 0, 0, 3, 1));
	assert_int_equal(v->regs.x[3], 0);
	traps(v, MRRC14 | MCRR_ISS(0, 1, 4, 5, 1));
	assert_int_equal(v->regs.x[4] | v->regs.x[5], 0);
}

static void debug_status_may_go_to_the_flags(void **s)
{
	(void)s;
	v->regs.pstate = USER | FIELD(31, 28);
	traps(v, MRC14 | MCR_ISS(0, 0, 1, 0, 31, 1));
	assert_int_equal(v->regs.pstate, USER);
	for (u32 i = 0; i < 31; i++)
		assert_int_equal(v->regs.x[i], 0x1000 + i);
}

static void undefined(u64 esr)
{
	v->regs.pc = PC;
	v->regs.pstate = USER;
	traps(v, esr);
	assert_int_equal(v->regs.pc, 0x50000600);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), IL);
	assert_int_equal(vcpu_read(v, CONTEXT_elr_el1), PC);
}

static void what_el0_does_not_have_is_undefined(void **s)
{
	(void)s;
	undefined(MRC15 | MCR_ISS(0, 0, 0, 0, 2, 1));   /* MIDR */
	undefined(MRC15 | MCR_ISS(0, 1, 0, 0, 2, 1));   /* SCTLR */
	undefined(MRC15 | MCR_ISS(1, 14, 2, 1, 2, 1));  /* no opc1 = 1 there */
	undefined(MRC15 | MCR_ISS(0, 14, 15, 7, 2, 1)); /* a counter that is hidden */
	undefined(MRRC15 | MCRR_ISS(0, 12, 2, 3, 0));   /* ICC_SGI1R */
	undefined(MRRC15 | MCRR_ISS(0, 14, 2, 3, 0));   /* CNTPCT cannot be written */
	undefined(MRC14 | MCR_ISS(0, 0, 2, 2, 2, 1));
	undefined(MRC14 | MCR_ISS(7, 1, 0, 0, 2, 1)); /* of Jazelle */
	undefined(MRRC14 | MCRR_ISS(1, 1, 2, 3, 1));
	undefined(LDC14 | CV | AL << 20);
	undefined(EC(0x07) | IL | CV | AL << 20);
}

static void an_access_whose_condition_fails_does_nothing(void **s)
{
	(void)s;
	v->timer.cval = 77;
	traps(v, (MRRC15 | MCRR_ISS(2, 14, 4, 5, 0)) & ~FIELD(23, 20)); /* EQ */
	assert_int_equal(v->timer.cval, 77);
	assert_int_equal(v->regs.pc, PC + 4);
	traps(v, (MRC15 | MCR_ISS(0, 1, 0, 0, 2, 1)) & ~FIELD(23, 20)); /* not even undefined */
	assert_int_equal(v->regs.pc, PC + 8);
}

static void an_access_in_a_block_leaves_the_next_state(void **s)
{
	(void)s;
	v->regs.pstate = with_it(0x06) | BIT(30);
	traps(v, (MRRC15 | MCRR_ISS(0, 14, 2, 3, 1)) & ~CV);
	assert_int_equal(v->regs.x[3], (timer_now() - vm->counter_offset) >> 32);
	assert_int_equal(v->regs.pstate, with_it(0x0c) | BIT(30));
	assert_int_equal(v->regs.pc, PC + 4);
}

static void the_pc_wraps_at_32_bits(void **s)
{
	(void)s;
	v->regs.pc = 0xfffffffc;
	traps(v, MRRC15 | MCRR_ISS(0, 14, 2, 3, 1));
	assert_int_equal(v->regs.pc, 0);
}

/* The same class and syndrome from AArch64 is none of these. */
static void aarch64_has_no_coprocessors_and_no_conditions(void **s)
{
	(void)s;
	v->regs.pstate = 5;
	traps(v, (EC(0x07) | IL) & ~CV);
	assert_int_equal(v->regs.pc, 0x50000200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_condition_with_all_flags),
		ALONE(without_a_condition_told_a32_is_executed),
		ALONE(a_told_condition_goes_before_the_it_state),
		ALONE(it_state_of_every_block_runs_through_its_conditions),
		ALONE(other_bits_of_pstate_stay),
		ALONE(cntpct_fills_two_halves),
		ALONE(cntp_cval_is_written_from_two_halves),
		ALONE(cntp_ctl_and_tval_are_words),
		ALONE(debug_rom_addresses_read_as_zero),
		ALONE(debug_status_may_go_to_the_flags),
		ALONE(what_el0_does_not_have_is_undefined),
		ALONE(an_access_whose_condition_fails_does_nothing),
		ALONE(an_access_in_a_block_leaves_the_next_state),
		ALONE(the_pc_wraps_at_32_bits),
		ALONE(aarch64_has_no_coprocessors_and_no_conditions),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
