/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU comes and goes: linked timers, load, unload, reset, waking. */
#include "vgic_world.h"

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

/* The first acknowledgement takes what ISPENDR latched (§4.5), though the timer fires again at once. */
static void a_timer_pended_by_software_while_high_comes_once_more_only_while_it_is_high(void **s)
{
	(void)s;
	harness_start_open(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	put_bit(0, ISPENDR, VTIMER);
	takes(0, VTIMER);
	ends(0, VTIMER);
	assert_true(interrupted(0));
	harness_timer_line(0, 0, false);
	vgic_maintain(&harness.vcpu[0]);
	harness_pass(0);
	settled();
	assert_false(interrupted(0));
	assert_false(harness.physical_active[0][0]);
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
		cmocka_unit_test(a_linked_timer_ends_in_hardware),
		cmocka_unit_test(a_timer_fires_again_while_its_old_list_register_is_stale),
		cmocka_unit_test(a_timer_still_high_fires_again),
		cmocka_unit_test(a_disabled_timer_does_not_storm),
		cmocka_unit_test(a_timer_whose_line_fell_is_dropped_when_enabled),
		cmocka_unit_test(icactiver_on_a_taken_timer_frees_the_physical_one),
		cmocka_unit_test(a_timer_pended_by_software_alone_is_not_linked),
		cmocka_unit_test(a_timer_pended_by_software_while_active_comes_again),
		cmocka_unit_test(a_timer_pended_by_software_while_high_comes_once_more_only_while_it_is_high),
		cmocka_unit_test(ispendr_shows_the_timers_line),
		cmocka_unit_test(unloading_frees_a_pending_timer_and_loading_finds_it_again),
		cmocka_unit_test(a_timer_taken_before_unloading_ends_linked_after_loading),
		cmocka_unit_test(a_reset_gives_a_held_timer_back),
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
