/* SPDX-License-Identifier: Apache-2.0 */
/* What VMs and vCPUs are promised of the machine's CPUs, and what cannot be promised. */
#include "description.h"

static void cells(const char *name, const u32 *values, u32 count)
{
	u32 big[32];

	for (u32 i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(values[i]);
	bytes(name, big, 4 * count);
}
#define AFFINITY(...) cells("affinity", (u32[]){__VA_ARGS__}, sizeof((u32[]){__VA_ARGS__}) / 4)

static void open_vm(const char *name, u32 cpus, const char *class)
{
	open_node(name);
	kernel();
	cell("cpus", cpus);
	if (class)
		text("class", class);
}

static void real_time(u32 priority, u32 budget, u32 period)
{
	cell("priority", priority);
	cell("budget-us", budget);
	cell("period-us", period);
}

static const struct vcpu_terms *terms(u32 vm, u32 vcpu) { return &result.vms[vm].vcpus[vcpu]; }

CASE(cpus_are_dedicated_one_after_the_other)
{
	limits.cpus = 4;
	open_vm("a", 2, NULL);
	close_node();
	open_vm("b", 2, "dedicated");
	close_node();
	expect("");
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(terms(i / 2, i % 2)->class, SCHED_DEDICATED);
		assert_int_equal(terms(i / 2, i % 2)->cpus, 1U << i);
	}
}

CASE(an_affinity_is_served_before_those_without)
{
	limits.cpus = 4;
	open_vm("a", 2, NULL);
	close_node();
	open_vm("b", 2, NULL);
	AFFINITY(0, 2);
	close_node();
	expect("");
	assert_int_equal(terms(1, 0)->cpus, 1);
	assert_int_equal(terms(1, 1)->cpus, 4);
	assert_int_equal(terms(0, 0)->cpus, 2);
	assert_int_equal(terms(0, 1)->cpus, 8);
}

CASE(fair_ones_share_what_is_not_dedicated)
{
	limits.cpus = 4;
	open_vm("a", 3, "fair");
	cell("weight", 300);
	cell("cap", 40);
	close_node();
	open_vm("b", 1, NULL);
	close_node();
	open_vm("c", 1, "fair");
	AFFINITY(0, 3);
	close_node();
	expect("");
	assert_int_equal(terms(1, 0)->cpus, 2);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(terms(0, i)->cpus, 0xd);
		assert_int_equal(terms(0, i)->weight, 300);
		assert_int_equal(terms(0, i)->cap, 40);
	}
	assert_int_equal(terms(2, 0)->cpus, 9);
	assert_int_equal(terms(2, 0)->weight, SCHED_WEIGHT);
	assert_int_equal(terms(2, 0)->cap, 0);
}

CASE(a_vcpu_may_have_terms_of_its_own)
{
	limits.cpus = 2;
	open_vm("a", 3, "fair");
	cell("weight", 300);
	AFFINITY(1);
	open_node("vcpu@0");
	text("class", "real-time");
	real_time(7, 100, 1000);
	close_node();
	open_node("vcpu@2");
	cell("weight", 50);
	close_node();
	close_node();
	expect("");
	assert_int_equal(terms(0, 0)->class, SCHED_REAL_TIME);
	assert_int_equal(terms(0, 0)->cpus, 2);
	assert_int_equal(terms(0, 0)->priority, 7);
	assert_int_equal(terms(0, 0)->weight, 0);
	assert_int_equal(terms(0, 1)->weight, 300);
	assert_int_equal(terms(0, 2)->weight, 50);
	assert_int_equal(terms(0, 2)->class, SCHED_FAIR);
}

CASE(each_class_has_words_of_its_own)
{
	open_vm("a", 1, NULL);
	cell("weight", 5);
	cell("budget-us", 100);
	close_node();
	open_vm("b", 1, "real-time");
	cell("priority", 1);
	cell("budget-us", 100);
	cell("cap", 50);
	close_node();
	open_vm("c", 1, "real-time");
	real_time(1, 2000, 1000);
	close_node();
	expect("/a: weight: of class \"dedicated\"; accepted: with class = \"fair\" only\n"
	       "/a: budget-us: of class \"dedicated\"; accepted: with class = \"real-time\" only\n"
	       "/b: cap: of class \"real-time\"; accepted: with class = \"fair\" only\n"
	       "/b: class: \"real-time\" without period-us; accepted: with priority, budget-us and "
	       "period-us\n"
	       "/c: budget-us: 2000 of each 1000; accepted: not more than period-us\n");
}

