/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher through the real loop: calls, system registers, device accesses, aborts, instruction lengths. */
#include "world.h"

#define PC     0x40200100UL
#define UARTDR VUART_BASE
#define RTCDR  VRTC_BASE
/* Direction, register and encoding of a trapped MRS or MSR. */
#define SYSREG(op0, op1, crn, crm, op2, rt, read)                                                    \
	(EC(0x18) | IL | (u64)(op0) << 20 | (u64)(op2) << 17 | (u64)(op1) << 14 | (u64)(crn) << 10 | \
	 (u64)(rt) << 5 | (u64)(crm) << 1 | (read))
#define MRS_ID_PFR0(rt) SYSREG(3, 0, 0, 4, 0, rt, 1)
#define MSR_UNKNOWN     SYSREG(3, 0, 15, 7, 5, 1, 0)
#define ARM32_THUMB     0x30UL /* EL0, T32 */

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	fake_id_register(4, 0, 0x1111);
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	v->regs.pc = PC;
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
	for (u32 i = 0; i < 31; i++)
		v->regs.x[i] = 0x1000 + i;
}

/* The guest is at its vector for an exception at EL1 with SP_EL1, with this syndrome. */
static void has_taken(u64 esr)
{
	assert_int_equal(v->regs.pc, 0x50000200);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), esr);
	assert_int_equal(vcpu_read(v, CONTEXT_elr_el1), PC);
}

/* --- calls --- */

static void hvc_returns_behind_itself(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000000;
	traps(v, HVC);
	assert_int_equal(v->regs.pc, PC);
	assert_int_equal(v->regs.x[0], 0x10001);
}

static void smc_is_stepped_over(void **s)
{
	(void)s;
	v->regs.x[0] = 0x84000000;
	traps(v, SMC);
	assert_int_equal(v->regs.pc, PC + 4);
	assert_int_equal(v->regs.x[0], 0x10001);
}

static void unknown_call_answers_not_supported_and_keeps_the_rest(void **s)
{
	(void)s;
	v->regs.x[0] = 0xc6001234;
	traps(v, HVC);
	assert_int_equal(v->regs.x[0], ~0UL);
	for (u32 i = 1; i < 31; i++)
		assert_int_equal(v->regs.x[i], 0x1000 + i);
}

static void step_ends_a_single_step_of_the_guest(void **s)
{
	(void)s;
	v->regs.pstate |= BIT(21);
	v->regs.x[0] = 0x84000000;
	traps(v, SMC);
	assert_false(v->regs.pstate & BIT(21));
}

/* --- system registers --- */

static void mrs_of_an_id_register_delivers_what_guests_see(void **s)
{
	(void)s;
	traps(v, MRS_ID_PFR0(7));
	assert_int_equal(v->regs.x[7], 0x0011); /* EL3 and EL2 are not there */
	assert_int_equal(v->regs.pc, PC + 4);
}

static void mrs_to_xzr_changes_no_register(void **s)
{
	struct regs before = v->regs;

	(void)s;
	traps(v, MRS_ID_PFR0(31));
	assert_memory_equal(v->regs.x, before.x, sizeof(before.x));
	assert_int_equal(v->regs.pc, PC + 4);
}

static void msr_from_xzr_writes_zero(void **s)
{
	(void)s;
	v->timer.control = 3;
	traps(v, SYSREG(3, 3, 14, 2, 1, 31, 0)); /* CNTP_CTL_EL0 */
	assert_int_equal(v->timer.control, 0);
}

static void msr_of_a_row_takes_its_register(void **s)
{
	(void)s;
	v->regs.x[30] = 0x1234567890;
	traps(v, SYSREG(3, 3, 14, 2, 2, 30, 0)); /* CNTP_CVAL_EL0 */
	assert_int_equal(v->timer.cval, 0x1234567890);
}

static void unknown_encoding_is_undefined(void **s)
{
	(void)s;
	traps(v, MSR_UNKNOWN);
	has_taken(IL);
}

static void write_of_an_id_register_is_undefined(void **s)
{
	(void)s;
	traps(v, MRS_ID_PFR0(1) & ~1UL);
	has_taken(IL);
}

static void unknown_exception_class_is_undefined_in_the_guest(void **s)
{
	(void)s;
	traps(v, EC(0x07) | IL | 0x1e00000); /* FP access */
	has_taken(IL);
}

static void narrow_instruction_is_undefined_without_il(void **s)
{
	(void)s;
	v->regs.pstate = ARM32_THUMB;
	traps(v, EC(0x05));
	assert_int_equal(v->regs.pc, 0x50000600);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), 0);
}

/* --- loads --- */

