/* SPDX-License-Identifier: Apache-2.0 */
/* The power button of a whole VM: who may press it, from the console and from the monitor, and what lets it go. */
#include "watch_world.h"

#define SYSTEM_OFF   0x84000008
#define SYSTEM_RESET 0x84000009

enum { PIN = 8, GPIO_IBE = 0x408, GPIO_IE = 0x410, SPI_BIT = 1 << (VGIC_GPIO_INTID - 32) };

static struct vm *one, *two;

static void start_in(const char *bootargs)
{
	world_bootargs = bootargs;
	world_power_on();
	one = world_vm(1);
	two = world_vm(2);
	on_cpu(0);
	print("."); /* the names of the VMs come before it */
	fake_uart_reset();
}

static void start(void) { start_in("console=frames"); }
static void start_plain(void) { start_in("console=plain"); }

static bool pressed(const struct vm *vm) { return vm->gpio.in == PIN && vm->gpio.release.queue; }
static bool let_go(const struct vm *vm) { return !vm->gpio.in && !vm->gpio.release.queue; }

static void writes(struct vcpu *v, u32 offset, u64 value)
{
	v->regs.x[1] = value;
	faults(v, STORE(2, 1), offset, VGPIO_BASE);
}

/* --- from the monitor --- */

static void one_vm_is_asked_by_its_interrupt_and_the_other_is_not(void **s)
{
	(void)s;
	writes(one->vcpus[0], GPIO_IBE, PIN);
	writes(one->vcpus[0], GPIO_IE, PIN);
	writes(two->vcpus[0], GPIO_IE, PIN);
	on_cpu(0);
	assert_int_equal(life_ask(one, LIFE_SHUTDOWN), OK);
	assert_true(pressed(one) && let_go(two));
	assert_true(one->vgic.shared[1].line & SPI_BIT);
	assert_false(two->vgic.shared[1].line & SPI_BIT);
	timer_fake_advance(timer_frequency() / 10);
	deadline_run();
	assert_true(let_go(one));
	assert_int_equal(one->state, VM_RUNNING);
}

static void what_does_not_run_has_no_button(void **s)
{
	(void)s;
	life_ask(one, LIFE_CRASH);
	assert_int_equal(life_ask(one, LIFE_SHUTDOWN), BUSY); /* it is ending */
	world_settle();
	calls(two->vcpus[0], SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(two->state, VM_ENDED);
	assert_int_equal(life_ask(two, LIFE_SHUTDOWN), BUSY);
	assert_true(let_go(one) && let_go(two));
}

static void the_end_lets_it_go(void **s)
{
	(void)s;
	on_cpu(0);
	assert_int_equal(life_ask(two, LIFE_SHUTDOWN), OK);
	calls(two->vcpus[0], SYSTEM_OFF, 0, 0, 0);
	world_settle();
	assert_int_equal(two->state, VM_ENDED);
	assert_true(let_go(two));
}

static void a_restart_lets_it_go(void **s)
{
	(void)s;
	writes(one->vcpus[0], GPIO_IBE, PIN);
	writes(one->vcpus[0], GPIO_IE, PIN);
	on_cpu(1);
	assert_int_equal(life_ask(one, LIFE_SHUTDOWN), OK);
	assert_true(one->gpio.line);
	calls(one->vcpus[0], SYSTEM_RESET, 0, 0, 0);
	world_settle();
	assert_int_equal(one->state, VM_RUNNING);
	assert_true(let_go(one));
	assert_int_equal(one->gpio.mask | one->gpio.both | one->gpio.edges, 0);
	assert_false(one->vgic.shared[1].line & SPI_BIT);
	on_cpu(0);
	assert_int_equal(life_ask(one, LIFE_SHUTDOWN), OK);
	assert_true(pressed(one));
}

/* --- from the console --- */

static void p_presses_that_of_the_one_that_is_typed_to(void **s)
{
	(void)s;
	types(ESCAPE "2" ESCAPE "p", 4);
	assert_true(let_go(one) && pressed(two));
	assert_true(printed("vm2: its power button is pressed"));
	assert_int_equal(two->uart.count, 0);
	runs(100);
	assert_true(let_go(two));
	life_ask(two, LIFE_CRASH);
	types(ESCAPE "p", 2);
	assert_true(printed("vm2 does not run"));
}

static void plain_console_has_no_buttons_of_others(void **s)
{
	(void)s;
	types(ESCAPE "b", 2);
	assert_true(printed("Ctrl-] then:"));
	types("B", 1);
	assert_true(let_go(one) && let_go(two));
	assert_int_equal(one->uart.count, 1);
}

static void program_presses_any_and_leaves_the_user_where_he_is(void **s)
{
	(void)s;
	one->uart.line_control = 0x10;
	types(ESCAPE "bBx", 4);
	assert_true(let_go(one) && pressed(two));
	assert_int_equal(one->uart.count, 1);
	assert_int_equal(one->uart.fifo[0], 'x');
	types(ESCAPE "bA", 3);
	assert_true(pressed(one));
	assert_false(printed("\x10v"));
}

static void buttons_of_nobody_are_passed_over(void **s)
{
	(void)s;
	for (u32 letter = 0; letter < 256; letter++) {
		const char keys[] = {0x1d, 'b', (char)letter};

		if (letter != 'A' && letter != 'B')
			types(keys, 3);
	}
	assert_true(let_go(one) && let_go(two));
	assert_int_equal(one->uart.count + two->uart.count, 0);
}

int main(void)
{
	const struct CMUnitTest framed[] = {
		ALONE(one_vm_is_asked_by_its_interrupt_and_the_other_is_not),
		ALONE(what_does_not_run_has_no_button),
		ALONE(the_end_lets_it_go),
		ALONE(a_restart_lets_it_go),
		ALONE(p_presses_that_of_the_one_that_is_typed_to),
		ALONE(program_presses_any_and_leaves_the_user_where_he_is),
		ALONE(buttons_of_nobody_are_passed_over),
	};
	const struct CMUnitTest plain[] = {
		ALONE(p_presses_that_of_the_one_that_is_typed_to),
		ALONE(plain_console_has_no_buttons_of_others),
	};

	alone_start = start;
	int failures = cmocka_run_group_tests(framed, NULL, NULL);

	alone_start = start_plain;
	return failures + cmocka_run_group_tests(plain, NULL, NULL);
}
