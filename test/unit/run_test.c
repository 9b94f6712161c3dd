/* SPDX-License-Identifier: Apache-2.0 */
/* The loop and its interrupts; and a hundred thousand random exits that must never reach a require(). */
#include "world.h"

static struct vm *vm;
static struct vcpu *v;
static u32 ticks;

static void start(void)
{
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	turn(0);
	fake_gic_last_ended = fake_gic_last_dropped = 0;
}

static void interrupted(u32 intid)
{
	fake_gic_raise(0, intid);
	stops(v, EXIT_IRQ, (struct exit){0});
}

static void tick(struct deadline *d)
{
	(void)d;
	ticks++;
}

static void kick_is_ended_and_the_guest_goes_on_where_it_was(void **s)
{
	struct regs before = v->regs;

	(void)s;
	interrupted(GIC_KICK_SGI);
	assert_int_equal(fake_gic_last_ended, GIC_KICK_SGI);
	assert_int_equal(fake_gic_pending_count(0), 0);
	assert_memory_equal(&v->regs, &before, sizeof(before));
}

static void el2_timer_runs_the_deadlines(void **s)
{
	static struct deadline d = DEADLINE_IDLE(tick);

	(void)s;
	deadline_set(&d, timer_now() + 10);
	timer_fake_advance(10);
	assert_true(timer_fake_due());
	interrupted(TIMER_EL2_PPI);
	assert_int_equal(ticks, 1);
	assert_int_equal(fake_gic_last_ended, TIMER_EL2_PPI);
}

static void maintenance_makes_the_list_registers_be_filled_again(void **s)
{
	(void)s;
	assert_false(v->vgic.changed);
	interrupted(GIC_MAINTENANCE_PPI);
	assert_true(v->vgic.changed);
	assert_int_equal(fake_gic_last_ended, GIC_MAINTENANCE_PPI);
}

/* Dropped, not deactivated: the guest's own end of it does that. */
static void timer_of_the_guest_is_handed_over_active(void **s)
{
	const struct gich open = {.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff)};

	(void)s;
	on_cpu(0);
	gich_load(&open);
	vm->vgic.control = 2;
	v->vgic.private.enabled = v->vgic.private.group1 = ~0U;
	timer_fake_set_lines(true, false);
	interrupted(TIMER_VIRTUAL_PPI);
	assert_int_equal(fake_gic_last_dropped, TIMER_VIRTUAL_PPI);
	assert_int_equal(fake_gic_last_ended, 0);
	turn(0);
	assert_int_equal(gich_fake_ack(1), TIMER_VIRTUAL_PPI);
}

static void timer_of_a_guest_that_has_left_is_ended(void **s)
{
	(void)s;
	on_cpu(0);
	vcpu_unload(v);
	fake_gic_raise(0, TIMER_VIRTUAL_PPI);
	irq_handle(v);
	assert_int_equal(fake_gic_last_ended, TIMER_VIRTUAL_PPI);
	fake_gic_raise(0, TIMER_VIRTUAL_PPI);
	irq_handle(NULL);
	assert_int_equal(fake_gic_pending_count(0), 0);
}

static void maintenance_without_a_guest_is_ended(void **s)
{
	(void)s;
	on_cpu(3);
	fake_gic_raise(3, GIC_MAINTENANCE_PPI);
	irq_handle(NULL);
	assert_int_equal(fake_gic_last_ended, GIC_MAINTENANCE_PPI);
}

static void spurious_interrupt_is_nothing(void **s)
{
	(void)s;
	stops(v, EXIT_IRQ, (struct exit){0});
	assert_int_equal(fake_gic_last_ended, 0);
}

static void key_typed_reaches_the_guest(void **s)
{
	(void)s;
	fake_uart_type("k", 1);
	interrupted(33);
	assert_int_equal(vm->uart.count, 1);
	assert_int_equal(vm->uart.fifo[0], 'k');
}

static void one_interrupt_is_taken_at_a_time(void **s)
{
	(void)s;
	fake_gic_raise(0, TIMER_EL2_PPI);
	interrupted(GIC_KICK_SGI);
	assert_int_equal(fake_gic_pending_count(0), 1);
	turn(0);
	assert_int_equal(fake_gic_pending_count(0), 0);
}

static void kick_of_ones_own_cpu_is_not_sent(void **s)
{
	(void)s;
	on_cpu(0);
	irq_kick(v);
	assert_int_equal(fake_gic_pending_count(0), 0);
	on_cpu(1);
	irq_kick(v);
	assert_int_equal(fake_gic_pending_count(0), 1);
}