/* Peripheral identification of the UART reads 0x11 at 0xfe0. */
static void load_of_each_size_zero_extends(void **s)
{
	(void)s;
	for (u32 size = 0; size < 3; size++) {
		v->regs.x[5] = ~0UL;
		faults(v, LOAD(size, 5, 0), 0xffff000000000fe0, VUART_BASE);
		assert_int_equal(v->regs.x[5], 0x11);
	}
	assert_int_equal(v->regs.pc, PC + 12);
}

/* The third byte of the cell identification, 0xb1, is negative as a byte. */
static void signed_byte_load_extends_to_64_bits(void **s)
{
	(void)s;
	faults(v, LOAD(0, 5, 1) | SIGNED, 0xffc, VUART_BASE);
	assert_int_equal(v->regs.x[5], 0xffffffffffffffb1);
}

static void signed_byte_load_to_a_w_register_clears_the_upper_half(void **s)
{
	(void)s;
	faults(v, LOAD(0, 5, 0) | SIGNED, 0xffc, VUART_BASE);
	assert_int_equal(v->regs.x[5], 0xffffffb1);
}

static void signed_word_load_extends_the_rtc(void **s)
{
	(void)s;
	vm->rtc.offset = 0x80000005;
	faults(v, LOAD(2, 9, 1) | SIGNED, 0, VRTC_BASE);
	assert_int_equal(v->regs.x[9], 0xffffffff80000005);
}

static void unsigned_word_load_leaves_the_upper_half_zero(void **s)
{
	(void)s;
	vm->rtc.offset = 0x80000005;
	faults(v, LOAD(2, 9, 1), 0, VRTC_BASE);
	assert_int_equal(v->regs.x[9], 0x80000005);
}

static void doubleword_load_of_the_redistributor(void **s)
{
	(void)s;
	faults(v, LOAD(3, 9, 1), 0x8, VGIC_REDIST_BASE); /* GICR_TYPER */
	u64 typer = v->regs.x[9];
	faults(v, LOAD(3, 9, 1), 0x8, VGIC_REDIST_BASE + 0x20000);
	assert_int_equal(v->regs.x[9] >> 32, (typer >> 32) + 1); /* affinity of the second vCPU */
}

static void load_to_xzr_reads_and_forgets(void **s)
{
	struct regs before = v->regs;

	(void)s;
	vuart_receive(vm, 'x');
	faults(v, LOAD(2, 31, 0), 0, UARTDR);
	assert_memory_equal(v->regs.x, before.x, sizeof(before.x));
	assert_int_equal(vm->uart.count, 0);
}

/* --- stores --- */

static void store_of_each_size_writes_only_its_bytes(void **s)
{
	(void)s;
	v->regs.x[3] = 0xffffffffffffff0a;
	for (u32 size = 0; size < 3; size++)
		faults(v, STORE(size, 3), 0x24, VUART_BASE); /* UARTIBRD */
	assert_int_equal(vm->uart.baud_whole, 0xff0a);
	faults(v, STORE(0, 3), 0x24, VUART_BASE);
	assert_int_equal(vm->uart.baud_whole, 0x0a);
}

static void store_from_xzr_writes_zero(void **s)
{
	(void)s;
	vm->uart.mask = 0x7f;
	faults(v, STORE(2, 31), 0x38, VUART_BASE);
	assert_int_equal(vm->uart.mask, 0);
}

static void store_to_the_uart_is_printed(void **s)
{
	const char *text = "hello\n";

	(void)s;
	for (u32 i = 0; text[i]; i++) {
		v->regs.x[2] = (u8)text[i];
		faults(v, STORE(0, 2), 0, UARTDR);
	}
	assert_true(printed("vm1 |\033[0m hello\n"));
}

/* --- where nothing answers --- */

static void load_from_nowhere_is_an_external_abort(void **s)
{
	(void)s;
	faults(v, LOAD(2, 1, 0), 0xffff800012345678, WORLD_BAD);
	has_taken(EC(0x25) | IL | 0x10);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), 0xffff800012345678);
	assert_int_equal(v->regs.x[1], 0x1001);
}

static void store_to_nowhere_says_it_was_a_write(void **s)
{
	(void)s;
	faults(v, STORE(2, 1), 0x5678, WORLD_BAD);
	has_taken(EC(0x25) | IL | BIT(6) | 0x10);
}

/* The device is not read for the walk, whatever the syndrome of the access would allow. */
static void walk_through_a_device_aborts_at_the_address_walked_for(void **s)
{
	(void)s;
	vuart_receive(vm, 'x');
	faults(v, LOAD(2, 1, 0) | BIT(7), 0xffff000012345000, VUART_BASE);
	has_taken(EC(0x25) | IL | 0x10);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), 0xffff000012345000);
	assert_int_equal(vm->uart.count, 1);
}

