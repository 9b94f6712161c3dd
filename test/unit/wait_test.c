/* SPDX-License-Identifier: Apache-2.0 */
/* WFI and WFE as a VM's policy: trapped or not, what wakes, times, and conditions of AArch32. */
#include "world.h"

#define PC       0x40200100UL
#define WFX      (EC(0x01) | IL | BIT(24) | 0xeUL << 20)
#define WFI      WFX
#define WFE      (WFX | 1)
#define WFIT(rn) (WFX | 2 | BIT(2) | (u64)(rn) << 5)
#define WFET(rn) (WFX | 3 | BIT(2) | (u64)(rn) << 5)
#define USER_A32 0x10UL
#define USER_T32 0x30UL
#define FLAG_Z   BIT(30)

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	struct vm_description *d = world_describe(2);

	d->wfi = d->wfe = WAIT_TRAP;
	vm = world_vm_of(d);
	v = vm->vcpus[0];
	turn(0);
	v->regs.pc = PC;
	for (u32 i = 0; i < 31; i++)
		v->regs.x[i] = 0x1000 + i;
}

/* The guest enables the interrupt everywhere it can, or everywhere but at its source. */
static void opens(u32 intid, bool enabled)
{
	struct vgic_bank *bank = intid < 32 ? &v->vgic.private : &vm->vgic.shared[intid / 32];
	const struct gich open = {.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff)};

	on_cpu(0);
	vm->vgic.control = 3;
	bank->enabled |= (u32)enabled << intid % 32;
	bank->group1 |= 1U << intid % 32;
	gich_load(&open);
}

static void sleeps(u64 esr)
{
	traps(v, esr);
	assert_true(v->sleeping);
	assert_false(v->loaded);
	assert_false(turn(0));
}

static void goes_on(void)
{
	assert_true(turn(0));
	assert_false(v->sleeping);
	for (u32 i = 0; i < 31; i++)
		assert_int_equal(world_seen.x[i], 0x1000 + i);
}

static u64 hcr(void)
{
	on_cpu(0);
	return read_sysreg(hcr_el2) & (HCR_TWI | HCR_TWE);
}

/* --- the policy --- */

static void policy_is_in_hcr_while_the_vcpu_is_loaded(void **s)
{
	(void)s;
	assert_true(v->loaded);
	assert_int_equal(hcr(), HCR_TWI | HCR_TWE);
	vcpu_unload(v);
	assert_int_equal(hcr(), 0);
}

static void each_word_is_a_bit(void **s)
{
	(void)s;
	for (u32 i = 0; i < 3; i++) {
		struct vm_description *d = world_describe(1);

		d->wfi = i & 1 ? WAIT_TRAP : WAIT_NATIVE;
		d->wfe = i & 2 ? WAIT_TRAP : WAIT_NATIVE;
		assert_int_equal(world_vm_of(d)->vcpus[0]->controls & (HCR_TWI | HCR_TWE),
		                 (i & 1 ? HCR_TWI : 0) | (i & 2 ? HCR_TWE : 0));
	}
}

/* --- WFI --- */

static void wfi_sleeps_behind_itself_until_a_device_interrupts(void **s)
{
	(void)s;
	opens(VGIC_UART_INTID, true);
	vm->uart.mask = 0x10;
	v->regs.pstate |= 0x3c0; /* masked: it wakes all the same */
	sleeps(WFI);
	vuart_receive(vm, 'x');
	goes_on();
	assert_int_equal(world_seen.pc, PC + 4);
}

static void wfi_wakes_for_the_timer(void **s)
{
	(void)s;
	opens(TIMER_VIRTUAL_PPI, true);
	vcpu_write(v, CONTEXT_cntv_ctl_el0, 1);
	vcpu_write(v, CONTEXT_cntv_cval_el0, timer_now() - vm->counter_offset + 500);
	sleeps(WFI);
	timer_fake_advance(499);
	assert_false(turn(0));
	timer_fake_advance(1);
	assert_true(timer_fake_due());
	goes_on();
}

static void wfi_does_not_wake_for_what_is_disabled(void **s)
{
	(void)s;
	opens(VGIC_UART_INTID, false);
	vm->uart.mask = 0x10;
	sleeps(WFI);
	vuart_receive(vm, 'x');
	assert_false(turn(0));
	assert_true(v->sleeping);
}

