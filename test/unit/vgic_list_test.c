/* SPDX-License-Identifier: Apache-2.0 */
/* List registers: more interrupts than there are, what another vCPU lists, ICC_DIR_EL1. */
#include "vgic_world.h"

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

/* Its pending half cannot be signalled, and would hide from NPIE that what can be was taken. */
static void one_of_a_disabled_group_that_is_deactivated_blocks_nobody(void **s)
{
	(void)s;
	harness_start_open_with(1, 2, true);
	gich_fake_set_eoimode(true);
	gich_fake_set_group(1, false);
	vgic_maintain(&harness.vcpu[0]);
	harness_pass(0);
	harness_dist_write(0, 0x84, 4, 0);
	put_bit(0, ISACTIVER, 0);
	put_bit(0, ISPENDR, 0);
	put_bit(0, ISENABLER, 0);
	for (u32 intid = SPI; intid <= SPI2; intid++) {
		make_edge(intid);
		set_priority(intid, 0x80);
		put_bit(0, ISENABLER, intid);
		harness_edge(0, intid);
	}
	settled();
	harness_dir(0, 0);
	for (u32 intid = SPI; intid <= SPI2; intid++) {
		settled();
		assert_int_equal(harness_ack(0, 0), intid);
		settled();
		harness_eoi(0, 0, intid);
	}
}

/* ICC_CTLR_EL1 does not trap, so the choice of EOImode is seen by nobody. */
static void dir_from_another_vcpu_ends_it_though_eoimode_changed_unseen(void **s)
{
	(void)s;
	harness_start_open(2);
	for (u32 k = 0; k < 2; k++) {
		gich_fake_select(k);
		gich_fake_set_eoimode(true);
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
		vgic_dir_write(&harness.vcpu[0],
		               &(struct access){.write = true, .size = 8, .value = values[i]});
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(one_of_a_disabled_group_that_is_deactivated_blocks_nobody),
		cmocka_unit_test(dir_from_another_vcpu_ends_it_though_eoimode_changed_unseen),
		cmocka_unit_test(a_trapped_dir_of_nonsense_is_ignored),
		cmocka_unit_test(dir_with_eoimode_0_is_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
