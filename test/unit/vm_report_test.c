/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a stopped VM: a page, of that VM alone, also while the console is slow; and who else can stop one. */
#include "world.h"
#include "monitor/stage1.h"
#include "monitor/syndrome.h"

enum { PAGE_LINES = 50, PAGE_COLUMNS = 100 };
#define CPU_OFF 0x84000002
#define CPU_ON  0xc4000003
#define SECRET  0x5ec7e7c0dec0ffeeUL

static struct vm *vm, *other;
static struct vcpu *v;

static void start(void)
{
	struct vm_description *d;

	world_power_on();
	d = world_describe(4);
	d->restart = RESTART_ON_CRASH;
	vm = world_vm_of(d);
	other = world_vm(1);
	v = vm->vcpus[0];
	on_cpu(0);
}

/* Where the report begins in what was printed so far. */
static const char *report(void)
{
	console_flush();
	const char *at = strstr(fake_uart_output(NULL), "stopped");

	assert_non_null(at);
	return at;
}

static void is_a_page(const char *from)
{
	u32 lines = 0;
	const char *end = strstr(from, "restart = ");

	assert_non_null(end);
	for (const char *line = from; line < end; line = strchr(line, '\n') + 1, lines++) {
		const char *text = strstr(line, "\033[0m ") + 5; /* behind the name of who prints */

		assert_true(lines == 0 || strchr(text, '\r') - text <= PAGE_COLUMNS);
	}
	assert_in_range(lines + 1, 10, PAGE_LINES);
}

static void says_who_where_why_and_what_is_done(void **s)
{
	(void)s;
	v->regs.x[17] = 0xfeedfacecafebeef;
	v->regs.x[30] = 0xabcdef;
	faults(v, LOAD(2, 1, 0), 0xffff00001234, WORLD_BAD);
	vcpu_write(v, CONTEXT_ttbr0_el1, 0x123456789abc);
	life_fail(v, "of this test");
	world_settle();
	is_a_page(report());
	assert_true(printed("vm1: vCPU 0 stopped the machine: of this test\r\n"));
	assert_true(printed("vCPU 0 of 4\r\n"));
	assert_true(printed(", load of 4 bytes, translation fault at level 2\r\n"));
	assert_true(printed("x17 feedfacecafebeef"));
	assert_true(printed("x30 0000000000abcdef\r\n"));
	assert_true(printed("ttbr0_el1      0000123456789abc"));
	assert_true(printed("far 0000ffff00001234: stage 1 is off, IPA ffff00001234: stage 2 nothing\r\n"));
	assert_true(printed("vCPU 3 was off\r\n"));
	assert_true(printed("mmio            pc "));
	assert_true(printed("restart = \"on-crash\": it starts again, 1 of 5 times within 60 s\r\n"));
	assert_int_equal(vm->state, VM_RUNNING);
}

static void both_stages_are_told(void **s)
{
	u64 entry = (VM_RAM_BASE + MIB) | 0x403, tables = VM_RAM_BASE + 2 * MIB;

	(void)s;
	turn(0);
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 25); /* begins with level 2 */
	vcpu_write(v, CONTEXT_ttbr0_el1, tables);
	vcpu_write(v, CONTEXT_sctlr_el1, 1);
	u64 next = (tables + 0x1000) | 3;
	assert_int_equal(memory_write(&vm->space, ipa(tables), &next, 8), OK);
	assert_int_equal(memory_write(&vm->space, ipa(tables + 0x1000 + 5 * 8), &entry, 8), OK);
	struct stage1_end end = stage1_walk(v, 0x5678);
	assert_true(end.mapped && !end.off);
	assert_int_equal(end.level, 3);
	assert_int_equal(end.output, VM_RAM_BASE + MIB + 0x678);
	v->regs.pc = 0x5678;
	life_fail(v, "of this test");
	world_settle();
	assert_true(printed("pc  0000000000005678: stage 1 maps it, IPA 0040100678: stage 2 RAM, physical "));
}

