/* SPDX-License-Identifier: Apache-2.0 */
/* The power of a VM's CPUs through the real loop: on and off, sleep, power-down states. */
#include "life_world.h"

/* --- CPUs on and off --- */

static void cpu_on_starts_the_other_cpu_with_its_argument(void **s)
{
	(void)s;
	boot(2);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD + 0x40, 0x1234), 0);
	assert_int_equal(w->power, VCPU_STARTING);
	assert_int_equal(fake_gic_pending_count(1), 1); /* it was kicked */
	assert_int_equal(calls(v, AFFINITY, 1, 0, 0), 2);
	assert_true(turn(1));
	assert_true(turn(1));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x40);
	assert_int_equal(world_seen.x[0], 0x1234);
	assert_int_equal(calls(v, AFFINITY, 1, 0, 0), 0);
}

static void cpu_on_of_a_running_cpu_is_already_on(void **s)
{
	(void)s;
	boot(2);
	assert_int_equal(calls(v, CPU_ON, 0, WORLD_LOAD, 0), -4UL);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 0), 0);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 0), -5UL);
	turn(1);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 0), -4UL);
}

static void cpu_off_leaves_the_cpu_asleep_until_cpu_on(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	calls(w, CPU_OFF, 0, 0, 0);
	assert_int_equal(w->power, VCPU_OFF);
	assert_false(w->loaded);
	assert_false(turn(1));
	assert_int_equal(calls(v, AFFINITY, 1, 0, 0), 1);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD + 8, 5), 0);
	turn(1);
	turn(1);
	assert_int_equal(world_seen.pc, WORLD_LOAD + 8);
}

static void restarted_cpu_finds_registers_as_after_reset(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	on_cpu(1);
	w->regs.x[20] = 0x5ec7e7;
	vcpu_write(w, CONTEXT_ttbr0_el1, 0x1000);
	vcpu_write(w, CONTEXT_sctlr_el1, 1);
	calls(w, CPU_OFF, 0, 0, 0);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	on_cpu(1);
	assert_int_equal(world_seen.x[20], 0);
	assert_int_equal(vcpu_read(w, CONTEXT_ttbr0_el1), 0);
	assert_int_equal(vcpu_read(w, CONTEXT_sctlr_el1), SCTLR_EL1_RESET);
}

static void storm_of_on_and_off_on_four_cpus(void **s)
{
	(void)s;
	boot(4);
	for (u32 round = 0; round < 25; round++) {
		for (u64 i = 1; i < 4; i++)
			assert_int_equal(calls(v, CPU_ON, i, WORLD_LOAD + 4 * round, round), 0);
		for (u32 i = 1; i < 4; i++) {
			turn(i);
			turn(i);
			assert_int_equal(world_seen.pc, WORLD_LOAD + 4 * round);
			calls(vm->vcpus[i], CPU_OFF, 0, 0, 0);
		}
	}
	assert_int_equal(vm->state, VM_RUNNING);
}

/* --- sleep --- */

static void suspended_cpu_does_not_enter_its_guest(void **s)
{
	(void)s;
	boot(1);
	v->regs.x[0] = CPU_SUSPEND;
	v->regs.x[1] = 0;
	traps(v, HVC);
	assert_true(v->sleeping);
	assert_false(turn(0));
	assert_false(turn(0));
}

/* The guest enables the interrupt everywhere it can: distributor or redistributor, group, interface. */
static void opens(struct vcpu *of, u32 intid)
{
	struct vgic_bank *bank = intid < 32 ? &of->vgic.private : &of->vm->vgic.shared[intid / 32];
	const struct gich open = {.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff)};

	on_cpu(of->cpu);
	of->vm->vgic.control = 3;
	bank->enabled |= 1U << intid % 32;
	bank->group1 |= 1U << intid % 32;
	gich_load(&open);
}

static void suspends(struct vcpu *of)
{
	of->regs.x[0] = CPU_SUSPEND;
	of->regs.x[1] = 0;
	traps(of, HVC);
	assert_true(of->sleeping);
	assert_false(turn(of->cpu));
}

static void suspended_cpu_is_woken_by_a_device(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens(v, VGIC_UART_INTID);
	vm->uart.mask = 0x10;
	suspends(v);
	vuart_receive(vm, 'x');
	assert_true(turn(0));
	assert_int_equal(world_seen.x[0], 0);
	assert_true(gich_fake_signals(1));
}