static void device_access_without_a_syndrome_is_performed(void **s)
{
	static const u32 load = 0xb8404414; /* LDR W20, [X0], #4 */

	(void)s;
	assert_int_equal(memory_write(&vm->space, ipa(PC), &load, sizeof(load)), OK);
	v->regs.x[0] = UARTDR + 0xfe0;
	faults(v, ABORT_IL | 6, UARTDR + 0xfe0, UARTDR + 0xfe0);
	assert_int_equal(v->regs.x[20], 0x11);
	assert_int_equal(v->regs.x[0], UARTDR + 0xfe4);
	assert_int_equal(v->regs.pc, PC + 4);
}

static void cache_maintenance_of_a_device_is_stepped_over(void **s)
{
	(void)s;
	faults(v, ABORT_IL | BIT(8) | BIT(6) | 6, 0, UARTDR);
	assert_int_equal(v->regs.pc, PC + 4);
}

/* ISS of a data abort: CM, and WnR with it (Arm ARM D19.2.37). */
static void cache_maintenance_of_nothing_aborts_as_such(void **s)
{
	(void)s;
	faults(v, ABORT_IL | BIT(8) | BIT(6) | 6, 0, WORLD_BAD);
	has_taken(EC(0x25) | IL | BIT(8) | BIT(6) | 0x10);
}

/* AT S1E1R, whose walk stage 2 stops. */
static void translation_by_instruction_that_aborts_says_so(void **s)
{
	(void)s;
	faults(v, ABORT_IL | BIT(8) | BIT(7) | BIT(6) | 6, 0x1234, WORLD_BAD);
	has_taken(EC(0x25) | IL | BIT(8) | BIT(6) | 0x10);
}

static void frame_behind_the_last_vcpu_is_not_there(void **s)
{
	(void)s;
	faults(v, LOAD(2, 1, 0), 0, VGIC_REDIST_BASE + 2 * 0x20000);
	has_taken(EC(0x25) | IL | 0x10);
}

static void byte_before_a_device_is_not_there(void **s)
{
	(void)s;
	faults(v, LOAD(0, 1, 0), 0xfff, VUART_BASE - 0x1000);
	has_taken(EC(0x25) | IL | 0x10);
}

static void abort_from_el0_is_from_a_lower_level(void **s)
{
	(void)s;
	v->regs.pstate = 0;
	faults(v, LOAD(2, 1, 0), 0x77, WORLD_BAD);
	assert_int_equal(v->regs.pc, 0x50000400);
	assert_int_equal(vcpu_read(v, CONTEXT_esr_el1), EC(0x24) | IL | 0x10);
}

static void fetch_from_a_device_aborts(void **s)
{
	(void)s;
	faults(v, FETCH, 0x9000000, VUART_BASE);
	has_taken(EC(0x21) | IL | 0x10);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), 0x9000000);
}

static void fetch_with_a_failing_walk_aborts_at_its_address(void **s)
{
	(void)s;
	faults(v, (FETCH & ~0x3fUL) | BIT(7) | 6, 0x9000000, WORLD_BAD);
	has_taken(EC(0x21) | IL | 0x10);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), 0x9000000);
}

/* The report is the last thing: the VM ends, it does not spin in its vectors. */
static void vectors_that_cannot_be_executed_end_the_vm(void **s)
{
	(void)s;
	faults(v, FETCH, 0x9000000, VUART_BASE);
	assert_int_equal(vm->state, VM_RUNNING);
	faults(v, FETCH, v->regs.pc, WORLD_BAD);
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, END_CRASHED);
	while (turn(0))
		;
	assert_true(printed("its exception vectors cannot be executed"));
}

/* A guest that made a call since has executed something: its vectors work. */
static void trap_from_the_vector_itself_is_progress(void **s)
{
	(void)s;
	faults(v, FETCH, 0x9000000, VUART_BASE);
	v->regs.x[0] = 0x84000000;
	traps(v, HVC); /* back to the first instruction of the vector */
	faults(v, FETCH, v->regs.pc, WORLD_BAD);
	assert_int_equal(vm->state, VM_RUNNING);
}

static void handler_that_ran_may_fault_again(void **s)
{
	(void)s;
	faults(v, FETCH, 0x9000000, VUART_BASE);
	v->regs.pc += 8; /* it got as far as this */
	faults(v, FETCH, 0x9000000, VUART_BASE);
	assert_int_equal(vm->state, VM_RUNNING);
}

/* --- instruction lengths and AArch32 --- */