static void a_block_and_a_device_are_told(void **s)
{
	u64 block = VUART_BASE / (2 * MIB) * (2 * MIB) | 0x401;

	(void)s;
	turn(0);
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 25);
	vcpu_write(v, CONTEXT_ttbr0_el1, VM_RAM_BASE + 2 * MIB);
	vcpu_write(v, CONTEXT_sctlr_el1, 1);
	assert_int_equal(memory_write(&vm->space, ipa(VM_RAM_BASE + 2 * MIB + 8), &block, 8), OK);
	v->regs.pc = 2 * MIB + 0x18;
	life_fail(v, "of this test");
	world_settle();
	assert_true(printed("stage 1 maps it, IPA 0009000018: stage 2 device PL011\r\n"));
}

static void hole_of_stage_1_is_told(void **s)
{
	(void)s;
	turn(0);
	vcpu_write(v, CONTEXT_tcr_el1, 64 - 25);
	vcpu_write(v, CONTEXT_ttbr0_el1, VM_RAM_BASE + 3 * MIB);
	vcpu_write(v, CONTEXT_sctlr_el1, 1);
	v->regs.pc = 0x1000;
	life_fail(v, "of this test");
	world_settle();
	assert_true(printed("pc  0000000000001000: stage 1 ends at level 2, whose entry maps nothing\r\n"));
}

static bool says(const char *from, const char *end, const char *text)
{
	const char *at = strstr(from, text);

	return at && at < end;
}

/* Even if they ran on the same CPU: their records, and no word or register of theirs. */
static void it_says_nothing_of_others(void **s)
{
	struct trace_record foreign = {.pc = SECRET, .subject = trace_who(other->id, 0, TRACE_EXIT) | 0x666};

	(void)s;
	for (u32 i = 0; i < 31; i++)
		other->vcpus[0]->regs.x[i] = SECRET;
	vcpu_write(v, CONTEXT_apiakeylo_el1, SECRET);
	vcpu_write(v, CONTEXT_apgakeyhi_el1, SECRET);
	for (u32 i = 0; i < 40; i++) {
		trace_add(trace_of(0), &foreign);
		calls(v, 0x84000100 + i, 0, 0, 0);
		trace_add(trace_of(0), &foreign);
	}
	life_fail(v, "of this test");
	world_settle();
	const char *from = report(), *end = strstr(from, "has crashed");
	assert_non_null(end);
	assert_false(says(from, end, "vm2"));
	assert_false(says(from, end, "5ec7e7c0dec0ffee"));
	assert_false(says(from, end, "000000000666"));
}

static void the_last_sixteen_exits_are_there_in_order(void **s)
{
	char text[64];
	const char *at;

	(void)s;
	for (u32 i = 0; i < 20; i++)
		calls(v, 0x84000100 + i, 0, 0, 0);
	life_end(other, END_OFF); /* somebody else's end changes nothing */
	life_ask(vm, LIFE_CRASH);
	world_settle();
	at = report();
	assert_null(strstr(at, "000084000102"));
	for (u32 i = 5; i < 20; i++) { /* the last is the interrupt that took it off */
		snprintf(text, sizeof(text), "of 0000840001%02x", i);
		assert_non_null(at = strstr(at, text));
	}
}

static void exits_of_an_earlier_life_are_not_there(void **s)
{
	(void)s;
	calls(v, 0x84000123, 0, 0, 0);
	life_fail(v, "of this test");
	world_settle();
	assert_true(printed("000084000123"));
	fake_uart_reset();
	life_fail(v, "of its second life");
	world_settle();
	assert_non_null(report());
	assert_false(printed("000084000123"));
}

static void all_the_cpus_that_ran_are_told(void **s)
{
	(void)s;
	calls(v, CPU_ON, 2, WORLD_LOAD + 0x40, 7);
	turn(2);
	turn(2);
	assert_int_equal(life_ask(vm, LIFE_CRASH), OK);
	world_settle();
	is_a_page(report());
	assert_true(printed("vm1: the machine was stopped: somebody at the console wanted it so\r\n"));
	assert_true(printed("vCPU 1 was off\r\n"));
	assert_true(printed("vCPU 2 ran: pc 0000000040200040"));
}

