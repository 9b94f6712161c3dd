/* SPDX-License-Identifier: Apache-2.0 */
/* One interrupt's life: inputs, list registers, overflow, linked timers, recall, load and unload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vgic_world.h"

enum { SPI = 40, SPI2 = 41, PPI = 20, VTIMER = 27, SPURIOUS = GICH_FAKE_SPURIOUS };
enum { ISENABLER = 0x100, ICENABLER = 0x180, ISPENDR = 0x200, ICPENDR = 0x280, ISACTIVER = 0x300, ICACTIVER = 0x380 };
enum { IPRIORITYR = 0x400, ICFGR = 0xc00, IROUTER = 0x6000 };

static void put_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		harness_redist_write(k, k, 0x10000 + array, 4, 1U << intid);
	else
		harness_dist_write(k, array + intid / 32 * 4, 4, 1U << intid % 32);
}

static bool get_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		return harness_redist_read(k, k, 0x10000 + array, 4) >> intid & 1;
	return harness_dist_read(k, array + intid / 32 * 4, 4) >> intid % 32 & 1;
}

static void set_priority(u32 intid, u32 priority) { harness_dist_write(0, IPRIORITYR + intid, 1, priority); }

static void make_edge(u32 intid)
{
	u32 offset = ICFGR + intid / 16 * 4;

	harness_dist_write(0, offset, 4, harness_dist_read(0, offset, 4) | 2U << intid % 16 * 2);
}

static void route(u32 intid, u64 to) { harness_dist_write(0, IROUTER + intid * 8, 8, to); }

/* Between two steps of every test. */
static void settled(void)
{
	assert_null(harness_settle());
	assert_null(harness_check());
}

static bool interrupted(u32 k)
{
	gich_fake_select(k);
	return gich_fake_signals(0) || gich_fake_signals(1);
}

static void takes(u32 k, u32 intid)
{
	settled();
	assert_int_equal(harness_ack(k, 1), intid);
	settled();
}

static void ends(u32 k, u32 intid)
{
	harness_eoi(k, 1, intid);
	settled();
}

/* Edge-triggered, enabled, pending: `count` SPIs from 32 on, the first with the lowest priority. */
static void pend_spis(u32 count)
{
	for (u32 i = 0; i < count; i++) {
		make_edge(32 + i);
		set_priority(32 + i, 0xf0 - i * 8);
		put_bit(0, ISENABLER, 32 + i);
		harness_edge(0, 32 + i);
	}
	settled();
}

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

/* --- linked timers --- */

static void a_linked_timer_ends_in_hardware(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	assert_true(harness.physical_active[0][0]);
	harness_timer_line(0, 0, false);
	gich_fake_select(0);
	harness_eoi(0, 1, VTIMER);
	assert_false(harness.physical_active[0][0]);
	assert_int_equal(gich_fake_misr(), 0);
	settled();
}

static void a_timer_fires_again_while_its_old_list_register_is_stale(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	for (u32 i = 0; i < 5; i++) {
		harness_timer_line(0, 0, true);
		takes(0, VTIMER);
		harness_timer_line(0, 0, false);
		ends(0, VTIMER);
	}
	assert_int_equal(harness.fires, 5);
	assert_int_equal(harness.vcpu[0].vgic.used, 1);
}

static void a_timer_still_high_fires_again(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	ends(0, VTIMER);
	takes(0, VTIMER);
	assert_int_equal(harness.fires, 2);
}

static void a_disabled_timer_does_not_storm(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_timer_line(0, 0, true);
	settled();
	settled();
	assert_int_equal(harness.fires, 1);
	assert_true(harness.physical_active[0][0]);
	put_bit(0, ISENABLER, VTIMER);
	takes(0, VTIMER);
	assert_int_equal(harness.fires, 1);
}

static void a_timer_whose_line_fell_is_dropped_when_enabled(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_timer_line(0, 0, true);
	settled();
	harness_timer_line(0, 0, false);
	put_bit(0, ISENABLER, VTIMER);
	takes(0, SPURIOUS);
	assert_false(harness.physical_active[0][0]);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
}

