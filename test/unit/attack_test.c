/* SPDX-License-Identifier: Apache-2.0 */
/* What an attack on the whole monitor found once: each of these stood open before its fix. */
#include "world.h"

#include "monitor/board.h"

static struct vm *one, *two;

static void start(void)
{
	world_power_on();
	one = world_vm(2);
	two = world_vm(1);
}

static bool one_more_step(struct job *self)
{
	(void)self;
	return true;
}

static void long_load_does_not_keep_its_cpu_from_interrupts(void **s)
{
	static struct job endless = {.step = one_more_step};

	(void)s;
	job_add(&endless, 0);
	fake_gic_raise(0, 33);
	fake_uart_type("k", 1);
	turn(0);
	assert_int_equal(fake_gic_pending_count(0), 0);
	assert_int_equal(one->uart.count, 1);
}

static void uart_is_not_asked_for_room_when_nothing_can_be_sent(void **s)
{
	(void)s;
	on_cpu(0);
	for (const char *text = "unfinished"; *text; text++)
		console_put(one, (u8)*text);
	timer_fake_advance(timer_frequency());
	deadline_run();
	console_put(one, 'x'); /* has the line */
	while (console_room(two))
		console_put(two, 'y');
	console_interrupt();
	assert_false(fake_uart_wants_room());
}

static void blocked_guest_is_told_when_it_is_no_longer_shown(void **s)
{
	struct vcpu *v = two->vcpus[0];

	(void)s;
	fake_uart_full(true);
	on_cpu(v->cpu);
	while (console_room(two))
		console_put(two, 'y');
	v->regs.x[2] = '!';
	faults(v, STORE(0, 2), 0, VUART_BASE);
	assert_false(two->uart.raw & 0x20);
	on_cpu(0);
	fake_uart_type("\0351", 2);
	console_interrupt();
	assert_true(two->uart.raw & 0x20);
}

static void vcpu_has_left_its_cpu_before_it_is_off(void **s)
{
	struct vcpu *v = one->vcpus[1];

	(void)s;
	assert_int_equal(calls(one->vcpus[0], 0xc4000003, 1, WORLD_LOAD, 0), 0);
	turn(1);
	turn(1);
	assert_true(v->loaded);
	vcpu_stop(v);
	assert_false(v->loaded);
	assert_int_equal(v->power, VCPU_OFF);
}

/* As when the VM ends between the guest's call and its answer: the park is still owed. */
static void vcpu_that_goes_off_while_its_vm_ends_parks(void **s)
{
	struct vcpu *v = one->vcpus[1];

	(void)s;
	calls(one->vcpus[0], 0xc4000003, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	life_end(one, END_OFF);
	on_cpu(1);
	vcpu_stop(v);
	assert_false(v->loaded);
	assert_int_equal(v->power, VCPU_ON);
	turn(0);
	turn(1);
	assert_int_equal(one->state, VM_ENDED);
}

static void alarm_of_a_vcpu_that_is_off_does_not_reach_the_next_life(void **s)
{
	struct vcpu *v = one->vcpus[1];

	(void)s;
	calls(one->vcpus[0], 0xc4000003, 1, WORLD_LOAD, 0);
	turn(1);
	turn(1);
	struct access cval = {.value = timer_now() + 1000}, control = {.value = TIMER_CTL_ENABLE};
	vtimer_cval_write(v, &cval);
	vtimer_ctl_write(v, &control);
	assert_true(v->timer.alarm.queue);
	vcpu_stop(v);
	assert_false(v->timer.alarm.queue); /* its expiry would race with the reset by another CPU */
	on_cpu(0);
	life_end(one, END_RESET);
	turn(0);
	world_clear(one);
	assert_false(v->timer.alarm.queue);
	assert_int_equal(v->timer.control, 0);
}

static void restart_forgets_the_last_lifes_translations(void **s)
{
	u64 before = fake_tlb_vmid_flushes;

	(void)s;
	on_cpu(0);
	life_end(one, END_RESET);
	turn(0);
	world_clear(one);
	assert_true(fake_tlb_vmid_flushes > before);
	assert_int_equal(fake_tlb_last_vttbr, one->space.table.vttbr);
}

/* HPFAR_EL2 is stale then: a permission fault, a TLB conflict, an unsupported atomic. */
static void abort_that_tells_no_ipa_is_not_an_access_to_a_device(void **s)
{
	static const u64 statuses[] = {0x0d, 0x30, 0x35};
	struct vcpu *v = one->vcpus[0];

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(statuses); i++) {
		u64 esr = (LOAD(2, 1, 0) & ~0x3fUL) | statuses[i];

		v->regs.x[1] = 0x1234;
		faults(v, esr, 0x5018, VUART_BASE + 0x18);
		assert_int_equal(v->regs.x[1], 0x1234);
		assert_int_equal(vcpu_read(v, CONTEXT_esr_el1) & 0x3f, 0x10);
	}
}

static void guest_cannot_change_its_gic_to_the_legacy_interface(void **s)
{
	struct access a = {.offset = VSYSREG_KEY(3, 0, 12, 12, 5), .size = 8, .write = true, .value = 0};

	(void)s;
	assert_int_equal(vsysreg_access(one->vcpus[0], &a), DONE);
	a.write = false;
	assert_int_equal(vsysreg_access(one->vcpus[0], &a), DONE);
	assert_int_equal(a.value, 7);
}

static void boot_cpu_becomes_number_0_wherever_the_tree_names_it(void **s)
{
	struct board board = {.cpu_count = 3, .affinity = {0x100, 0x101, 0}};

	(void)s;
	board_put_first(&board, 0);
	assert_int_equal(board.affinity[0], 0);
	assert_int_equal(board.affinity[1], 0x101);
	assert_int_equal(board.affinity[2], 0x100);
}

int main(void)
{
	alone_start = start;
	const struct CMUnitTest tests[] = {
		ALONE(long_load_does_not_keep_its_cpu_from_interrupts),
		ALONE(uart_is_not_asked_for_room_when_nothing_can_be_sent),
		ALONE(blocked_guest_is_told_when_it_is_no_longer_shown),
		ALONE(vcpu_has_left_its_cpu_before_it_is_off),
		ALONE(vcpu_that_goes_off_while_its_vm_ends_parks),
		ALONE(alarm_of_a_vcpu_that_is_off_does_not_reach_the_next_life),
		ALONE(restart_forgets_the_last_lifes_translations),
		ALONE(abort_that_tells_no_ipa_is_not_an_access_to_a_device),
		ALONE(guest_cannot_change_its_gic_to_the_legacy_interface),
		ALONE(boot_cpu_becomes_number_0_wherever_the_tree_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
