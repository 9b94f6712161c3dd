/* SPDX-License-Identifier: Apache-2.0 */
/* What of the guest's state an instruction that EL2 performs heeds, and what it leaves behind: byte order, BTYPE. */
#include "world.h"

#define PC       0x40200100UL
#define IDENTITY 0xfe0UL /* of the UART: reads 0x11 */
#define EL0T     0x0UL
#define EL1H     0x5UL
#define SSBS     BIT(12) /* the neighbour of BTYPE, which it lets alone */
#define BTYPE    FIELD(11, 10)
#define E0E      BIT(24)
#define EE       BIT(25)
#define A32      0x10UL
#define A32_E    (A32 | BIT(9))
#define BLIND    (ABORT_IL | 6)                                  /* no syndrome: ISV is 0 */
#define MRS      (EC(0x18) | IL | 3 << 20 | 4 << 1 | 7 << 5 | 1) /* X7, ID_AA64PFR0_EL1 */
#define WFE      (EC(0x01) | IL | 1)

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	vm = world_vm(1);
	v = vm->vcpus[0];
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
}

/* --- BTYPE: what an instruction that was reached by BR or BLR finds, and none behind it (Arm ARM D8.4.9) --- */

static void steps_over(u64 esr, u64 pstate, u64 left)
{
	v->regs.pc = PC;
	v->regs.pstate = pstate;
	v->regs.x[0] = 0x84000000; /* PSCI_VERSION */
	faults(v, esr, VUART_BASE + IDENTITY, VUART_BASE);
	assert_int_equal(v->regs.pc, PC + (esr == HVC ? 0 : 4));
	if (v->regs.pstate != left)
		fail_msg("ESR %lx: PSTATE is %lx, not %lx", esr, v->regs.pstate, left);
}

static void whatever_is_stepped_over_clears_btype(void **s)
{
	static const u64 traps[] = {HVC, SMC, MRS, WFE, LOAD(2, 1, 0), STORE(2, 1), ABORT_IL | BIT(8) | 6};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(traps); i++)
		for (u64 type = 0; type < 4; type++) {
			u64 pstate = EL1H | SSBS | FIELD(9, 6) | FIELD(31, 28) | FIELD(25, 22);

			steps_over(traps[i], pstate | field_put(BTYPE, type), pstate);
			steps_over(traps[i], EL0T | field_put(BTYPE, type), EL0T);
			steps_over(traps[i], EL1H | BIT(21) | field_put(BTYPE, type), EL1H);
		}
}

static void an_instruction_that_is_read_clears_btype(void **s)
{
	static const u32 load = 0xb9400014; /* LDR W20, [X0] */

	(void)s;
	assert_int_equal(memory_write(&vm->space, ipa(PC), &load, sizeof(load)), OK);
	v->regs.pc = PC;
	v->regs.pstate = EL1H | BTYPE;
	v->regs.x[0] = VUART_BASE + IDENTITY;
	faults(v, BLIND, VUART_BASE + IDENTITY, VUART_BASE);
	assert_int_equal(v->regs.x[20], 0x11);
	assert_int_equal(v->regs.pstate, EL1H);
}

/* It has not been executed, or will be once more. */
static void what_is_not_stepped_over_keeps_btype(void **s)
{
	static const u32 nop = 0xd503201f;

	(void)s;
	assert_int_equal(memory_write(&vm->space, ipa(PC), &nop, sizeof(nop)), OK);
	v->regs.pc = PC;
	v->regs.pstate = EL1H | BTYPE;
	faults(v, BLIND, VUART_BASE + IDENTITY, VUART_BASE); /* so it was another */
	assert_int_equal(v->regs.pc, PC);
	assert_int_equal(v->regs.pstate, EL1H | BTYPE);
	faults(v, LOAD(2, 1, 0), 0, WORLD_BAD);
	assert_int_equal(vcpu_read(v, CONTEXT_spsr_el1), EL1H | BTYPE);
	assert_int_equal(v->regs.pstate & BTYPE, 0); /* of the handler */
}

/* --- the order of bytes: SCTLR_EL1.EE, at EL0 E0E, in AArch32 PSTATE.E (Arm ARM BigEndian()) --- */

static u64 loads(u64 pstate, u64 sctlr, u64 esr, u64 at)
{
	v->regs.pc = PC;
	v->regs.pstate = pstate;
	v->regs.x[5] = 0x5555;
	vcpu_write(v, CONTEXT_sctlr_el1, sctlr);
	faults(v, esr, at, at);
	assert_int_equal(v->regs.pc, PC + 4);
	return v->regs.x[5];
}