static void icactiver_on_a_taken_timer_frees_the_physical_one(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	harness_timer_line(0, 0, false);
	put_bit(0, ICACTIVER, VTIMER);
	settled();
	assert_false(harness.physical_active[0][0]);
	assert_false(get_bit(0, ISACTIVER, VTIMER));
}

static void a_timer_pended_by_software_alone_is_not_linked(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	put_bit(0, ISPENDR, VTIMER);
	takes(0, VTIMER);
	ends(0, VTIMER);
	takes(0, SPURIOUS);
	assert_int_equal(harness.deactivations, 0);
}

static void a_timer_pended_by_software_while_active_comes_again(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	harness_timer_line(0, 0, false);
	put_bit(0, ISPENDR, VTIMER);
	ends(0, VTIMER);
	takes(0, VTIMER);
	ends(0, VTIMER);
	assert_false(harness.physical_active[0][0]);
	takes(0, SPURIOUS);
}

static void ispendr_shows_the_timers_line(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_timer_line(0, 0, true);
	settled();
	assert_true(get_bit(0, ISPENDR, VTIMER));
	harness_timer_line(0, 0, false);
	assert_false(get_bit(0, ISPENDR, VTIMER));
}

static void unloading_frees_a_pending_timer_and_loading_finds_it_again(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	settled();
	harness_unload(0);
	assert_false(harness.physical_active[0][0]);
	assert_null(harness_check());
	assert_true(vgic_has_deliverable(&harness.vcpu[0]));
	harness_load(0);
	takes(0, VTIMER);
}

static void a_timer_taken_before_unloading_ends_linked_after_loading(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	harness_unload(0);
	assert_false(harness.physical_active[0][0]);
	harness_load(0);
	settled();
	assert_true(harness.physical_active[0][0]);
	harness_timer_line(0, 0, false);
	ends(0, VTIMER);
	assert_false(harness.physical_active[0][0]);
	takes(0, SPURIOUS);
}

static void a_reset_gives_a_held_timer_back(void **s)
{
	(void)s;
	harness_start_open(1);
	harness_timer_line(0, 0, true);
	settled();
	assert_true(harness.physical_active[0][0]);
	harness.timer_line[0][0] = false;
	vgic_cpu_reset(&harness.vcpu[0]);
	harness_load(0);
	assert_false(harness.physical_active[0][0]);
}

/* --- more interrupts than list registers --- */

static void take_and_end_all(u32 count)
{
	for (u32 i = count; i-- > 0;) {
		takes(0, 32 + i);
		ends(0, 32 + i);
	}
	takes(0, SPURIOUS);
}

static void twenty_interrupts_come_in_order_through_four(void **s)
{
	(void)s;
	harness_start_open(1);
	pend_spis(20);
	take_and_end_all(20);
}

static void twenty_interrupts_come_in_order_through_one(void **s)
{
	(void)s;
	harness_start_open_with(1, 1, false);
	pend_spis(20);
	take_and_end_all(20);
}

/* Nests `depth` handlers, each of a higher priority, and ends them again. */
static void nest(u32 depth)
{
	for (u32 i = 0; i < depth; i++) {
		make_edge(32 + i);
		set_priority(32 + i, 0xf0 - i * 8);
		put_bit(0, ISENABLER, 32 + i);
		harness_edge(0, 32 + i);
		takes(0, 32 + i);
	}
	for (u32 i = depth; i-- > 0;)
		ends(0, 32 + i);
	for (u32 i = 0; i < depth; i++)
		assert_false(get_bit(0, ISACTIVER, 32 + i));
}

static void twelve_nested_handlers_on_four(void **s)
{
	(void)s;
	harness_start_open(1);
	nest(12);
}

static void twelve_nested_handlers_on_one(void **s)
{
	(void)s;
	harness_start_open_with(1, 1, false);
	nest(12);
}

