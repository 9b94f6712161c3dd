/* SPDX-License-Identifier: Apache-2.0 */
/* GICD: what its registers read, keep, ignore. */
#include "vgic_world.h"

static u64 get(u32 offset) { return harness_dist_read(0, offset, 4); }
static void put(u32 offset, u64 value) { harness_dist_write(0, offset, 4, value); }

static void the_table_is_total(void **s)
{
	(void)s;
	assert_null(reg_table_check(&vgic_dist_table));
	assert_int_equal(vgic_dist_table.size, 0x10000);
}

static void ctlr_keeps_group_enables_and_shows_one_security_state(void **s)
{
	(void)s;
	harness_start(1, &(struct gich_fake_options){.lr_count = 4, .priority_bits = 5});
	assert_int_equal(get(0), 0x50);
	put(0, 0xffffffff);
	assert_int_equal(get(0), 0x53);
	put(0, 1);
	assert_int_equal(get(0), 0x51);
	put(0, 0);
	assert_int_equal(get(0), 0x50);
}

static void typer_says_288_interrupts_of_10_bits_and_no_lpis(void **s)
{
	(void)s;
	harness_start_open(2);
	u64 typer = get(4);
	assert_int_equal(field_get(FIELD(4, 0), typer), 8);
	assert_int_equal(field_get(FIELD(7, 5), typer), 0);
	assert_int_equal(field_get(FIELD(23, 19), typer), 9);
	assert_int_equal(typer & (BIT(10) | BIT(16) | BIT(17) | BIT(18)), 0);
	put(4, 0);
	assert_int_equal(get(4), typer);
}

static void identification_is_of_a_gicv3(void **s)
{
	(void)s;
	harness_start_open(1);
	assert_int_equal(get(0xffe8) >> 4 & 0xf, 3);
	assert_int_equal(get(0xffe0), 0x92);
	assert_int_equal(get(0xfff0) | get(0xfff4) << 8 | get(0xfff8) << 16 | get(0xfffc) << 24, 0xb105f00d);
	assert_int_equal(get(8) & 0xfff, 0x43b);
}

static void private_interrupts_are_not_here(void **s)
{
	static const u32 arrays[] = {0x80,  0x100, 0x180, 0x200, 0x280, 0x300,
	                             0x380, 0x400, 0x41c, 0xc00, 0xc04};

	(void)s;
	harness_start_open(1);
	for (u32 i = 0; i < ARRAY_COUNT(arrays); i++) {
		put(arrays[i], 0xffffffff);
		assert_int_equal(get(arrays[i]), 0);
	}
	assert_int_equal(harness_redist_read(0, 0, 0x10100, 4), 0);
	harness_dist_write(0, 0x6000, 8, 1);
	assert_int_equal(harness_dist_read(0, 0x6000, 8), 0);
}

static void interrupts_beyond_the_last_are_not_there(void **s)
{
	static const u32 arrays[] = {0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380};

	(void)s;
	harness_start_open(1);
	for (u32 i = 0; i < ARRAY_COUNT(arrays); i++) {
		for (u32 n = VGIC_BANKS; n < 32; n++) {
			put(arrays[i] + 4 * n, 0xffffffff);
			assert_int_equal(get(arrays[i] + 4 * n), 0);
		}
	}
	for (u32 offset = 0x400 + VGIC_INTIDS; offset < 0x800; offset += 4) {
		put(offset, 0xffffffff);
		assert_int_equal(get(offset), 0);
	}
	for (u32 intid = VGIC_INTIDS; intid < 1024; intid++) {
		harness_dist_write(0, 0x6000 + intid * 8, 8, 1);
		assert_int_equal(harness_dist_read(0, 0x6000 + intid * 8, 8), 0);
	}
}

static void set_and_clear_show_the_same_bits(void **s)
{
	(void)s;
	harness_start_open(1);
	for (u32 n = 1; n < VGIC_BANKS; n++) {
		for (u32 array = 0x100; array < 0x400; array += 0x100) {
			put(array + 4 * n, 0xf0f0f0f0);
			put(array + 4 * n, 0x0000ffff);
			assert_int_equal(get(array + 4 * n), 0xf0f0ffff);
			put(array + 0x80 + 4 * n, 0x00ff00ff);
			assert_int_equal(get(array + 4 * n), 0xf000ff00);
			assert_int_equal(get(array + 0x80 + 4 * n), 0xf000ff00);
			put(array + 0x80 + 4 * n, 0xffffffff);
			assert_int_equal(get(array + 4 * n), 0);
		}
	}
}

static void writing_zero_to_set_and_clear_changes_nothing(void **s)
{
	(void)s;
	harness_start_open(1);
	for (u32 array = 0x100; array < 0x400; array += 0x100) {
		put(array + 8, 0x12345678);
		put(array + 8, 0);
		put(array + 0x88, 0);
		assert_int_equal(get(array + 8), 0x12345678);
	}
}

static void priorities_are_bytes_of_the_implemented_bits(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0x420, 0xff7f3f0f);
	assert_int_equal(get(0x420), 0xf8783808);
	harness_dist_write(0, 0x422, 1, 0xa5);
	assert_int_equal(get(0x420), 0xf8a03808);
	assert_int_equal(harness_dist_read(0, 0x423, 1), 0xf8);
	harness_dist_write(0, 0x420, 2, 0xffff);
	assert_int_equal(get(0x420), 0xf8a03808);
}