static void cpu_without_a_vcpu_has_nothing_to_do(void **s)
{
	(void)s;
	assert_false(turn(7));
}

static void unpinned_cpu_stops_running_its_vcpu(void **s)
{
	(void)s;
	run_assign(0, NULL);
	assert_false(turn(0));
}

static bool done(struct job *self)
{
	(void)self;
	return false;
}

static void a_job_goes_before_the_guest(void **s)
{
	u64 before = fake_guest_entries;

	(void)s;
	static struct job job;
	job.step = done;
	job_add(&job, 0);
	assert_true(turn(0));
	assert_int_equal(fake_guest_entries, before);
	assert_true(turn(0));
	assert_int_equal(fake_guest_entries, before + 1);
}

static void loaded_vcpu_is_identified_to_the_hardware(void **s)
{
	(void)s;
	on_cpu(0);
	assert_int_equal(fake_sysreg_read("vttbr_el2"), vm->space.table.vttbr);
	assert_int_equal(fake_sysreg_read("vmpidr_el2"), 0x80000000);
	vcpu_unload(v);
	assert_int_equal(fake_sysreg_read("vttbr_el2"), 0);
}

static jmp_buf entered;
static u32 kept_waiting;

static void third_wait_brings_a_key(void)
{
	if (++kept_waiting == 3) {
		fake_uart_type("k", 1);
		fake_gic_raise(0, 33);
	}
}

static enum exit_kind leave_the_loop(struct regs *r, struct exit *e)
{
	(void)r;
	(void)e;
	longjmp(entered, 1);
}

static void loop_sleeps_until_an_interrupt_brings_work(void **s)
{
	const struct gich open = {.vmcr = ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff)};

	(void)s;
	on_cpu(0);
	gich_load(&open);
	vm->vgic.control = 2;
	vm->vgic.shared[1].enabled = vm->vgic.shared[1].group1 = ~0U;
	vm->uart.mask = 0x10;
	v->regs.x[0] = 0xc4000001;
	v->regs.x[1] = 0;
	traps(v, HVC);
	fake_on_wait = third_wait_brings_a_key;
	fake_guest = leave_the_loop;
	if (setjmp(entered) == 0)
		run_forever();
	assert_int_equal(kept_waiting, 3);
	assert_int_equal(v->regs.x[0], 0);
	assert_true(gich_fake_signals(1));
}

static void each_cpu_enables_its_own_interrupts(void **s)
{
	const u32 always = 1U << GIC_KICK_SGI | 1U << GIC_MAINTENANCE_PPI | 1U << TIMER_EL2_PPI |
	                   1U << TIMER_VIRTUAL_PPI;

	(void)s;
	irq_init_cpu();
	assert_int_equal(fake_gic_private, always);
	fake_id_register(7, 0, 2UL << 60); /* CNTPOFF_EL2: the physical timer is the guest's, too */
	irq_init_cpu();
	assert_int_equal(fake_gic_private, always | 1U << TIMER_PHYSICAL_PPI);
}

/* --- the last gate --- */

static void enter_el2(void)
{
	v->regs.pstate = 0x9;
	turn(0);
}

static void guest_is_never_entered_at_el2(void **s)
{
	const char *sentence;

	(void)s;
	assert_true(fake_expect_panic(enter_el2, &sentence));
	assert_non_null(strstr(sentence, "mode =="));
}

/* --- the sweep --- */

static u64 any(void) { return (u64)mrand48() << 32 ^ (u64)mrand48(); }
static bool one_in(u32 n) { return (u32)lrand48() % n == 0; }

/* Often a device, a class that is interpreted, a function that exists: what a hostile guest would try. */
static struct exit random_exit(void)
{
	const u64 classes[] = {0x16, 0x17, 0x18, 0x20, 0x24};
	const u64 devices[] = {
		VGIC_DIST_BASE, VGIC_REDIST_BASE, VGIC_REDIST_BASE + 0x30000, VUART_BASE,
		VRTC_BASE,      VGPIO_BASE,       VWATCHDOG_CONTROL_BASE,     VWATCHDOG_REFRESH_BASE};
	struct exit e = {.esr = (u32)any(), .far = any(), .hpfar = any()};