static void a_pending_one_gets_past_dropped_active_ones(void **s)
{
	(void)s;
	harness_start_open_with(1, 2, true);
	gich_fake_select(0);
	gich_fake_set_eoimode(true);
	pend_spis(5);
	/* EOImode 1: all are taken and their priorities dropped; none is deactivated. */
	for (u32 i = 5; i-- > 0;) {
		takes(0, 32 + i);
		harness_eoi(0, 1, 32 + i);
	}
	takes(0, SPURIOUS);
	for (u32 i = 0; i < 5; i++)
		assert_true(get_bit(0, ISACTIVER, 32 + i));
	/* In an order that is not that of priorities. */
	static const u32 order[] = {34, 32, 36, 33, 35};
	for (u32 i = 0; i < 5; i++) {
		harness_dir(0, order[i]);
		settled();
		assert_false(get_bit(0, ISACTIVER, order[i]));
		for (u32 j = i + 1; j < 5; j++)
			assert_true(get_bit(0, ISACTIVER, order[j]));
	}
}

static void a_higher_priority_displaces_a_listed_one(void **s)
{
	(void)s;
	harness_start_open_with(1, 2, true);
	pend_spis(3);
	set_priority(50, 0x10);
	put_bit(0, ISENABLER, 50);
	harness_line(0, 50, true);
	takes(0, 50);
	harness_line(0, 50, false);
	ends(0, 50);
	take_and_end_all(3);
}

static void full_of_a_disabled_group_the_other_gets_through(void **s)
{
	(void)s;
	harness_start_open_with(1, 2, true);
	/* Interrupts 32..34 are group 0, which the guest disables in its interface. */
	harness_dist_write(0, 0x84, 4, ~7UL);
	gich_fake_select(0);
	gich_fake_set_group(0, false);
	pend_spis(3);
	put_bit(0, ISENABLER, 50);
	set_priority(50, 0xf0);
	harness_line(0, 50, true);
	takes(0, 50);
	harness_line(0, 50, false);
	ends(0, 50);
	gich_fake_select(0);
	gich_fake_set_group(0, true);
	settled();
	assert_int_equal(harness_ack(0, 0), 34);
}

static void all_active_and_one_pending_does_not_storm(void **s)
{
	(void)s;
	harness_start_open_with(1, 2, true);
	pend_spis(2);
	takes(0, 33);
	harness_dist_write(0, IPRIORITYR + 32, 1, 0x08);
	takes(0, 32);
	put_bit(0, ISENABLER, 50);
	set_priority(50, 0xf0);
	harness_line(0, 50, true);
	settled(); /* fails if a maintenance interrupt persists */
	ends(0, 32);
	ends(0, 33);
	takes(0, 50);
}

/* --- what another vCPU lists --- */

static void isactiver_sees_what_another_vcpu_takes(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	takes(1, SPI);
	assert_true(get_bit(0, ISACTIVER, SPI));
	settled();
	harness_line(0, SPI, false);
	ends(1, SPI);
	assert_false(get_bit(0, ISACTIVER, SPI));
}

static void icpendr_retracts_from_another_vcpu(void **s)
{
	(void)s;
	harness_start_open(2);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_edge(0, SPI);
	settled();
	assert_true(interrupted(1));
	put_bit(0, ICPENDR, SPI);
	takes(1, SPURIOUS);
}

static void icactiver_ends_what_another_vcpu_took(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	takes(1, SPI);
	harness_line(0, SPI, false);
	put_bit(0, ICACTIVER, SPI);
	settled();
	assert_false(get_bit(1, ISACTIVER, SPI));
}

static void icactiver_through_another_frame(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(1, ISENABLER, 6);
	harness_sgi(0, 1, 6UL << 24 | 2);
	takes(1, 6);
	assert_int_equal(harness_redist_read(0, 1, 0x10300, 4), 1 << 6);
	harness_redist_write(0, 1, 0x10380, 4, 1 << 6);
	settled();
	assert_int_equal(harness_redist_read(1, 1, 0x10300, 4), 0);
}

static void made_active_by_software_it_is_listed_by_its_target(void **s)
{
	(void)s;
	harness_start_open(2);
	route(SPI, 1);
	set_priority(SPI, 0xa0);
	put_bit(0, ISACTIVER, SPI);
	settled();
	gich_fake_select(1);
	assert_int_equal(field_get(LR_STATE, gich_lr_read(0)), LR_ACTIVE);
	assert_int_equal(field_get(LR_PRIORITY, gich_lr_read(0)), 0xa0);
}