static void wfi_with_an_interrupt_pending_is_over_at_once(void **s)
{
	(void)s;
	opens(VGIC_UART_INTID, true);
	vm->uart.mask = 0x10;
	vuart_receive(vm, 'x');
	traps(v, WFI);
	goes_on();
	assert_int_equal(world_seen.pc, PC + 4);
}

static void sleeping_vcpu_leaves_when_its_vm_ends(void **s)
{
	(void)s;
	sleeps(WFI);
	life_end(vm, END_OFF);
	for (u32 i = 0; i < 50; i++)
		turn(i % 2);
	assert_int_equal(vm->state, VM_ENDED);
}

static void what_was_slept_is_counted(void **s)
{
	u64 waited = v->counters.waited, exits = v->counters.exits[1].count;

	(void)s;
	opens(VGIC_UART_INTID, true);
	vm->uart.mask = 0x10;
	sleeps(WFI);
	timer_fake_advance(1000);
	vuart_receive(vm, 'x');
	goes_on();
	assert_true(v->counters.waited - waited >= 1000);
	assert_int_equal(v->counters.exits[1].count, exits + 1);
}

/* --- WFE --- */

static void wfe_is_over_at_once_and_counts(void **s)
{
	(void)s;
	for (u32 i = 1; i < 4; i++) {
		traps(v, WFE);
		assert_false(v->sleeping);
		assert_true(v->loaded);
		assert_int_equal(v->regs.pc, PC + 4 * i);
		assert_int_equal(v->counters.exits[1].count, i);
	}
	traps(v, WFET(3));
	assert_int_equal(v->regs.pc, PC + 16);
	assert_false(v->sleeping);
}

/* --- with a time --- */

static u64 guest_time(void) { return timer_now() - vm->counter_offset; }

static void wfit_ends_at_its_time(void **s)
{
	(void)s;
	v->regs.x[5] = guest_time() + 700;
	traps(v, WFIT(5));
	assert_true(v->sleeping);
	v->regs.x[5] = 0x1005;
	timer_fake_advance(699);
	assert_false(timer_fake_due());
	assert_false(turn(0));
	timer_fake_advance(1);
	assert_true(timer_fake_due());
	goes_on();
	assert_int_equal(world_seen.pc, PC + 4);
}

static void wfit_wakes_for_an_interrupt_before(void **s)
{
	(void)s;
	opens(VGIC_UART_INTID, true);
	vm->uart.mask = 0x10;
	v->regs.x[5] = guest_time() + 700;
	traps(v, WFIT(5));
	v->regs.x[5] = 0x1005;
	assert_false(turn(0));
	vuart_receive(vm, 'x');
	goes_on();
	assert_false(timer_fake_due());
}

static void wfit_reads_any_register(void **s)
{
	(void)s;
	for (u32 rn = 18; rn < 31; rn++) {
		v->regs.x[rn] = guest_time() + 100 * (u64)rn;
		traps(v, WFIT(rn));
		assert_true(v->sleeping);
		assert_int_equal(v->asleep_until, v->regs.x[rn]);
		timer_fake_advance(100 * rn);
		assert_true(turn(0));
	}
}

static void wfit_of_the_past_is_over_at_once(void **s)
{
	(void)s;
	traps(v, WFIT(31)); /* XZR: time 0 */
	goes_on();
}

static void wfit_of_never_has_no_time(void **s)
{
	(void)s;
	v->regs.x[5] = ~0UL - 5; /* beyond the end of the machine's counter */
	sleeps(WFIT(5));
	timer_fake_advance(1UL << 40);
	assert_false(turn(0));
}

static void wfit_whose_time_is_not_told_ends_early(void **s)
{
	(void)s;
	traps(v, WFIT(5) & ~BIT(2));
	assert_false(v->sleeping);
	assert_int_equal(v->regs.pc, PC + 4);
}

/* --- a WFIT that is told as a WFI --- */

static u64 to_nothing(u64 address, bool user, bool write)
{
	assert_true(address == v->regs.pc && !user && !write);
	return PAR_F;
}

static void machine_with_wfit(u32 word)
{
	fake_id_register(6, 2, 2);
	assert_int_equal(memory_write(&vm->space, ipa(PC), &word, sizeof(word)), OK);
}