CASE(values_have_ranges)
{
	open_vm("a", 1, "fair");
	cell("weight", 10001);
	cell("cap", 101);
	AFFINITY(32);
	close_node();
	open_vm("b", 1, "fast");
	bytes("affinity", "abc", 3);
	close_node();
	expect("/a: weight: <10001>; accepted: <1> to <10000>\n"
	       "/a: cap: <101>; accepted: <1> to <100>\n"
	       "/a: affinity: CPU 32; accepted: 0 to 31\n"
	       "/b: class \"fast\"; nearest: \"fair\"; accepted: dedicated, real-time, fair\n"
	       "/b: affinity: a value of 3 bytes; accepted: a cell for each CPU, such as <0 1>\n");
}

CASE(a_vcpu_that_the_vm_does_not_have)
{
	open_vm("a", 2, NULL);
	open_node("vcpu@2");
	close_node();
	open_node("vcpu@10");
	close_node();
	open_node("vcpu@1");
	text("clas", "fair");
	close_node();
	close_node();
	expect("/a: unknown node \"vcpu@2\"; accepted: vcpu@0 to vcpu@1\n"
	       "/a: unknown node \"vcpu@10\"; accepted: vcpu@0 to vcpu@1\n"
	       "/a/vcpu@1: unknown property \"clas\"; nearest: \"class\"; accepted: affinity, class, weight, "
	       "cap, "
	       "priority, budget-us, period-us\n");
}

CASE(a_vcpu_has_one_node)
{
	open_vm("a", 2, NULL);
	for (u32 i = 0; i < 2; i++) {
		open_node("vcpu@1");
		text("class", "fair");
		close_node();
	}
	close_node();
	expect("/a: a second node \"vcpu@1\"; accepted: one\n");
}

CASE(a_cpu_that_the_machine_does_not_have)
{
	limits.cpus = 2;
	open_vm("a", 1, "fair");
	AFFINITY(1, 2);
	close_node();
	expect("/a: affinity: CPU 2; accepted: 0 to 1, as the machine has\n");
	assert_true(result.vms[0].refused);
}

CASE(what_is_dedicated_is_not_shared)
{
	limits.cpus = 2;
	open_vm("a", 1, NULL);
	AFFINITY(1);
	close_node();
	open_vm("b", 1, NULL);
	AFFINITY(1);
	close_node();
	open_vm("c", 1, "fair");
	AFFINITY(1);
	close_node();
	open_vm("d", 1, "real-time");
	real_time(1, 10, 100);
	AFFINITY(1);
	close_node();
	expect("/b: affinity: CPU 1 is dedicated to another vCPU; accepted: one that is nobody's, or class = "
	       "\"fair\"\n"
	       "/d: class: every CPU that it may have is dedicated to a vCPU; accepted: one that is not\n"
	       "/c: class: every CPU that it may have is dedicated to a vCPU; accepted: one that is not\n");
}

/* Else the order of the nodes would decide whether they all fit. */
CASE(a_dedicated_one_leaves_those_that_were_named)
{
	limits.cpus = 2;
	open_vm("a", 1, "dedicated");
	close_node();
	open_vm("b", 1, "fair");
	AFFINITY(0);
	close_node();
	expect("");
	assert_int_equal(terms(0, 0)->cpus, 2);
	assert_int_equal(terms(1, 0)->cpus, 1);
}

CASE(a_refused_vm_leaves_its_cpus_to_the_next)
{
	limits.cpus = 3;
	open_vm("a", 4, NULL);
	close_node();
	open_vm("b", 3, NULL);
	close_node();
	expect("/a: cpus: 4; accepted: 3 in all, as the machine has, or class = \"fair\"\n");
	assert_false(result.vms[1].refused);
}

