/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life through the real loop: loading, CPUs on and off, sleep, off, reset, crash, and what the neighbour notices. */
#include <libfdt.h>
#include "world.h"

#define CPU_SUSPEND    0xc4000001
#define CPU_OFF        0x84000002
#define CPU_ON         0xc4000003
#define AFFINITY       0xc4000004
#define SYSTEM_OFF     0x84000008
#define SYSTEM_RESET   0x84000009
#define SYSTEM_SUSPEND 0xc400000e
#define MEM_PROTECT    0x84000013

static struct vm *vm;
static struct vcpu *v, *w;
static u32 ends;

static void all_ended(void) { ends++; }

static void start(void)
{
	world_power_on();
	vm_when_all_ended(all_ended);
}

static void boot(u32 cpus)
{
	vm = world_vm(cpus);
	v = vm->vcpus[0];
	w = cpus > 1 ? vm->vcpus[1] : NULL;
}

/* All CPUs pass their loops until nothing is left to do. */
static void settle(void)
{
	for (u32 i = 0; i < 400; i++) {
		bool busy = false;

		for (u32 cpu = 0; cpu < world_next_cpu; cpu++)
			busy |= turn(cpu);
		if (!busy)
			return;
	}
}

/* The guest's memory at this IPA: it is in fake RAM. */
static u8 *at(const struct vm *of, u64 address)
{
	pa_t output;
	u64 left;

	assert_true(space_physical(&of->space, ipa(address), &output, &left));
	return (u8 *)output.value;
}

/* --- loading --- */

static void is_freshly_loaded(void)
{
	assert_memory_equal(at(vm, WORLD_LOAD), image, WORLD_IMAGE);
	assert_int_equal(fdt_check_header(at(vm, VM_RAM_BASE)), 0);
	u64 tree = fdt_totalsize(at(vm, VM_RAM_BASE));
	for (u64 i = VM_RAM_BASE + align_up(tree, DESCRIBE_TREE_SIZE); i < VM_RAM_BASE + vm->memory_size; i++)
		if (i < WORLD_LOAD || i >= WORLD_LOAD + WORLD_IMAGE)
			assert_int_equal(*at(vm, i), 0);
}

static void fresh_vm_has_image_tree_and_otherwise_zeroes(void **s)
{
	(void)s;
	boot(1);
	is_freshly_loaded();
	assert_null(ledger_check());
}

static void first_vcpu_starts_at_the_entry_with_the_tree_in_x0(void **s)
{
	(void)s;
	boot(2);
	assert_true(turn(0));
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100);
	assert_int_equal(world_seen.x[0], VM_RAM_BASE);
	assert_int_equal(world_seen.pstate, 0x3c5);
	for (u32 i = 1; i < 31; i++)
		assert_int_equal(world_seen.x[i], 0);
	assert_int_equal(vcpu_read(v, CONTEXT_sctlr_el1), SCTLR_EL1_RESET);
	assert_int_equal(w->power, VCPU_OFF);
	assert_false(turn(1));
}

static void initrd_lies_where_the_description_says(void **s)
{
	struct vm_description *d = world_describe(1);

	(void)s;
	d->initrd = (struct blob){.bytes = image + 100, .size = 5000};
	d->initrd_load = ipa(VM_RAM_BASE + 3 * MIB + 0x1000);
	vm = world_vm_of(d);
	assert_memory_equal(at(vm, VM_RAM_BASE + 3 * MIB + 0x1000), image + 100, 4096);
	assert_memory_equal(at(vm, VM_RAM_BASE + 3 * MIB + 0x2000), image + 100 + 4096, 904);
	assert_int_equal(*at(vm, VM_RAM_BASE + 3 * MIB + 0x1000 + 5000), 0);
	const void *tree = at(vm, VM_RAM_BASE);
	int size, chosen = fdt_path_offset(tree, "/chosen");
	assert_true(chosen > 0);
	assert_non_null(fdt_getprop(tree, chosen, "linux,initrd-end", &size));
}

static void loading_takes_bounded_steps(void **s)
{
	u32 steps = 0;

	(void)s;
	assert_int_equal(vm_create(world_describe(1), 0, &pool), OK);
	vm = vm_at(0);
	vm_start(vm);
	for (fake_windows = 0; vm->state == VM_LOADING; steps++, fake_windows = 0) {
		assert_true(turn(0));
		assert_true(fake_windows <=
		            2); /* a step of LOAD_STEP bytes crosses a window's end at most once */
	}
	assert_true(steps >= 4 * MIB / LOAD_STEP);
	assert_int_equal(fake_guest_entries, 0);
}

static void time_of_a_vm_starts_at_zero(void **s)
{
	(void)s;
	timer_fake_set(77000000);
	boot(1);
	turn(0);
	assert_int_equal(timer_fake_offset(), 77000000);
}

static void each_start_has_other_seeds(void **s)
{
	u8 first[64];
	int size;

	(void)s;
	boot(1);
	const void *tree = at(vm, VM_RAM_BASE);
	memcpy(first, fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", &size), 64);
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	assert_int_equal(size, 64);
	assert_memory_not_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "rng-seed", &size), first,
	                        64);
}

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
	vm_end(vm, VM_RESET);
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
	settle();
	assert_int_equal(vm->state, VM_ENDED);
}

/* --- ends --- */

static void system_off_ends_the_vm_and_gives_its_memory_back(void **s)
{
	u64 free = ledger_free();

	(void)s;
	boot(2);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, VM_OFF);
	assert_int_equal(ledger_free(), free);
	assert_null(ledger_check());
	assert_int_equal(ends, 1);
}