static void narrow_thumb_load_is_two_bytes_long(void **s)
{
	(void)s;
	v->regs.pstate = ARM32_THUMB;
	faults(v, LOAD(2, 1, 0) & ~IL, 0xfe0, VUART_BASE);
	assert_int_equal(v->regs.pc, PC + 2);
	assert_int_equal(v->regs.x[1], 0x11);
}

static u64 with_it(u64 it) { return ARM32_THUMB | (it >> 2) << 10 | (it & 3) << 25; }

static void it_block_advances_by_one_instruction(void **s)
{
	(void)s;
	v->regs.pstate = with_it(0x0e); /* EQ; three more to come */
	faults(v, LOAD(2, 1, 0), 0xfe0, VUART_BASE);
	assert_int_equal(v->regs.pstate, with_it(0x1c));
}

static void it_block_ends_with_its_last_instruction(void **s)
{
	(void)s;
	v->regs.pstate = with_it(0x18);
	faults(v, LOAD(2, 1, 0), 0xfe0, VUART_BASE);
	assert_int_equal(v->regs.pstate, with_it(0));
}

static void bits_of_the_it_state_do_not_leak_into_aarch64(void **s)
{
	(void)s;
	v->regs.pstate = 0x5 | BIT(25) | BIT(12); /* TCO and SSBS */
	faults(v, LOAD(2, 1, 0), 0xfe0, VUART_BASE);
	assert_int_equal(v->regs.pstate, 0x5 | BIT(25) | BIT(12));
}

static void report_shows_registers_and_names(void **s)
{
	(void)s;
	v->regs.x[17] = 0xfeedfacecafebeef;
	vcpu_write(v, CONTEXT_ttbr0_el1, 0x123456789abc);
	life_fail(v, "of this test");
	while (turn(0))
		;
	console_flush();
	assert_true(printed("vm1: vCPU 0 stopped the machine: of this test"));
	assert_true(printed("feedfacecafebeef"));
	assert_true(printed("ttbr0_el1      0000123456789abc"));
	assert_true(printed("pc 0000000040200100"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(hvc_returns_behind_itself),
		ALONE(smc_is_stepped_over),
		ALONE(unknown_call_answers_not_supported_and_keeps_the_rest),
		ALONE(step_ends_a_single_step_of_the_guest),
		ALONE(mrs_of_an_id_register_delivers_what_guests_see),
		ALONE(mrs_to_xzr_changes_no_register),
		ALONE(msr_from_xzr_writes_zero),
		ALONE(msr_of_a_row_takes_its_register),
		ALONE(unknown_encoding_is_undefined),
		ALONE(write_of_an_id_register_is_undefined),
		ALONE(unknown_exception_class_is_undefined_in_the_guest),
		ALONE(narrow_instruction_is_undefined_without_il),
		ALONE(load_of_each_size_zero_extends),
		ALONE(signed_byte_load_extends_to_64_bits),
		ALONE(signed_byte_load_to_a_w_register_clears_the_upper_half),
		ALONE(signed_word_load_extends_the_rtc),
		ALONE(unsigned_word_load_leaves_the_upper_half_zero),
		ALONE(doubleword_load_of_the_redistributor),
		ALONE(load_to_xzr_reads_and_forgets),
		ALONE(store_of_each_size_writes_only_its_bytes),
		ALONE(store_from_xzr_writes_zero),
		ALONE(store_to_the_uart_is_printed),
		ALONE(load_from_nowhere_is_an_external_abort),
		ALONE(store_to_nowhere_says_it_was_a_write),
		ALONE(walk_through_a_device_aborts_at_the_address_walked_for),
		ALONE(device_access_without_a_syndrome_is_performed),
		ALONE(cache_maintenance_of_a_device_is_stepped_over),
		ALONE(cache_maintenance_of_nothing_aborts_as_such),
		ALONE(translation_by_instruction_that_aborts_says_so),
		ALONE(frame_behind_the_last_vcpu_is_not_there),
		ALONE(byte_before_a_device_is_not_there),
		ALONE(abort_from_el0_is_from_a_lower_level),
		ALONE(fetch_from_a_device_aborts),
		ALONE(fetch_with_a_failing_walk_aborts_at_its_address),
		ALONE(vectors_that_cannot_be_executed_end_the_vm),
		ALONE(trap_from_the_vector_itself_is_progress),
		ALONE(handler_that_ran_may_fault_again),
		ALONE(narrow_thumb_load_is_two_bytes_long),
		ALONE(it_block_advances_by_one_instruction),
		ALONE(it_block_ends_with_its_last_instruction),
		ALONE(bits_of_the_it_state_do_not_leak_into_aarch64),
		ALONE(report_shows_registers_and_names),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