static void suspended_cpu_is_woken_by_its_timer(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens(v, TIMER_VIRTUAL_PPI);
	on_cpu(0);
	vcpu_write(v, CONTEXT_cntv_ctl_el0, 1);
	vcpu_write(v, CONTEXT_cntv_cval_el0, 500);
	suspends(v);
	assert_false(timer_fake_due());
	timer_fake_advance(500);
	assert_true(timer_fake_due()); /* EL2's timer stands for the guest's */
	fake_gic_raise(0, TIMER_EL2_PPI);
	irq_handle(v); /* as run_forever() does after cpu_wait() */
	assert_true(turn(0));
	assert_false(v->sleeping);
	assert_int_equal(world_seen.x[0], 0);
	timer_fake_set_lines(true, false);
	fake_gic_raise(0, TIMER_VIRTUAL_PPI);
	turn(0);
	turn(0);
	assert_int_equal(gich_fake_ack(1), TIMER_VIRTUAL_PPI);
}

static void suspended_cpu_is_woken_by_an_sgi(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	opens(w, 5);
	suspends(w);
	struct access a = {.value = 5UL << 24 | 2, .size = 8, .write = true};
	on_cpu(0);
	assert_int_equal(vgic_sgi1r_write(v, &a), DONE);
	assert_true(turn(1));
	assert_int_equal(world_seen.x[0], 0);
}

/* --- power-down states --- */

static void powers_down(struct vcpu *of, u64 function, u64 x1, u64 x2, u64 x3)
{
	of->regs.x[0] = function;
	of->regs.x[1] = x1;
	of->regs.x[2] = x2;
	of->regs.x[3] = x3;
	traps(of, HVC);
	assert_true(of->sleeping);
	assert_int_equal(of->power, VCPU_ON);
	assert_false(turn(of->cpu));
}

/* The CPU interface masks all, as an OS leaves it on its way down; the distributor does not. */
static void opens_distributor(struct vcpu *of, u32 intid)
{
	opens(of, intid);
	on_cpu(of->cpu);
	gich_load(&(struct gich){0});
}

static void powered_down_cpu_comes_back_at_its_entry(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens_distributor(v, VGIC_UART_INTID);
	vm->uart.mask = 0x10;
	v->regs.x[20] = 0x5ec7e7;
	vcpu_write(v, CONTEXT_ttbr0_el1, 0x1000);
	vcpu_write(v, CONTEXT_sctlr_el1, 1);
	powers_down(v, CPU_SUSPEND, 1 << 16, WORLD_LOAD + 0x80, 0x1234);
	vuart_receive(vm, 'x');
	assert_true(turn(0));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x80);
	assert_int_equal(world_seen.x[0], 0x1234);
	assert_int_equal(world_seen.x[20], 0);
	assert_int_equal(world_seen.pstate, 0x3c5);
	on_cpu(0);
	assert_int_equal(vcpu_read(v, CONTEXT_ttbr0_el1), 0);
	assert_int_equal(vcpu_read(v, CONTEXT_sctlr_el1), SCTLR_EL1_RESET);
	assert_false(gich_fake_signals(1)); /* until the interface is opened again, */
	gich_load(&(struct gich){.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff)});
	assert_true(gich_fake_signals(1)); /* then it is taken */
}

static void standby_with_a_closed_interface_sleeps_on(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens_distributor(v, VGIC_UART_INTID);
	vm->uart.mask = 0x10;
	suspends(v);
	vuart_receive(vm, 'x');
	assert_false(turn(0));
	assert_true(v->sleeping);
}

static void serror_that_waits_is_kept_over_a_power_down(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	v->regs.x[0] = CPU_SUSPEND;
	v->regs.x[1] = 1 << 16;
	v->regs.x[2] = WORLD_LOAD + 0x80;
	traps(v, HVC);
	v->serror = true;
	v->context.vsesr_el2 = 0x1234;
	assert_true(vcpu_may_wake(v));
	vcpu_wake(v);
	assert_int_equal(v->regs.pc, WORLD_LOAD + 0x80);
	assert_true(vcpu_serror_waits(v));
	assert_int_equal(vcpu_read(v, CONTEXT_vsesr_el2), 0x1234);
}

