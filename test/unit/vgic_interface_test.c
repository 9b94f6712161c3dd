/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interface in software, register by register; vgic_sweep_test.c compares it with the model. */
#include "vgic_world.h"

#include "virtual/vgic_interface.h"

enum { GROUP0_SGI = 2, SGI = 5 };

static void start(u32 vcpus)
{
	harness_start(vcpus, &(struct gich_fake_options){
				     .lr_count = 4, .priority_bits = 5, .tdir = true, .software = true});
	harness_dist_write(0, 0, 4, 3);
	for (u32 n = 1; n < VGIC_BANKS; n++)
		harness_dist_write(0, 0x80 + 4 * n, 4, 0xffffffff);
	for (u32 k = 0; k < vcpus; k++) {
		harness_redist_write(k, k, 0x10080, 4, ~(1U << GROUP0_SGI));
		harness_set_pmr(k, 0xff);
		harness_set_group(k, 0, true);
		harness_set_group(k, 1, true);
	}
	settled();
}

static u64 get(reg_function function)
{
	struct access a = {.size = 8, .value = ~0UL};

	gich_fake_select(0);
	assert_int_equal(function(&harness.vcpu[0], &a), DONE);
	harness_pass(0);
	return a.value;
}

static void put(reg_function function, u64 value)
{
	struct access a = {.size = 8, .write = true, .value = value};

	gich_fake_select(0);
	assert_int_equal(function(&harness.vcpu[0], &a), DONE);
	harness_pass(0);
}

static void pend(u32 intid, u32 priority)
{
	if (intid < 32)
		harness_redist_write(0, 0, 0x10000 + IPRIORITYR + intid, 1, priority);
	else
		set_priority(intid, priority);
	put_bit(0, ISENABLER, intid);
	put_bit(0, ISPENDR, intid);
}

/* --- registers --- */

static void registers_after_reset(void **s)
{
	(void)s;
	harness_start(1, &(struct gich_fake_options){.lr_count = 4, .priority_bits = 5, .software = true});
	assert_int_equal(get(vgic_interface_pmr_read), 0);
	assert_int_equal(get(vgic_interface_bpr0_read), 2);
	assert_int_equal(get(vgic_interface_bpr1_read), 3);
	assert_int_equal(get(vgic_interface_rpr_read), 0xff);
	assert_int_equal(get(vgic_interface_ap0r0_read), 0);
	assert_int_equal(get(vgic_interface_ap1r0_read), 0);
	assert_int_equal(get(vgic_interface_igrpen0_read), 0);
	assert_int_equal(get(vgic_interface_igrpen1_read), 0);
	assert_int_equal(get(vgic_interface_iar0_read), SPURIOUS);
	assert_int_equal(get(vgic_interface_iar1_read), SPURIOUS);
	assert_int_equal(get(vgic_interface_hppir0_read), SPURIOUS);
	assert_int_equal(get(vgic_interface_hppir1_read), SPURIOUS);
	/* A3V, 24 bits of INTID, 5 bits of priority. */
	assert_int_equal(get(vgic_interface_ctlr_read), 0x8000 | 1 << 11 | 4 << 8);
}

static void bits_that_are_not_implemented_are_dropped(void **s)
{
	(void)s;
	start(1);
	for (u64 value = 0; value < 0x200; value++) {
		put(vgic_interface_pmr_write, value);
		assert_int_equal(get(vgic_interface_pmr_read), value & 0xf8);
	}
	put(vgic_interface_ctlr_write, ~0UL);
	assert_int_equal(get(vgic_interface_ctlr_read), 0x8c03);
	put(vgic_interface_igrpen0_write, ~1UL);
	assert_int_equal(get(vgic_interface_igrpen0_read), 0);
	put(vgic_interface_igrpen1_write, ~0UL);
	assert_int_equal(get(vgic_interface_igrpen1_read), 1);
	put(vgic_interface_ap1r0_write, ~0UL);
	assert_int_equal(get(vgic_interface_ap1r0_read), 0xffffffff);
}