	if (!one_in(4))
		e.esr = (e.esr & FIELD(25, 0)) | classes[(u32)lrand48() % 5] << 26;
	bool call = (e.esr >> 26 & ~1UL) == 0x16;
	if (call && !one_in(4))
		e.esr &= ~FIELD(15, 0); /* others are refused */
	if (!call && !one_in(4))
		e.esr = (e.esr | BIT(24)) & ~(BIT(8) | BIT(7));
	if (!one_in(4))
		e.hpfar = (devices[(u32)lrand48() % ARRAY_COUNT(devices)] + ((u64)lrand48() & 0xf000)) >>
		          12 << 4;
	return e;
}

static void random_registers(struct vcpu *of)
{
	const u64 modes[] = {0, 4, 5, 0x10};

	for (u32 i = 0; i < 31; i++)
		of->regs.x[i] = one_in(2) ? any() : (u64)lrand48() & 0xff;
	if (one_in(2))
		of->regs.x[0] = 0x84000000 | (u64)lrand48() % 12 | (u64)one_in(2) << 30;
	of->regs.pc = any();
	of->regs.pstate = (any() & FIELD(31, 5)) | modes[(u32)lrand48() % 4];
}

static void is_sane(struct vcpu *of)
{
	u64 mode = of->regs.pstate & 0x1f;

	assert_true(mode == 0 || mode == 4 || mode == 5 || mode == 0x10);
	assert_int_equal(spinlock_fake_held(), 0);
}

/* A guest may turn its last CPU off, or sleep with all masked: then the test, not the hypervisor, goes on. */
static void revive(struct vcpu *of)
{
	if (of->sleeping && one_in(4))
		vcpu_wake(of);
	if (vm->state == VM_RUNNING && of->power == VCPU_OFF)
		assert_int_equal(vcpu_start(of, WORLD_LOAD, 0), 0);
}

static void sweeps(u32 seed)
{
	u32 ended = 0;
	u64 entries = fake_guest_entries;

	srand48(seed);
	vm->description = &descriptions[0];
	descriptions[0].restart = RESTART_ALWAYS;
	descriptions[0].restart_limit = ~0U;
	for (u32 i = 0; i < 50000; i++) {
		struct vcpu *now = vm->vcpus[one_in(3)];

		timer_fake_advance((u64)lrand48() % 1000);
		on_cpu(now->cpu);
		revive(now);
		if (now->loaded)
			random_registers(now);
		world_exit = random_exit();
		world_kind = one_in(20) ? EXIT_IRQ : EXIT_SYNC;
		if (one_in(50))
			fake_gic_raise(now->cpu, (const u32[]){0, 25, 26, 33}[(u32)lrand48() % 4]);
		run_once();
		is_sane(now);
		if (i % 5000 == 0)
			assert_null(ledger_check());
		ended += vm->state == VM_ENDING;
	}
	assert_true(fake_guest_entries > entries + 25000);
	assert_true(ended > 100); /* and it came back as often */
	assert_null(ledger_check());
}

static void random_exits_never_trip_an_invariant(void **s)
{
	(void)s;
	sweeps(1);
}

static void random_exits_of_another_seed_never_trip_an_invariant(void **s)
{
	(void)s;
	sweeps(20261120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(kick_is_ended_and_the_guest_goes_on_where_it_was),
		ALONE(el2_timer_runs_the_deadlines),
		ALONE(maintenance_makes_the_list_registers_be_filled_again),
		ALONE(timer_of_the_guest_is_handed_over_active),
		ALONE(timer_of_a_guest_that_has_left_is_ended),
		ALONE(maintenance_without_a_guest_is_ended),
		ALONE(spurious_interrupt_is_nothing),
		ALONE(key_typed_reaches_the_guest),
		ALONE(one_interrupt_is_taken_at_a_time),
		ALONE(kick_of_ones_own_cpu_is_not_sent),
		ALONE(cpu_without_a_vcpu_has_nothing_to_do),
		ALONE(unpinned_cpu_stops_running_its_vcpu),
		ALONE(a_job_goes_before_the_guest),
		ALONE(loaded_vcpu_is_identified_to_the_hardware),
		ALONE(loop_sleeps_until_an_interrupt_brings_work),
		ALONE(each_cpu_enables_its_own_interrupts),
		ALONE(guest_is_never_entered_at_el2),
		ALONE(random_exits_never_trip_an_invariant),
		ALONE(random_exits_of_another_seed_never_trip_an_invariant),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