static void timers_are_kept_over_a_power_down(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens_distributor(v, TIMER_VIRTUAL_PPI);
	vcpu_write(v, CONTEXT_cntv_ctl_el0, 1);
	vcpu_write(v, CONTEXT_cntv_cval_el0, 500);
	vcpu_write(v, CONTEXT_cntkctl_el1, 3);
	powers_down(v, CPU_SUSPEND, 1 << 16, WORLD_LOAD, 0);
	timer_fake_advance(500);
	assert_true(timer_fake_due());
	fake_gic_raise(0, TIMER_EL2_PPI);
	irq_handle(v);
	assert_true(turn(0));
	assert_int_equal(vcpu_read(v, CONTEXT_cntv_ctl_el0), 1);
	assert_int_equal(vcpu_read(v, CONTEXT_cntv_cval_el0), 500);
	assert_int_equal(vcpu_read(v, CONTEXT_cntkctl_el1), 0);
}

static void pending_interrupt_brings_a_powered_down_cpu_back_at_once(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	opens_distributor(v, VGIC_UART_INTID);
	vm->uart.mask = 0x10;
	vuart_receive(vm, 'x');
	v->regs.x[0] = CPU_SUSPEND;
	v->regs.x[1] = 1 << 16;
	v->regs.x[2] = WORLD_LOAD + 4;
	v->regs.x[3] = 9;
	traps(v, HVC);
	assert_true(turn(0));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 4);
	assert_int_equal(world_seen.x[0], 9);
}

static void suspended_system_is_woken_by_its_clock(void **s)
{
	(void)s;
	boot(2);
	turn(0);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 0), 0);
	assert_int_equal(calls(v, SYSTEM_SUSPEND, WORLD_LOAD, 7, 0), -3UL); /* it is about to start */
	turn(1);
	turn(1);
	assert_int_equal(calls(v, SYSTEM_SUSPEND, WORLD_LOAD, 7, 0), -3UL);
	calls(w, CPU_OFF, 0, 0, 0);
	opens_distributor(v, VGIC_RTC_INTID);
	vm->rtc.mask = true;
	v->regs.x[1] = vm->rtc.match = 0;
	faults(v, LOAD(2, 1, 0), 0, VRTC_BASE); /* the time now, in seconds */
	v->regs.x[1] += 2;
	faults(v, STORE(2, 1), 0x4, VRTC_BASE);
	powers_down(v, SYSTEM_SUSPEND, WORLD_LOAD + 0x40, 7, 0);
	timer_fake_advance(timer_frequency());
	fake_gic_raise(0, TIMER_EL2_PPI);
	irq_handle(v);
	assert_false(turn(0));
	timer_fake_advance(timer_frequency());
	fake_gic_raise(0, TIMER_EL2_PPI);
	irq_handle(v);
	assert_true(turn(0));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x40);
	assert_int_equal(world_seen.x[0], 7);
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 0), 0);
}

static void suspended_system_can_be_ended(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	powers_down(v, SYSTEM_SUSPEND, WORLD_LOAD, 7, 0);
	life_end(vm, END_RESET);
	world_boot(vm);
	turn(0);
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100); /* from the beginning */
	assert_int_equal(world_seen.x[0], VM_RAM_BASE);
	assert_false(v->sleeping || v->powered_down);
}

static void setting_of_mem_protect_ends_with_the_vm(void **s)
{
	(void)s;
	boot(1);
	assert_int_equal(calls(v, MEM_PROTECT, 1, 0, 0), 0);
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	assert_int_equal(calls(v, MEM_PROTECT, 1, 0, 0), 0);
}

static void suspended_cpu_leaves_when_its_vm_ends(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	suspends(w);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(cpu_on_starts_the_other_cpu_with_its_argument),
		ALONE(cpu_on_of_a_running_cpu_is_already_on),
		ALONE(cpu_off_leaves_the_cpu_asleep_until_cpu_on),
		ALONE(restarted_cpu_finds_registers_as_after_reset),
		ALONE(storm_of_on_and_off_on_four_cpus),
		ALONE(suspended_cpu_does_not_enter_its_guest),
		ALONE(suspended_cpu_is_woken_by_a_device),
		ALONE(suspended_cpu_is_woken_by_its_timer),
		ALONE(suspended_cpu_is_woken_by_an_sgi),
		ALONE(powered_down_cpu_comes_back_at_its_entry),
		ALONE(standby_with_a_closed_interface_sleeps_on),
		ALONE(serror_that_waits_is_kept_over_a_power_down),
		ALONE(timers_are_kept_over_a_power_down),
		ALONE(pending_interrupt_brings_a_powered_down_cpu_back_at_once),
		ALONE(suspended_system_is_woken_by_its_clock),
		ALONE(suspended_system_can_be_ended),
		ALONE(setting_of_mem_protect_ends_with_the_vm),
		ALONE(suspended_cpu_leaves_when_its_vm_ends),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