static void binary_points_have_a_least_and_may_be_common(void **s)
{
	(void)s;
	start(1);
	for (u64 value = 0; value < 16; value++) {
		put(vgic_interface_bpr0_write, value);
		put(vgic_interface_bpr1_write, value);
		assert_int_equal(get(vgic_interface_bpr0_read), (value & 7) < 2 ? 2 : value & 7);
		assert_int_equal(get(vgic_interface_bpr1_read), (value & 7) < 3 ? 3 : value & 7);
	}
	put(vgic_interface_bpr1_write, 6);
	put(vgic_interface_ctlr_write, 1);
	put(vgic_interface_bpr0_write, 3);
	assert_int_equal(get(vgic_interface_bpr1_read), 4);
	put(vgic_interface_bpr1_write, 5);
	assert_int_equal(get(vgic_interface_bpr1_read), 4);
	put(vgic_interface_bpr0_write, 7);
	assert_int_equal(get(vgic_interface_bpr1_read), 7);
	put(vgic_interface_ctlr_write, 0);
	assert_int_equal(get(vgic_interface_bpr1_read), 6);
}

/* --- signalling --- */

static void group_0_is_an_fiq_and_group_1_an_irq(void **s)
{
	(void)s;
	start(1);
	pend(SGI, 0x80);
	assert_true(harness_signals(0, 1));
	assert_false(harness_signals(0, 0));
	pend(GROUP0_SGI, 0x40);
	assert_true(harness_signals(0, 0));
	assert_false(harness_signals(0, 1));
	assert_int_equal(get(vgic_interface_iar1_read), SPURIOUS);
	assert_int_equal(get(vgic_interface_hppir1_read), SPURIOUS);
	assert_int_equal(get(vgic_interface_hppir0_read), GROUP0_SGI);
	assert_int_equal(get(vgic_interface_iar0_read), GROUP0_SGI);
	assert_false(harness_signals(0, 0) || harness_signals(0, 1));
	put(vgic_interface_eoir1_write, GROUP0_SGI); /* another group's: nothing */
	assert_int_equal(get(vgic_interface_rpr_read), 0x40);
	put(vgic_interface_eoir0_write, SPURIOUS); /* nothing either */
	assert_int_equal(get(vgic_interface_rpr_read), 0x40);
	put(vgic_interface_eoir0_write, GROUP0_SGI);
	assert_true(harness_signals(0, 1));
	takes(0, SGI);
	ends(0, SGI);
}

static void the_highest_pending_is_told_whatever_masks_it(void **s)
{
	(void)s;
	start(1);
	put(vgic_interface_pmr_write, 0x40);
	pend(SPI, 0x40);
	assert_false(interrupted(0));
	assert_int_equal(get(vgic_interface_hppir1_read), SPI);
	assert_int_equal(get(vgic_interface_iar1_read), SPURIOUS);
	put(vgic_interface_pmr_write, 0x48);
	assert_true(interrupted(0));
	put(vgic_interface_igrpen1_write, 0);
	assert_false(interrupted(0));
	assert_int_equal(get(vgic_interface_hppir1_read), SPURIOUS);
}

static void active_priorities_that_are_written_hold_back(void **s)
{
	(void)s;
	start(1);
	pend(SPI, 0x80);
	put(vgic_interface_ap0r0_write, 1U << (0x80 >> 3));
	assert_false(interrupted(0));
	put(vgic_interface_ap0r0_write, 1U << (0x88 >> 3));
	assert_true(interrupted(0));
	put(vgic_interface_ap0r0_write, 0);
	takes(0, SPI);
	assert_int_equal(get(vgic_interface_ap1r0_read), 1U << (0x80 >> 3));
}

/* Whatever takes away the cause takes away the interrupt, on whichever CPU that happens. */
static void what_is_signalled_is_taken_back(void **s)
{
	static const u32 arrays[] = {ICPENDR, ICENABLER, ISACTIVER};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(arrays); i++) {
		start(2);
		pend(SPI, 0x80);
		assert_true(interrupted(0));
		put_bit(1, arrays[i], SPI);
		settled();
		assert_false(interrupted(0));
		takes(0, SPURIOUS);
	}
	start(2);
	pend(SPI, 0x80);
	route(SPI, 1);
	settled();
	assert_false(interrupted(0));
	assert_true(interrupted(1));
	harness_dist_write(0, 0, 4, 0);
	settled();
	assert_false(interrupted(1));
}

/* Rerouted and made active by software, before the vCPU that signals it has heard of either. */
static void made_active_while_it_is_rerouted(void **s)
{
	(void)s;
	start(3);
	pend(SPI, 0x80);
	assert_true(interrupted(0));
	harness_dist_write(2, IROUTER + SPI * 8, 8, 1);
	put_bit(2, ISACTIVER, SPI);
	harness_dist_write(2, IROUTER + SPI * 8, 8, 2);
	settled();
	assert_false(interrupted(0) || interrupted(1) || interrupted(2));
	put_bit(0, ICACTIVER, SPI);
	settled();
	takes(2, SPI);
}