static void configuration_is_one_bit_of_two(void **s)
{
	(void)s;
	harness_start_open(1);
	for (u32 n = 2; n < VGIC_INTIDS / 16; n++) {
		assert_int_equal(get(0xc00 + 4 * n), 0);
		put(0xc00 + 4 * n, 0xdeadbeef);
		assert_int_equal(get(0xc00 + 4 * n), 0xdeadbeef & 0xaaaaaaaa);
	}
	put(0xc00 + 4 * 2, 0);
	assert_int_equal(get(0xc00 + 4 * 3), 0xdeadbeef & 0xaaaaaaaa);
}

static void routes_keep_affinity_alone_in_both_widths(void **s)
{
	(void)s;
	harness_start_open(2);
	harness_dist_write(0, 0x6100, 8, ~0UL);
	assert_true(harness_dist_read(0, 0x6100, 8) == 0xff00ffffff);
	harness_dist_write(0, 0x6100, 4, 1);
	assert_true(harness_dist_read(0, 0x6100, 8) == 0xff00000001);
	assert_int_equal(get(0x6104), 0xff);
	harness_dist_write(0, 0x6104, 4, 0);
	assert_int_equal(harness_dist_read(0, 0x6100, 8), 1);
	assert_int_equal(harness.vm.vgic.target[32], 1);
}

static void every_vcpu_can_be_a_target(void **s)
{
	(void)s;
	harness_start_open(8);
	for (u32 k = 0; k < 8; k++) {
		harness_dist_write(0, 0x6000 + 8 * 100, 8, k);
		assert_int_equal(harness.vm.vgic.target[100], k);
	}
	harness_dist_write(0, 0x6000 + 8 * 100, 8, 8);
	assert_int_equal(harness.vm.vgic.target[100], VGIC_NO_TARGET);
}

static void legacy_and_secure_registers_are_zero(void **s)
{
	static const struct {
		u32 from, to;
	} ranges[] = {{0x40, 0x80}, {0x800, 0xc00}, {0xd00, 0xf30}};

	(void)s;
	harness_start_open(1);
	for (u32 i = 0; i < ARRAY_COUNT(ranges); i++) {
		for (u32 offset = ranges[i].from; offset < ranges[i].to; offset += 4) {
			put(offset, 0xffffffff);
			assert_int_equal(get(offset), 0);
		}
	}
	/* GICD_SETSPI_NSR (0x40) and GICD_SGIR (0xf00) are among them: nothing became pending. */
	for (u32 n = 0; n < VGIC_BANKS; n++)
		assert_int_equal(get(0x200 + 4 * n), 0);
	assert_int_equal(harness_redist_read(0, 0, 0x10200, 4), 0);
}

static void wrong_widths_and_misaligned_accesses_do_nothing(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0x104, 0x80000001);
	harness_dist_write(0, 0x184, 1, 1);
	harness_dist_write(0, 0x184, 2, 1);
	harness_dist_write(0, 0x180, 8, ~0UL);
	harness_dist_write(0, 0x186, 4, ~0UL);
	assert_int_equal(get(0x104), 0x80000001);
	assert_int_equal(harness_dist_read(0, 0x104, 1), 0);
	assert_int_equal(harness_dist_read(0, 0x104, 2), 0);
	assert_int_equal(harness_dist_read(0, 0x100, 8), 0);
	assert_int_equal(harness_dist_read(0, 0x102, 4), 0);
}

static void changing_edge_to_level_keeps_what_was_latched(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0xc00 + 4 * 2, 2);
	put(0x104, 1);
	harness_edge(0, 32);
	put(0xc00 + 4 * 2, 0);
	assert_int_equal(get(0x204), 1);
	assert_null(harness_settle());
	assert_int_equal(harness_ack(0, 1), 32);
	assert_null(harness_check());
}

static void group_change_of_a_listed_interrupt_arrives(void **s)
{
	(void)s;
	harness_start_open(2);
	harness_dist_write(0, 0x6100, 8, 1);
	put(0x104, 1);
	harness_line(0, 32, true);
	assert_null(harness_settle());
	gich_fake_select(1);
	assert_true(gich_fake_signals(1));
	put(0x84, 0);
	assert_null(harness_settle());
	gich_fake_select(1);
	assert_true(gich_fake_signals(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_total),
		cmocka_unit_test(ctlr_keeps_group_enables_and_shows_one_security_state),
		cmocka_unit_test(typer_says_288_interrupts_of_10_bits_and_no_lpis),
		cmocka_unit_test(identification_is_of_a_gicv3),
		cmocka_unit_test(private_interrupts_are_not_here),
		cmocka_unit_test(interrupts_beyond_the_last_are_not_there),
		cmocka_unit_test(set_and_clear_show_the_same_bits),
		cmocka_unit_test(writing_zero_to_set_and_clear_changes_nothing),
		cmocka_unit_test(priorities_are_bytes_of_the_implemented_bits),
		cmocka_unit_test(configuration_is_one_bit_of_two),
		cmocka_unit_test(routes_keep_affinity_alone_in_both_widths),
		cmocka_unit_test(every_vcpu_can_be_a_target),
		cmocka_unit_test(legacy_and_secure_registers_are_zero),
		cmocka_unit_test(wrong_widths_and_misaligned_accesses_do_nothing),
		cmocka_unit_test(changing_edge_to_level_keeps_what_was_latched),
		cmocka_unit_test(group_change_of_a_listed_interrupt_arrives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