static void an_end_of_the_guests_own_has_no_report(void **s)
{
	(void)s;
	calls(v, 0x84000009, 0, 0, 0);
	world_settle();
	console_flush();
	assert_false(printed("stopped"));
	assert_false(printed("restart ="));
	assert_true(printed("vm1 was reset and starts again"));
}

static void two_reports_do_not_mix(void **s)
{
	(void)s;
	life_fail(v, "of this test");
	on_cpu(other->vcpus[0]->cpu);
	life_fail(other->vcpus[0], "of this test");
	world_settle();
	const char *first = strstr(report(), "restart ="), *second = strstr(report() + 1, "stopped");
	assert_true(first && second && first < second);
	assert_true(printed("vm1: vCPU 0 stopped") && printed("vm2: vCPU 0 stopped"));
}

static void an_exception_of_the_last_life_is_not_told(void **s)
{
	(void)s;
	faults(v, LOAD(2, 1, 0), 0xffff00001234, WORLD_BAD);
	calls(v, 0x84000009, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(life_ask(vm, LIFE_CRASH), OK);
	world_settle();
	assert_non_null(report());
	assert_false(printed("last exception") || printed("far "));
}

static void cpu_that_was_about_to_start_is_told(void **s)
{
	(void)s;
	calls(v, CPU_ON, 1, WORLD_LOAD, 0);
	assert_int_equal(life_ask(vm, LIFE_CRASH), OK);
	world_settle();
	assert_true(printed("vCPU 1 was about to start\r\n"));
}

static void what_does_not_run_cannot_be_crashed(void **s)
{
	(void)s;
	assert_int_equal(life_ask(vm, LIFE_CRASH), OK);
	assert_int_equal(life_ask(vm, LIFE_CRASH), BUSY);
	calls(other->vcpus[0], 0x84000008, 0, 0, 0);
	world_settle();
	assert_int_equal(life_ask(other, LIFE_CRASH), BUSY);
}

/* Nobody takes the bytes: the report is given up after a while, the restart is not. */
static void a_console_that_stands_still_does_not_keep_it_from_starting(void **s)
{
	(void)s;
	fake_uart_full(true);
	while (console_takes_line())
		print("this fills the ring of what was said, up to its half\n");
	life_fail(v, "of this test");
	for (u32 i = 0; i < 200 && vm->state != VM_RUNNING; i++) {
		timer_fake_advance(timer_frequency() / 10);
		for (u32 cpu = 0; cpu < world_next_cpu; cpu++)
			turn(cpu);
	}
	assert_int_equal(vm->state, VM_RUNNING);
}

/* --- the watchdog --- */

static void bites(void)
{
	struct access a = {.offset = 0, .size = 4, .write = true, .value = 1};

	on_cpu(0);
	assert_int_equal(reg_access(&vwatchdog_control_table, v, &a), DONE); /* with a period of 0 */
	timer_fake_advance(10);
	assert_true(timer_fake_due());
}

static void takes_deadlines(void)
{
	on_cpu(0);
	fake_gic_raise(0, TIMER_EL2_PPI);
	irq_handle(v);
}

static void a_bite_ends_and_restarts(void **s)
{
	(void)s;
	bites();
	turn(0);
	takes_deadlines();
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, END_BITTEN);
	world_settle();
	is_a_page(report());
	assert_true(printed("vm1: the machine was stopped: its watchdog was not refreshed in time\r\n"));
	assert_true(printed("vm1 was bitten by its watchdog and starts again\r\n"));
	assert_int_equal(vm->state, VM_RUNNING);
	assert_false(vwatchdog_bites(vm));
	assert_int_equal(other->state, VM_RUNNING);
}