static void another_cpu_may_deactivate(void **s)
{
	(void)s;
	start(2);
	for (u32 k = 0; k < 2; k++)
		harness_set_control(k, true, false);
	pend(SPI, 0x80);
	takes(0, SPI);
	ends(0, SPI);
	assert_true(get_bit(0, ISACTIVER, SPI));
	harness_dir(1, SPI);
	assert_false(get_bit(0, ISACTIVER, SPI));
	pend(SPI, 0x80);
	takes(0, SPI);
}

/* --- timers, load, unload, reset --- */

static void a_timer_is_held_until_it_is_ended_and_its_line_is_low(void **s)
{
	(void)s;
	start(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	takes(0, VTIMER);
	assert_true(harness.physical_active[0][0]);
	ends(0, VTIMER); /* still high */
	assert_true(harness.physical_active[0][0]);
	takes(0, VTIMER);
	harness_timer_line(0, 0, false);
	ends(0, VTIMER);
	assert_false(harness.physical_active[0][0]);
	assert_int_equal(harness.fires, 1);
	assert_false(interrupted(0));
}

/* The guest silences its timer without a trap: what it acknowledges then is spurious. */
static void a_timer_whose_line_fell_is_spurious(void **s)
{
	(void)s;
	start(1);
	put_bit(0, ISENABLER, VTIMER);
	harness_timer_line(0, 0, true);
	settled();
	assert_true(interrupted(0));
	harness_timer_line(0, 0, false);
	takes(0, SPURIOUS);
	assert_false(interrupted(0));
	assert_false(harness.physical_active[0][0]);
}

static void unloading_leaves_nothing_behind_and_loading_signals_again(void **s)
{
	(void)s;
	start(1);
	harness_set_control(0, true, false);
	put(vgic_interface_bpr1_write, 5);
	pend(SPI, 0x80);
	takes(0, SPI);
	pend(SPI2, 0x40);
	assert_true(interrupted(0));
	harness_unload(0);
	assert_null(harness_check());
	assert_false(interrupted(0));
	assert_int_equal(gich_hcr_read(), 0);
	assert_true(vgic_has_deliverable(&harness.vcpu[0]));
	harness_load(0);
	settled();
	assert_int_equal(gich_hcr_read(), ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1);
	assert_true(interrupted(0));
	assert_int_equal(get(vgic_interface_rpr_read), 0x80);
	assert_int_equal(get(vgic_interface_bpr1_read), 5);
	takes(0, SPI2);
}

static void a_reset_machine_has_nothing_of_its_past(void **s)
{
	(void)s;
	start(1);
	pend(SPI, 0x80);
	takes(0, SPI);
	pend(SPI2, 0x40);
	harness_unload(0);
	vgic_reset(&harness.vm);
	vgic_cpu_reset(&harness.vcpu[0]);
	harness_load(0);
	settled();
	assert_true(harness.vm.vgic.software);
	assert_false(interrupted(0));
	assert_int_equal(get(vgic_interface_rpr_read), 0xff);
	assert_int_equal(get(vgic_interface_igrpen1_read), 0);
	assert_int_equal(get(vgic_interface_ctlr_read) & 3, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_after_reset),
		cmocka_unit_test(bits_that_are_not_implemented_are_dropped),
		cmocka_unit_test(binary_points_have_a_least_and_may_be_common),
		cmocka_unit_test(group_0_is_an_fiq_and_group_1_an_irq),
		cmocka_unit_test(the_highest_pending_is_told_whatever_masks_it),
		cmocka_unit_test(active_priorities_that_are_written_hold_back),
		cmocka_unit_test(what_is_signalled_is_taken_back),
		cmocka_unit_test(made_active_while_it_is_rerouted),
		cmocka_unit_test(another_cpu_may_deactivate),
		cmocka_unit_test(a_timer_is_held_until_it_is_ended_and_its_line_is_low),
		cmocka_unit_test(a_timer_whose_line_fell_is_spurious),
		cmocka_unit_test(unloading_leaves_nothing_behind_and_loading_signals_again),
		cmocka_unit_test(a_reset_machine_has_nothing_of_its_past),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