static void a_pending_interrupt_moves_with_its_route(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	settled();
	assert_true(interrupted(0));
	route(SPI, 1);
	settled();
	assert_false(interrupted(0));
	takes(1, SPI);
}

static void an_active_interrupt_ends_where_it_was_taken(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	takes(0, SPI);
	route(SPI, 1);
	takes(1, SPURIOUS);
	ends(0, SPI);
	takes(0, SPURIOUS);
	takes(1, SPI);
}

static void a_route_to_nobody_keeps_it_pending(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 7);
	harness_line(0, SPI, true);
	takes(0, SPURIOUS);
	takes(1, SPURIOUS);
	assert_true(get_bit(0, ISPENDR, SPI));
	route(SPI, 1);
	takes(1, SPI);
}

static void routing_mode_any_is_not_offered(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1UL << 31 | 1);
	assert_int_equal(harness_dist_read(0, IROUTER + SPI * 8, 8), 1);
	harness_line(1, SPI, true);
	takes(0, SPURIOUS);
	takes(1, SPI);
}

static u32 relaxed;
static void recaller_finishes(void)
{
	relaxed++;
	if (relaxed == 3)
		harness.vm.vgic.recallers--;
}

static void a_vcpu_on_its_way_in_waits_for_recallers_and_lists_nothing(void **s)
{
	(void)s;
	harness_start_open(2);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	settled();
	relaxed = 0;
	harness.vm.vgic.recallers = 1;
	spinlock_fake_relax = recaller_finishes;
	vgic_maintain(&harness.vcpu[0]);
	harness_pass(0);
	spinlock_fake_relax = NULL;
	assert_int_equal(relaxed, 3);
	takes(0, SPI);
}

static void folds_for_recaller(void)
{
	struct vcpu *v = &harness.vcpu[1];

	/* What the other CPU would do on its way in: fold, list nothing. */
	assert_true(v->vgic.changed);
	assert_int_equal(harness.vm.vgic.recallers, 1);
	harness_unload(1);
	gich_fake_select(0);
}

static void a_recaller_waits_until_the_other_cpu_answers(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_line(0, SPI, true);
	takes(1, SPI);
	harness.vcpu[1].loaded = false; /* so that the kick alone does nothing */
	spinlock_fake_relax = folds_for_recaller;
	assert_true(get_bit(0, ISACTIVER, SPI));
	spinlock_fake_relax = NULL;
	assert_int_equal(harness.vm.vgic.recallers, 0);
	harness_load(1);
	settled();
	harness_line(0, SPI, false);
	ends(1, SPI);
	assert_false(get_bit(0, ISACTIVER, SPI));
}

/* --- deactivation by ICC_DIR_EL1 --- */

static void dir_from_another_vcpu_ends_it(void **s)
{
	(void)s;
	harness_start_open(2);
	for (u32 k = 0; k < 2; k++) {
		gich_fake_select(k);
		gich_fake_set_eoimode(true);
		vgic_maintain(&harness.vcpu[k]);
		harness_pass(k);
	}
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	harness_eoi(0, 1, SPI);
	harness_dir(1, SPI);
	settled();
	assert_false(get_bit(0, ISACTIVER, SPI));
}

static void a_trapped_dir_of_nonsense_is_ignored(void **s)
{
	static const u64 values[] = {288, 1020, 1023, 8192, 0xffffff, 0xffffffffff000028};

	(void)s;
	harness_start_open(1);
	gich_fake_select(0);
	gich_fake_set_eoimode(true);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	for (u32 i = 0; i < 5; i++)
		vgic_dir_write(&harness.vcpu[0], &(struct access){.write = true, .size = 8, .value = values[i]});
	settled();
	assert_true(get_bit(0, ISACTIVER, SPI));
	/* Bits above the INTID are RES0. */
	vgic_dir_write(&harness.vcpu[0], &(struct access){.write = true, .size = 8, .value = values[5]});
	assert_false(get_bit(0, ISACTIVER, SPI));
}