static void wfit_told_as_wfi_has_its_time(void **s)
{
	(void)s;
	machine_with_wfit(0xd5031020 | 20); /* WFIT X20 */
	v->regs.x[20] = guest_time() + 300;
	traps(v, WFI);
	assert_true(v->sleeping);
	assert_int_equal(v->asleep_until, v->regs.x[20]);
	assert_int_equal(v->regs.pc, PC + 4);
}

static void wfi_where_there_is_wfit_has_no_time(void **s)
{
	(void)s;
	machine_with_wfit(0xd503207f);
	sleeps(WFI);
	assert_int_equal(v->asleep_until, ~0UL);
}

static void instruction_that_cannot_be_read_ends_early(void **s)
{
	(void)s;
	machine_with_wfit(0);
	traps(v, WFI); /* another vCPU has changed it since */
	assert_false(v->sleeping);
	v->regs.pc = PC;
	fake_translate = to_nothing;
	traps(v, WFI);
	assert_false(v->sleeping);
	assert_int_equal(v->regs.pc, PC + 4);
}

/* --- AArch32 at EL0 --- */

#define COND(c) (EC(0x01) | IL | BIT(24) | (u64)(c) << 20)
#define THUMB   EC(0x01) /* 16 bits long, no condition told */

static u64 in_it(u64 it) { return USER_T32 | (it >> 2) << 10 | (it & 3) << 25; }

static void wfi_whose_condition_fails_does_nothing(void **s)
{
	(void)s;
	v->regs.pstate = USER_A32;
	traps(v, COND(0)); /* WFIEQ with Z clear */
	assert_false(v->sleeping);
	assert_int_equal(v->regs.pc, PC + 4);
	v->regs.pstate = USER_A32 | FLAG_Z;
	sleeps(COND(0));
	assert_int_equal(v->regs.pc, PC + 8);
}

static void thumb_wfi_takes_its_condition_from_the_it_block(void **s)
{
	(void)s;
	v->regs.pstate = in_it(0x08) | FLAG_Z;
	sleeps(THUMB);
	assert_int_equal(v->regs.pc, PC + 2);
	assert_int_equal(v->regs.pstate, USER_T32 | FLAG_Z);
}

static void thumb_wfi_whose_condition_fails_advances_the_it_block(void **s)
{
	(void)s;
	v->regs.pstate = in_it(0x0e); /* EQ, three more to come; Z clear */
	traps(v, THUMB);
	assert_false(v->sleeping);
	assert_int_equal(v->regs.pc, PC + 2);
	assert_int_equal(v->regs.pstate, in_it(0x1c));
}

static void thumb_wfi_outside_of_a_block_sleeps(void **s)
{
	(void)s;
	v->regs.pstate = USER_T32;
	sleeps(THUMB);
	assert_int_equal(v->regs.pc, PC + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(policy_is_in_hcr_while_the_vcpu_is_loaded),
		ALONE(each_word_is_a_bit),
		ALONE(wfi_sleeps_behind_itself_until_a_device_interrupts),
		ALONE(wfi_wakes_for_the_timer),
		ALONE(wfi_does_not_wake_for_what_is_disabled),
		ALONE(wfi_with_an_interrupt_pending_is_over_at_once),
		ALONE(sleeping_vcpu_leaves_when_its_vm_ends),
		ALONE(what_was_slept_is_counted),
		ALONE(wfe_is_over_at_once_and_counts),
		ALONE(wfit_ends_at_its_time),
		ALONE(wfit_wakes_for_an_interrupt_before),
		ALONE(wfit_reads_any_register),
		ALONE(wfit_of_the_past_is_over_at_once),
		ALONE(wfit_of_never_has_no_time),
		ALONE(wfit_whose_time_is_not_told_ends_early),
		ALONE(wfit_told_as_wfi_has_its_time),
		ALONE(wfi_where_there_is_wfit_has_no_time),
		ALONE(instruction_that_cannot_be_read_ends_early),
		ALONE(wfi_whose_condition_fails_does_nothing),
		ALONE(thumb_wfi_takes_its_condition_from_the_it_block),
		ALONE(thumb_wfi_whose_condition_fails_advances_the_it_block),
		ALONE(thumb_wfi_outside_of_a_block_sleeps),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