static u64 identity(u64 pstate, u64 sctlr)
{
	return loads(pstate, sctlr, LOAD(2, 5, 0), VUART_BASE + IDENTITY);
}

static void a_route_of_the_one_order_is_none_of_the_other(void **s)
{
	(void)s;
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(identity(EL1H, 0), 0x11);
		assert_int_equal(identity(EL1H, EE), 0x11000000);
		assert_int_equal(identity(EL1H, E0E), 0x11);
		assert_int_equal(identity(EL1H, EE | E0E), 0x11000000);
		assert_int_equal(identity(EL0T, EE), 0x11);
		assert_int_equal(identity(EL0T, E0E), 0x11000000);
	}
}

static void an_aarch32_program_has_the_order_of_its_own_pstate(void **s)
{
	static const u64 controls[] = {0, E0E, EE, EE | E0E};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(controls); i++) {
		assert_int_equal(identity(A32, controls[i]), 0x11);
		assert_int_equal(identity(A32_E, controls[i]), 0x11000000);
		assert_int_equal(identity(EL1H, 0), 0x11); /* makes a route */
		assert_int_equal(identity(A32_E, controls[i]), 0x11000000);
	}
}

static void a_big_endian_load_of_aarch32_is_extended(void **s)
{
	(void)s;
	vm->rtc.offset = 0x12348580;
	vm->uart.baud_whole = 0x8580;
	assert_int_equal(loads(A32_E, 0, LOAD(0, 5, 0), VUART_BASE + 0xffc), 0xb1);
	assert_int_equal(loads(A32_E, 0, LOAD(0, 5, 0) | SIGNED, VUART_BASE + 0xffc), 0xffffffb1);
	assert_int_equal(loads(A32_E, 0, LOAD(1, 5, 0), VUART_BASE + 0x24), 0x8085);
	assert_int_equal(loads(A32_E, 0, LOAD(1, 5, 0) | SIGNED, VUART_BASE + 0x24), 0xffff8085);
	assert_int_equal(loads(A32_E, 0, LOAD(2, 5, 0), VRTC_BASE), 0x80853412);
}

static void a_big_endian_store_of_aarch32_is_turned_round(void **s)
{
	(void)s;
	v->regs.pstate = A32_E;
	v->regs.pc = PC;
	v->regs.x[3] = 0xffff12345678;
	faults(v, STORE(1, 3), VUART_BASE + 0x24, VUART_BASE); /* UARTIBRD */
	assert_int_equal(vm->uart.baud_whole, 0x7856);
	assert_int_equal(v->regs.x[3], 0xffff12345678);
	assert_int_equal(v->regs.pc, PC + 4);
	faults(v, STORE(0, 3) & ~IL, VUART_BASE + 0x24, VUART_BASE);
	assert_int_equal(vm->uart.baud_whole, 0x78);
	assert_int_equal(v->regs.pc, PC + 6); /* of 2 bytes */
}

/* Unaligned, or several: as before, nothing tells how. */
static void what_aarch32_does_otherwise_aborts_in_either_order(void **s)
{
	static const u64 states[] = {A32, A32_E};
	static const u64 how[] = {BLIND, LOAD(2, 5, 0)};

	(void)s;
	for (u32 i = 0; i < 4; i++) {
		u64 at = VUART_BASE + IDENTITY + (i & 1 ? 2 : 0);

		v->regs.pstate = states[i / 2];
		v->regs.pc = PC;
		faults(v, how[i & 1], at, at);
		assert_int_equal(v->regs.pc, 0x50000600);
		assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x24) | IL | 0x10);
		assert_int_equal(vcpu_read(v, CONTEXT_far_el1), at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(whatever_is_stepped_over_clears_btype),
		ALONE(an_instruction_that_is_read_clears_btype),
		ALONE(what_is_not_stepped_over_keeps_btype),
		ALONE(a_route_of_the_one_order_is_none_of_the_other),
		ALONE(an_aarch32_program_has_the_order_of_its_own_pstate),
		ALONE(a_big_endian_load_of_aarch32_is_extended),
		ALONE(a_big_endian_store_of_aarch32_is_turned_round),
		ALONE(what_aarch32_does_otherwise_aborts_in_either_order),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