static void last_cpu_that_goes_off_ends_the_vm(void **s)
{
	u64 free = ledger_free();

	(void)s;
	boot(3);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	calls(v, CPU_OFF, 0, 0, 0);
	settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(v->power, VCPU_OFF);
	on_cpu(1);
	calls(w, CPU_OFF, 0, 0, 0);
	settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, VM_ALL_OFF);
	assert_true(printed("vm1 has turned its last CPU off"));
	assert_int_equal(ledger_free(), free);
	assert_int_equal(ends, 1);
}

static void cpu_that_is_about_to_start_keeps_the_vm(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	calls(v, CPU_OFF, 0, 0, 0);
	assert_int_equal(vm->state, VM_RUNNING);
	turn(1);
	turn(1);
	assert_int_equal(w->power, VCPU_ON);
}

/* What another CPU saw may be over: by now the VM has begun again. */
static void last_cpu_of_another_life_does_not_count(void **s)
{
	(void)s;
	boot(1);
	vm_end(vm, VM_ALL_OFF);
	assert_int_equal(vm->state, VM_RUNNING);
}

static void ended_vm_leaves_no_deadline_behind(void **s)
{
	(void)s;
	boot(1);
	turn(0);
	v->regs.x[1] = 1000;
	faults(v, STORE(2, 1), 0x4, VRTC_BASE); /* an alarm in a while */
	v->regs.x[1] = 500;
	traps(v, EC(0x18) | IL | 0x34f804 | 1 << 5); /* CNTP_CVAL_EL0 */
	v->regs.x[1] = 1;
	traps(v, EC(0x18) | IL | 0x32f804 | 1 << 5); /* CNTP_CTL_EL0 */
	assert_int_not_equal(vm->rtc.alarm.queue, 0);
	assert_int_not_equal(v->timer.alarm.queue, 0);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	settle();
	assert_int_equal(vm->rtc.alarm.queue, 0);
	assert_int_equal(v->timer.alarm.queue, 0);
	assert_int_equal(v->alarm.queue, 0);
}

static void guest_is_not_entered_after_system_off(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	u64 entries = fake_guest_entries;
	settle();
	assert_int_equal(fake_guest_entries, entries);
}

/* The target has never run: its timers and devices were never reset. */
static void system_off_while_another_cpu_starts(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	calls(v, SYSTEM_OFF, 0, 0, 0);
	settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(ends, 1);
}

static void reset_loads_the_pristine_image_over_what_the_guest_left(void **s)
{
	(void)s;
	boot(2);
	memset(at(vm, WORLD_LOAD), 0x99, MIB);
	memset(at(vm, VM_RAM_BASE), 0x99, 2 * MIB);
	calls(v, SYSTEM_RESET, 0, 0, 0);
	world_boot(vm);
	is_freshly_loaded();
	turn(0);
	assert_int_equal(world_seen.pc, WORLD_LOAD + 0x100);
	assert_null(ledger_check());
}

static void reset_asked_by_the_second_cpu_stops_both(void **s)
{
	(void)s;
	boot(2);
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	turn(0);
	calls(w, SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(fake_gic_pending_count(0), 1);
	settle();
	world_boot(vm);
	assert_int_equal(w->power, VCPU_OFF);
	assert_false(w->loaded);
}

static void vm_that_does_not_fit_is_refused(void **s)
{
	struct vm_description *d = world_describe(1);

	(void)s;
	d->memory = 64 * MIB;
	assert_int_equal(vm_create(d, 0, &pool), NO_MEMORY);
	assert_null(vm_at(0));
}

/* A refusal leaves nothing behind: memory, books and the next VM are as if it had not been asked for. */
static void vm_whose_cpu_is_taken_is_refused(void **s)
{
	u64 free;

	(void)s;
	boot(1);
	free = ledger_free();
	assert_int_equal(vm_create(world_describe(2), 0, &pool), BUSY);
	assert_null(vm_at(1));
	assert_null(ledger_check());
	assert_int_equal(ledger_free(), free);
	assert_int_equal(ledger_cpu_owner(1), LEDGER_NOBODY);
	assert_int_equal(vm_create(world_describe(2), 1, &pool), OK);
	assert_null(ledger_check());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(fresh_vm_has_image_tree_and_otherwise_zeroes),
		ALONE(first_vcpu_starts_at_the_entry_with_the_tree_in_x0),
		ALONE(initrd_lies_where_the_description_says),
		ALONE(loading_takes_bounded_steps),
		ALONE(time_of_a_vm_starts_at_zero),
		ALONE(each_start_has_other_seeds),
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
		ALONE(timers_are_kept_over_a_power_down),
		ALONE(pending_interrupt_brings_a_powered_down_cpu_back_at_once),
		ALONE(suspended_system_is_woken_by_its_clock),
		ALONE(suspended_system_can_be_ended),
		ALONE(setting_of_mem_protect_ends_with_the_vm),
		ALONE(suspended_cpu_leaves_when_its_vm_ends),
		ALONE(system_off_ends_the_vm_and_gives_its_memory_back),
		ALONE(ended_vm_leaves_no_deadline_behind),
		ALONE(guest_is_not_entered_after_system_off),
		ALONE(system_off_while_another_cpu_starts),
		ALONE(reset_loads_the_pristine_image_over_what_the_guest_left),
		ALONE(reset_asked_by_the_second_cpu_stops_both),
		ALONE(last_cpu_that_goes_off_ends_the_vm),
		ALONE(cpu_that_is_about_to_start_keeps_the_vm),
		ALONE(last_cpu_of_another_life_does_not_count),
		ALONE(vm_that_does_not_fit_is_refused),
		ALONE(vm_whose_cpu_is_taken_is_refused),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