static void dir_with_eoimode_0_is_ignored(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	put_bit(0, ISENABLER, SPI);
	harness_edge(0, SPI);
	takes(0, SPI);
	vgic_dir_write(&harness.vcpu[0], &(struct access){.write = true, .size = 8, .value = SPI});
	assert_true(get_bit(0, ISACTIVER, SPI));
}

/* --- load, unload, reset, waking --- */

static void unloading_keeps_pending_active_and_the_interface(void **s)
{
	(void)s;
	harness_start_open(1);
	make_edge(SPI);
	make_edge(SPI2);
	put_bit(0, ISENABLER, SPI);
	put_bit(0, ISENABLER, SPI2);
	set_priority(SPI, 0x80);
	set_priority(SPI2, 0xa0);
	harness_edge(0, SPI);
	harness_edge(0, SPI2);
	takes(0, SPI);
	harness_unload(0);
	gich_fake_select(0);
	assert_int_equal(gich_hcr_read(), 0);
	for (u32 n = 0; n < 4; n++)
		assert_int_equal(gich_lr_read(n), 0);
	gich_load(&(struct gich){0});
	harness_load(0);
	assert_int_equal(gich_fake_running(), 0x80);
	takes(0, SPURIOUS);
	ends(0, SPI);
	takes(0, SPI2);
}

static void entering_unchanged_touches_nothing(void **s)
{
	(void)s;
	harness_start_open(1);
	settled();
	assert_false(harness.vcpu[0].vgic.changed);
	u32 tickets = harness.vm.vgic.lock.tickets;
	harness_pass(0);
	assert_int_equal(harness.vm.vgic.lock.tickets, tickets);
}

static void has_deliverable_obeys_mask_group_and_enable(void **s)
{
	struct vcpu *v = &harness.vcpu[0];

	(void)s;
	harness_start_open(1);
	set_priority(SPI, 0x80);
	put_bit(0, ISENABLER, SPI);
	harness_unload(0);
	assert_false(vgic_has_deliverable(v));
	vgic_set_line(v, SPI, true);
	assert_true(vgic_has_deliverable(v));
	v->vgic.saved.vmcr = field_set(v->vgic.saved.vmcr, ICH_VMCR_VPMR, 0x80);
	assert_false(vgic_has_deliverable(v));
	v->vgic.saved.vmcr = field_set(v->vgic.saved.vmcr, ICH_VMCR_VPMR, 0x88);
	assert_true(vgic_has_deliverable(v));
	v->vgic.saved.vmcr &= ~ICH_VMCR_VENG1;
	assert_false(vgic_has_deliverable(v));
	v->vgic.saved.vmcr |= ICH_VMCR_VENG1;
	vgic_set_line(v, SPI, false);
	assert_false(vgic_has_deliverable(v));
}

static void has_deliverable_ignores_what_another_vcpu_gets(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	route(SPI, 1);
	harness_unload(0);
	harness_line(1, SPI, true);
	assert_false(vgic_has_deliverable(&harness.vcpu[0]));
}

static void has_deliverable_masks_a_masked_timer(void **s)
{
	struct vcpu *v = &harness.vcpu[0];

	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	settled();
	harness_unload(0);
	assert_true(vgic_has_deliverable(v));
	v->context.cntv_ctl_el0 |= 2;
	assert_false(vgic_has_deliverable(v));
}

static void a_reset_machine_has_nothing_of_its_past(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, SPI);
	harness_line(0, SPI, true);
	takes(0, SPI);
	harness_unload(0);
	vgic_reset(&harness.vm);
	vgic_cpu_reset(&harness.vcpu[0]);
	harness_load(0);
	settled();
	assert_int_equal(harness_dist_read(0, 0, 4), 0x50);
	for (u32 offset = 0x80; offset < 0xc00; offset += 4)
		assert_int_equal(harness_dist_read(0, offset, 4), 0);
	assert_int_equal(harness_redist_read(0, 0, 0x14, 4), 6);
	assert_int_equal(harness_redist_read(0, 0, 0x10c00, 4), 0xaaaaaaaa);
	gich_fake_select(0);
	assert_int_equal(gich_fake_running(), 0xff);
	assert_int_equal(harness.vcpu[0].vgic.private.hardware, 1U << 27 | 1U << 30);
}

