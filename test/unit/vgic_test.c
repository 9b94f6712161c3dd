/* SPDX-License-Identifier: Apache-2.0 */
/* One interrupt's life: edges, levels, groups, priorities, SGIs. */
#include "vgic_world.h"

/* --- edges and levels --- */

static void an_edge_is_taken_once(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	ends(0, SPI);
	takes(0, SPURIOUS);
}

static void edges_while_pending_are_one(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	ends(0, SPI);
	takes(0, SPURIOUS);
}

static void an_edge_while_active_comes_again(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	harness_edge(0, SPI);
	takes(0, SPURIOUS);
	ends(0, SPI);
	takes(0, SPI);
}

static void an_edge_before_enable_is_kept(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	harness_edge(0, SPI);
	takes(0, SPURIOUS);
	put_bit(0, ISENABLER, SPI);
	takes(0, SPI);
}

static void a_pulse_on_a_level_input_leaves_nothing(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPURIOUS);
}

static void a_rising_line_is_an_edge_where_so_configured(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	takes(0, SPI);
	ends(0, SPI);
	takes(0, SPURIOUS);
	harness_line(0, SPI, false);
	harness_line(0, SPI, true);
	takes(0, SPI);
}

static void a_level_comes_again_until_it_falls(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	takes(0, SPI);
	ends(0, SPI);
	takes(0, SPI);
	harness_line(0, SPI, false);
	ends(0, SPI);
	takes(0, SPURIOUS);
}

static void a_level_that_falls_before_it_is_taken_is_retracted(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	settled();
	assert_true(interrupted(1));
	harness_line(0, SPI, false);
	settled();
	assert_false(interrupted(1));
}

static void a_level_that_falls_while_active_costs_no_maintenance(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	takes(0, SPI);
	harness_line(0, SPI, false);
	gich_fake_select(0);
	harness_eoi(0, 1, SPI);
	assert_int_equal(gich_fake_misr(), 0);
}

static void a_level_pended_by_software_survives_a_low_line(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	put_bit(0, ISPENDR, SPI);
	harness_line(0, SPI, true);
	harness_line(0, SPI, false);
	takes(0, SPI);
	ends(0, SPI);
	takes(0, SPURIOUS);
}

static void a_disabled_level_says_so_in_ispendr(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_line(0, SPI, true);
	assert_true(get_bit(0, ISPENDR, SPI));
	put_bit(0, ICPENDR, SPI);
	assert_true(get_bit(0, ISPENDR, SPI));
	harness_line(0, SPI, false);
	assert_false(get_bit(0, ISPENDR, SPI));
}

static void a_private_line_is_its_vcpus(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, PPI);
	put_bit(1, ISENABLER, PPI);
	harness_line(1, PPI, true);
	takes(0, SPURIOUS);
	takes(1, PPI);
}

static void a_device_on_another_cpu_kicks_the_target(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	u32 before = harness.kicks;
	harness_line(0, SPI, true);
	assert_int_equal(harness.kicks, before + 1);
	assert_true(harness.kicked[1]);
	takes(1, SPI);
}

static void nobody_is_kicked_for_a_disabled_interrupt(void **s)
{
	(void)s;
	harness_start_open(2);
	route(SPI, 1);
	u32 before = harness.kicks;
	harness_line(0, SPI, true);
	assert_int_equal(harness.kicks, before);
}

/* --- groups and priorities --- */

static void group_0_is_an_fiq(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_dist_write(0, 0x84, 4, 0);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	settled();
	gich_fake_select(0);
	assert_true(gich_fake_signals(0));
	assert_false(gich_fake_signals(1));
	assert_int_equal(harness_ack(0, 0), SPI);
}

static void a_group_the_distributor_does_not_forward_waits(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	settled();
	harness_dist_write(0, 0, 4, 1);
	takes(1, SPURIOUS);
	harness_dist_write(0, 0, 4, 2);
	takes(1, SPI);
}

static void the_highest_priority_is_taken_first_and_preempts(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	put_bit(0, ISENABLER, SPI2);
	set_priority(SPI, 0x80);
	set_priority(SPI2, 0x40);
	harness_line(0, SPI, true);
	takes(0, SPI);
	harness_line(0, SPI2, true);
	takes(0, SPI2);
	ends(0, SPI2);
	gich_fake_select(0);
	assert_int_equal(gich_fake_running(), 0x80);
}

static void a_change_of_priority_reaches_a_listed_interrupt(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	set_priority(SPI, 0x80);
	gich_fake_select(1);
	gich_fake_set_pmr(0x80);
	harness_line(0, SPI, true);
	takes(1, SPURIOUS);
	set_priority(SPI, 0x40);
	takes(1, SPI);
}

static void an_active_interrupt_ends_at_the_priority_it_was_taken_at(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	set_priority(SPI, 0x80);
	harness_line(0, SPI, true);
	takes(0, SPI);
	set_priority(SPI, 0x20);
	harness_line(0, SPI, false);
	ends(0, SPI);
	assert_false(get_bit(0, ISACTIVER, SPI));
}