/* The second of `a` finds its CPU taken when `b` has a place already: one that `c` needs, and that it need not have. */
CASE(a_late_refusal_leaves_nothing_behind)
{
	limits.cpus = 2;
	open_vm("a", 2, NULL);
	open_node("vcpu@1");
	text("class", "real-time");
	real_time(1, 10, 100);
	AFFINITY(0);
	close_node();
	close_node();
	open_vm("b", 1, NULL);
	close_node();
	open_vm("c", 1, "fair");
	AFFINITY(0);
	close_node();
	expect("/a: class: every CPU that it may have is dedicated to a vCPU; accepted: one that is not\n");
	assert_true(result.vms[0].refused);
	assert_int_equal(terms(1, 0)->cpus, 2);
	assert_int_equal(terms(2, 0)->cpus, 1);
}

/* 5 of 10 ms leaves the second 5 of each 10, but not in every period: the first may be late once, and early then. */
CASE(budgets_that_cannot_be_met_are_refused_with_the_arithmetic)
{
	limits.cpus = 1;
	open_vm("a", 1, "real-time");
	real_time(1, 5000, 10000);
	close_node();
	open_vm("b", 1, "real-time");
	real_time(2, 5000, 20000);
	close_node();
	open_vm("c", 1, "real-time");
	real_time(3, 5000, 20000);
	close_node();
	expect("/c: class: with a.0 5000 of 10000, b.0 5000 of 20000, c.0 5000 of 20000 us on CPU 0, c.0 "
	       "might need 25000 us "
	       "for its 5000, and has 20000; accepted: budgets that all get in every period\n");
	assert_false(result.vms[1].refused);
}

/* Nothing is left on the CPU, and so little is wanted that a search for the end would be long. */
CASE(what_is_not_found_in_time_is_refused)
{
	limits.cpus = 1;
	open_vm("a", 1, "real-time");
	real_time(1, 100, 100);
	close_node();
	open_vm("b", 1, "real-time");
	real_time(2, 10, 10000000);
	close_node();
	expect("/b: class: with a.0 100 of 100, b.0 10 of 10000000 us on CPU 0, b.0 might need 10000001 us "
	       "for "
	       "its 10, and has 10000000; accepted: budgets that all get in every period\n");
}

CASE(real_time_goes_to_the_first_cpu_that_can_bear_it)
{
	limits.cpus = 3;
	open_vm("x", 1, NULL);
	close_node();
	open_vm("a", 4, "real-time");
	real_time(1, 600, 1000);
	open_node("vcpu@2");
	text("class", "real-time");
	real_time(2, 100, 4000);
	close_node();
	open_node("vcpu@3");
	text("class", "fair");
	close_node();
	close_node();
	expect("");
	assert_int_equal(terms(1, 0)->cpus, 2);
	assert_int_equal(terms(1, 1)->cpus, 4);
	assert_int_equal(terms(1, 2)->cpus, 2);
	assert_int_equal(terms(1, 3)->cpus, 6);
}

/* A VM of higher priority that comes later may not take what was promised before. */
CASE(who_was_admitted_stays_so)
{
	limits.cpus = 1;
	open_vm("a", 1, "real-time");
	real_time(9, 800, 1000);
	close_node();
	open_vm("b", 1, "real-time");
	real_time(1, 300, 1000);
	close_node();
	expect("/b: class: with a.0 800 of 1000, b.0 300 of 1000 us on CPU 0, a.0 might need 1400 us for its "
	       "800, and has "
	       "1000; accepted: budgets that all get in every period\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpus_are_dedicated_one_after_the_other),
		TEST(an_affinity_is_served_before_those_without),
		TEST(fair_ones_share_what_is_not_dedicated),
		TEST(a_vcpu_may_have_terms_of_its_own),
		TEST(each_class_has_words_of_its_own),
		TEST(values_have_ranges),
		TEST(a_vcpu_that_the_vm_does_not_have),
		TEST(a_vcpu_has_one_node),
		TEST(a_cpu_that_the_machine_does_not_have),
		TEST(what_is_dedicated_is_not_shared),
		TEST(a_dedicated_one_leaves_those_that_were_named),
		TEST(a_refused_vm_leaves_its_cpus_to_the_next),
		TEST(a_late_refusal_leaves_nothing_behind),
		TEST(budgets_that_cannot_be_met_are_refused_with_the_arithmetic),
		TEST(what_is_not_found_in_time_is_refused),
		TEST(real_time_goes_to_the_first_cpu_that_can_bear_it),
		TEST(who_was_admitted_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