/* Nobody kicks the CPU that finds it: it must leave the guest by itself. */
static void a_bite_that_an_access_finds_takes_its_cpu_out_of_the_guest(void **s)
{
	struct access a = {.offset = 0, .size = 4};

	(void)s;
	bites();
	assert_int_equal(reg_access(&vwatchdog_control_table, v, &a), WAIT);
	assert_int_equal(vm->state, VM_ENDING);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_true(printed("vm1 was bitten by its watchdog and starts again\r\n"));
}

static void it_bites_a_machine_without_a_cpu_that_is_on(void **s)
{
	(void)s;
	bites();
	calls(v, CPU_OFF, 0, 0, 0);
	assert_int_equal(v->power, VCPU_OFF);
	takes_deadlines();
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_true(printed("vm1 was bitten by its watchdog and starts again\r\n"));
}

static void a_bite_that_comes_too_late_is_another_lifes(void **s)
{
	(void)s;
	bites();
	calls(v, 0x84000009, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_RUNNING);
	life_end(vm, END_BITTEN); /* was on its way */
	assert_int_equal(vm->state, VM_RUNNING);
}

static void an_ended_machine_is_not_watched(void **s)
{
	(void)s;
	bites();
	calls(v, 0x84000008, 0, 0, 0);
	world_settle();
	assert_int_equal(vm->state, VM_ENDED);
	assert_int_equal(vm->end, END_OFF);
	assert_int_equal(vm->watchdog.alarm.queue, 0);
}

/* --- the words --- */

static void words_are(u64 esr, const char *expected)
{
	char text[SYNDROME_TEXT];

	syndrome_words(esr, text);
	assert_string_equal(text, expected);
}

static void syndromes_are_put_into_words(void **s)
{
	(void)s;
	words_are(0x93c08046, "store of 8 bytes, translation fault at level 2");
	words_are(0x92000010, "load, external abort");
	words_are(0x92000021, "load, alignment fault");
	words_are(0x9200008d | 1 << 7, "load, permission fault at level 1, of stage 1's walk");
	words_are(0x82000007, "fetch, translation fault at level 3");
	words_are(0x82000003, "fetch, address size fault at level 3");
	words_are(0x82000016, "fetch, external abort of a walk at level 2");
	words_are(0x5a000007, "HVC #7");
	words_are(0x5e000000, "SMC #0");
	words_are(0x62344c21, "read of S3_1_C3_C0_2, x1");
	words_are(0x06000000, "exception class 1 (wfx)");
	words_are(0, "exception class 0 (undefined)");
	for (u64 i = 0; i < 1UL << 32; i += 0x10f1) {
		char text[SYNDROME_TEXT];

		syndrome_words(i, text);
		assert_true(strlen(text) < SYNDROME_TEXT - 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(says_who_where_why_and_what_is_done),
		ALONE(both_stages_are_told),
		ALONE(a_block_and_a_device_are_told),
		ALONE(hole_of_stage_1_is_told),
		ALONE(it_says_nothing_of_others),
		ALONE(the_last_sixteen_exits_are_there_in_order),
		ALONE(exits_of_an_earlier_life_are_not_there),
		ALONE(all_the_cpus_that_ran_are_told),
		ALONE(an_end_of_the_guests_own_has_no_report),
		ALONE(what_does_not_run_cannot_be_crashed),
		ALONE(a_console_that_stands_still_does_not_keep_it_from_starting),
		ALONE(a_bite_ends_and_restarts),
		ALONE(a_bite_that_an_access_finds_takes_its_cpu_out_of_the_guest),
		ALONE(it_bites_a_machine_without_a_cpu_that_is_on),
		ALONE(two_reports_do_not_mix),
		ALONE(an_exception_of_the_last_life_is_not_told),
		ALONE(cpu_that_was_about_to_start_is_told),
		ALONE(a_bite_that_comes_too_late_is_another_lifes),
		ALONE(an_ended_machine_is_not_watched),
		ALONE(syndromes_are_put_into_words),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