static void a_waiting_vcpu_is_kicked_for_every_new_interrupt(void **s)
{
	(void)s;
	harness_start_open(2);
	put_bit(0, ISENABLER, SPI);
	put_bit(0, ISENABLER, SPI2);
	route(SPI, 1);
	route(SPI2, 1);
	settled();
	harness_unload(1);
	u32 before = harness.kicks;
	/* The first may not be deliverable to it, so it sleeps on; the second must wake it all the same. */
	harness_line(0, SPI, true);
	harness_line(0, SPI2, true);
	assert_int_equal(harness.kicks, before + 2);
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
		cmocka_unit_test(a_linked_timer_ends_in_hardware),
		cmocka_unit_test(a_timer_fires_again_while_its_old_list_register_is_stale),
		cmocka_unit_test(a_timer_still_high_fires_again),
		cmocka_unit_test(a_disabled_timer_does_not_storm),
		cmocka_unit_test(a_timer_whose_line_fell_is_dropped_when_enabled),
		cmocka_unit_test(icactiver_on_a_taken_timer_frees_the_physical_one),
		cmocka_unit_test(a_timer_pended_by_software_alone_is_not_linked),
		cmocka_unit_test(a_timer_pended_by_software_while_active_comes_again),
		cmocka_unit_test(ispendr_shows_the_timers_line),
		cmocka_unit_test(unloading_frees_a_pending_timer_and_loading_finds_it_again),
		cmocka_unit_test(a_timer_taken_before_unloading_ends_linked_after_loading),
		cmocka_unit_test(a_reset_gives_a_held_timer_back),
		cmocka_unit_test(twenty_interrupts_come_in_order_through_four),
		cmocka_unit_test(twenty_interrupts_come_in_order_through_one),
		cmocka_unit_test(twelve_nested_handlers_on_four),
		cmocka_unit_test(twelve_nested_handlers_on_one),
		cmocka_unit_test(a_pending_one_gets_past_dropped_active_ones),
		cmocka_unit_test(a_higher_priority_displaces_a_listed_one),
		cmocka_unit_test(full_of_a_disabled_group_the_other_gets_through),
		cmocka_unit_test(all_active_and_one_pending_does_not_storm),
		cmocka_unit_test(isactiver_sees_what_another_vcpu_takes),
		cmocka_unit_test(icpendr_retracts_from_another_vcpu),
		cmocka_unit_test(icactiver_ends_what_another_vcpu_took),
		cmocka_unit_test(icactiver_through_another_frame),
		cmocka_unit_test(made_active_by_software_it_is_listed_by_its_target),
		cmocka_unit_test(a_pending_interrupt_moves_with_its_route),
		cmocka_unit_test(an_active_interrupt_ends_where_it_was_taken),
		cmocka_unit_test(a_route_to_nobody_keeps_it_pending),
		cmocka_unit_test(routing_mode_any_is_not_offered),
		cmocka_unit_test(a_vcpu_on_its_way_in_waits_for_recallers_and_lists_nothing),
		cmocka_unit_test(a_recaller_waits_until_the_other_cpu_answers),
		cmocka_unit_test(dir_from_another_vcpu_ends_it),
		cmocka_unit_test(a_trapped_dir_of_nonsense_is_ignored),
		cmocka_unit_test(dir_with_eoimode_0_is_ignored),
		cmocka_unit_test(unloading_keeps_pending_active_and_the_interface),
		cmocka_unit_test(entering_unchanged_touches_nothing),
		cmocka_unit_test(has_deliverable_obeys_mask_group_and_enable),
		cmocka_unit_test(has_deliverable_ignores_what_another_vcpu_gets),
		cmocka_unit_test(has_deliverable_masks_a_masked_timer),
		cmocka_unit_test(a_reset_machine_has_nothing_of_its_past),
		cmocka_unit_test(a_waiting_vcpu_is_kicked_for_every_new_interrupt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
