/* SPDX-License-Identifier: Apache-2.0 */
/* The last words of EL2: a sentence, the registers, the other CPUs stopped, and what the boot word asked for. */
#include "alone.h"
#include "lib/require.h"
#include "machine/gic.h"
#include "monitor/console.h"
#include "monitor/irq.h"
#include "monitor/panic.h"

_Noreturn void panic_bad_pstate(u64 mode);

static void start(void)
{
	static const u64 affinities[4] = {0, 1, 2, 3};

	irq_init(affinities, 4, 0);
	console_init("");
	panic_init("", 4);
	fake_uart_reset();
}

static void fails(void) { require(fake_waits == 12345); }
static void checks(void) { panic_check(); }
static void bad_pstate(void) { panic_bad_pstate(9); }

static const char *last_words(void (*act)(void))
{
	const char *words = "";

	assert_true(fake_expect_panic(act, &words));
	return words;
}

static void require_names_its_condition_and_place(void **s)
{
	(void)s;
	const char *words = last_words(fails);
	assert_non_null(strstr(words, "CPU 0 stopped: required: fake_waits == 12345"));
	assert_non_null(strstr(words, "panic_test.c:"));
	assert_non_null(strstr(words, "esr_el2"));
}

static void condition_that_holds_says_nothing(void **s)
{
	(void)s;
	require(fake_waits == 0);
	panic_check();
	assert_string_equal(fake_uart_output(NULL), "");
}

static void other_cpus_are_kicked_and_stop_at_their_next_turn(void **s)
{
	(void)s;
	fake_cpu(2);
	last_words(fails);
	for (u32 cpu = 0; cpu < 4; cpu++)
		assert_int_equal(fake_gic_pending_count(cpu), cpu != 2);
	fake_cpu(1);
	fake_uart_reset();
	assert_string_equal(last_words(checks), "");
}

static void second_cpu_to_fail_is_silent(void **s)
{
	(void)s;
	last_words(fails);
	fake_cpu(1);
	fake_uart_reset();
	assert_string_equal(last_words(fails), "");
}

static void machine_powers_off_by_default(void **s)
{
	(void)s;
	assert_non_null(strstr(last_words(fails), "the machine powers off"));
	assert_int_equal(fake_system_offs, 1);
}

static void boot_word_halt_leaves_it_on(void **s)
{
	(void)s;
	panic_init("console=plain panic=halt", 4);
	assert_non_null(strstr(last_words(fails), "all CPUs are stopped\r\n"));
	assert_int_equal(fake_system_offs, 0);
}

static void boot_word_reboot_restarts(void **s)
{
	(void)s;
	panic_init("panic=reboot", 4);
	assert_non_null(strstr(last_words(fails), "the machine restarts"));
	assert_int_equal(fake_system_offs, 0);
}

static void bad_mode_of_a_guest_is_named(void **s)
{
	(void)s;
	assert_non_null(strstr(last_words(bad_pstate), "mode 9"));
}

static void last_words_need_no_room_in_a_ring(void **s)
{
	(void)s;
	fake_uart_full(true);
	for (u32 i = 0; i < 5000; i++)
		print("x");
	assert_non_null(strstr(last_words(fails), "stopped: required"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(require_names_its_condition_and_place),
		ALONE(condition_that_holds_says_nothing),
		ALONE(other_cpus_are_kicked_and_stop_at_their_next_turn),
		ALONE(second_cpu_to_fail_is_silent),
		ALONE(machine_powers_off_by_default),
		ALONE(boot_word_halt_leaves_it_on),
		ALONE(boot_word_reboot_restarts),
		ALONE(bad_mode_of_a_guest_is_named),
		ALONE(last_words_need_no_room_in_a_ring),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