static void disabling_retracts_from_another_vcpu(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	settled();
	put_bit(0, ICENABLER, SPI);
	takes(1, SPURIOUS);
	assert_true(get_bit(0, ISPENDR, SPI));
}

/* --- SGIs --- */

static void an_sgi_reaches_every_vcpu_named(void **s)
{
	(void)s;
	harness_start_open(4);
	for (u32 k = 0; k < 4; k++)
		put_bit(k, ISENABLER, 5);
	harness_sgi(0, 1, 5UL << 24 | 0xb);
	takes(0, 5);
	takes(1, 5);
	takes(2, SPURIOUS);
	takes(3, 5);
}

static void an_sgi_to_all_others_spares_the_sender(void **s)
{
	(void)s;
	harness_start_open(3);
	for (u32 k = 0; k < 3; k++)
		put_bit(k, ISENABLER, 1);
	harness_sgi(1, 1, 1UL << 24 | 1UL << 40 | 2);
	takes(0, 1);
	takes(1, SPURIOUS);
	takes(2, 1);
}

static void an_sgi_to_self_kicks_nobody(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, 3);
	u32 before = harness.kicks;
	harness_sgi(0, 1, 3UL << 24 | 1);
	assert_int_equal(harness.kicks, before);
	takes(0, 3);
}

static void sgis_of_several_senders_merge(void **s)
{
	(void)s;
	harness_start_open(3);
	put_bit(2, ISENABLER, 4);
	harness_sgi(0, 1, 4UL << 24 | 4);
	harness_sgi(1, 1, 4UL << 24 | 4);
	assert_int_equal(harness_redist_read(0, 2, 0x10000 + ISPENDR, 4),
	                 1 << 4); /* by another: not listed */
	assert_int_equal(harness.vcpu[2].vgic.sgi_sources[4], 3);
	takes(2, 4);
	assert_int_equal(harness.vcpu[2].vgic.sgi_sources[4], 0);
	ends(2, 4);
	takes(2, SPURIOUS);
}

static void an_sgi_to_absent_vcpus_goes_nowhere(void **s)
{
	static const u64 odd[] = {0x4, 0x8000, 1UL << 16 | 1, 1UL << 32 | 1, 1UL << 48 | 1, 1UL << 44 | 1};

	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, 2);
	put_bit(1, ISENABLER, 2);
	for (u32 i = 0; i < ARRAY_COUNT(odd); i++)
		harness_sgi(1, 1, 2UL << 24 | odd[i]);
	takes(0, SPURIOUS);
	takes(1, SPURIOUS);
}

static void an_sgi_of_the_other_group_is_dropped(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, 2);
	harness_sgi(0, 0, 2UL << 24 | 1);
	takes(0, SPURIOUS);
	harness_redist_write(0, 0, 0x10080, 4, 0);
	harness_sgi(0, 1, 2UL << 24 | 1);
	settled();
	assert_int_equal(harness_ack(0, 0), SPURIOUS);
	harness_sgi(0, 0, 2UL << 24 | 1);
	settled();
	assert_int_equal(harness_ack(0, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_is_taken_once),
		cmocka_unit_test(edges_while_pending_are_one),
		cmocka_unit_test(an_edge_while_active_comes_again),
		cmocka_unit_test(an_edge_before_enable_is_kept),
		cmocka_unit_test(a_pulse_on_a_level_input_leaves_nothing),
		cmocka_unit_test(a_rising_line_is_an_edge_where_so_configured),
		cmocka_unit_test(a_level_comes_again_until_it_falls),
		cmocka_unit_test(a_level_that_falls_before_it_is_taken_is_retracted),
		cmocka_unit_test(a_level_that_falls_while_active_costs_no_maintenance),
		cmocka_unit_test(a_level_pended_by_software_survives_a_low_line),
		cmocka_unit_test(a_disabled_level_says_so_in_ispendr),
		cmocka_unit_test(a_private_line_is_its_vcpus),
		cmocka_unit_test(a_device_on_another_cpu_kicks_the_target),
		cmocka_unit_test(nobody_is_kicked_for_a_disabled_interrupt),
		cmocka_unit_test(group_0_is_an_fiq),
		cmocka_unit_test(a_group_the_distributor_does_not_forward_waits),
		cmocka_unit_test(the_highest_priority_is_taken_first_and_preempts),
		cmocka_unit_test(a_change_of_priority_reaches_a_listed_interrupt),
		cmocka_unit_test(an_active_interrupt_ends_at_the_priority_it_was_taken_at),
		cmocka_unit_test(disabling_retracts_from_another_vcpu),
		cmocka_unit_test(an_sgi_reaches_every_vcpu_named),
		cmocka_unit_test(an_sgi_to_all_others_spares_the_sender),
		cmocka_unit_test(an_sgi_to_self_kicks_nobody),
		cmocka_unit_test(sgis_of_several_senders_merge),
		cmocka_unit_test(an_sgi_to_absent_vcpus_goes_nowhere),
		cmocka_unit_test(an_sgi_of_the_other_group_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
