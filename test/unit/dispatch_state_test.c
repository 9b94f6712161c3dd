/* SPDX-License-Identifier: Apache-2.0 */
/* What of the guest's state an instruction that EL2 performs heeds, and what it leaves behind. */
#include "world.h"

#define PC       0x40200100UL
#define IDENTITY 0xfe0UL /* of the UART: reads 0x11 */
#define EL0T     0x0UL
#define EL1H     0x5UL
#define SSBS     BIT(12) /* the neighbour of BTYPE, which it lets alone */
#define BTYPE    FIELD(11, 10)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(whatever_is_stepped_over_clears_btype),
		ALONE(an_instruction_that_is_read_clears_btype),
		ALONE(what_is_not_stepped_over_keeps_btype),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
