/* SPDX-License-Identifier: Apache-2.0 */
/* GICR: a frame for each vCPU, what its registers read, keep, ignore. */
#include "vgic_world.h"

enum { SGI_BASE = 0x10000, PIDR2 = 0xffe8, TYPER = 8, WAKER = 0x14, SLEEP = 2, CHILDREN_ASLEEP = 4 };

static u64 get(u32 frame, u32 offset) { return harness_redist_read(frame, frame, offset, 4); }
static void put(u32 frame, u32 offset, u64 value) { harness_redist_write(frame, frame, offset, 4, value); }

static void the_table_is_total(void **s)
{
	(void)s;
	assert_null(reg_table_check(&vgic_redist_table));
	assert_int_equal(vgic_redist_table.size, 0x20000);
}

static void typer_names_its_vcpu_and_the_last_frame(void **s)
{
	(void)s;
	harness_start_open(3);
	for (u32 k = 0; k < 3; k++) {
		u64 typer = harness_redist_read(0, k, TYPER, 8);
		assert_int_equal(typer >> 32, k);
		assert_int_equal(field_get(FIELD(23, 8), typer), k);
		assert_int_equal(typer >> 4 & 1, k == 2);
		assert_int_equal(typer & 0xf, 0); /* no LPIs */
		assert_int_equal(get(k, TYPER), typer & 0xffffffff);
		assert_int_equal(get(k, TYPER + 4), typer >> 32);
	}
}

static void waker_answers_the_handshake(void **s)
{
	(void)s;
	harness_start_open(2);
	assert_int_equal(get(1, WAKER), SLEEP | CHILDREN_ASLEEP);
	put(1, WAKER, 0);
	assert_int_equal(get(1, WAKER), 0);
	assert_int_equal(get(0, WAKER), SLEEP | CHILDREN_ASLEEP);
	put(1, WAKER, SLEEP);
	assert_int_equal(get(1, WAKER), SLEEP | CHILDREN_ASLEEP);
	put(1, WAKER, CHILDREN_ASLEEP);
	assert_int_equal(get(1, WAKER), 0);
}

static void control_never_has_a_write_pending(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0, 0, 0xffffffff);
	assert_int_equal(get(0, 0), 0);
}

static void identification_is_of_a_gicv3(void **s)
{
	(void)s;
	harness_start_open(1);
	assert_int_equal(get(0, PIDR2) >> 4 & 0xf, 3);
	assert_int_equal(get(0, 0xffe0), 0x93);
	assert_int_equal(get(0, 4), harness_dist_read(0, 8, 4));
}

static void frames_are_apart(void **s)
{
	(void)s;
	harness_start_open(2);
	harness_redist_write(0, 1, SGI_BASE + 0x100, 4, 0xffff0000);
	harness_redist_write(0, 1, SGI_BASE + 0x404, 4, 0x10203040);
	assert_int_equal(get(0, SGI_BASE + 0x100), 0);
	assert_int_equal(get(0, SGI_BASE + 0x404), 0);
	assert_int_equal(get(1, SGI_BASE + 0x100), 0xffff0000);
	assert_int_equal(get(1, SGI_BASE + 0x404), 0x10203040);
}

static void all_private_interrupts_can_be_set_and_cleared(void **s)
{
	(void)s;
	harness_start_open(1);
	for (u32 array = 0x100; array < 0x400; array += 0x100) {
		put(0, SGI_BASE + array, 0xffffffff);
		assert_int_equal(get(0, SGI_BASE + array), 0xffffffff);
		put(0, SGI_BASE + array + 0x80, 0x0ff00ff0);
		assert_int_equal(get(0, SGI_BASE + array), 0xf00ff00f);
		put(0, SGI_BASE + array + 0x80, 0xffffffff);
		assert_int_equal(get(0, SGI_BASE + array + 0x80), 0);
	}
}

static void sgis_stay_edge_triggered(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0, SGI_BASE + 0xc00, 0);
	assert_int_equal(get(0, SGI_BASE + 0xc00), 0xaaaaaaaa);
}

static void ppis_can_be_configured_but_linked_ones_stay_level(void **s)
{
	(void)s;
	harness_start_open(1);
	put(0, SGI_BASE + 0xc04, 0xffffffff);
	assert_int_equal(get(0, SGI_BASE + 0xc04), 0xaaaaaaaa & ~(2U << 2 * (27 - 16) | 2U << 2 * (30 - 16)));
}

static void an_sgi_can_be_made_pending_through_ispendr(void **s)
{
	(void)s;
	harness_start_open(2);
	put(1, SGI_BASE + 0x100, 1 << 9);
	harness_redist_write(0, 1, SGI_BASE + 0x200, 4, 1 << 9);
	assert_null(harness_settle());
	assert_int_equal(harness_ack(1, 1), 9);
}

static void clearing_a_pending_sgi_forgets_its_senders(void **s)
{
	(void)s;
	harness_start_open(2);
	harness_sgi(0, 1, 9UL << 24 | 2);
	assert_int_equal(get(1, SGI_BASE + 0x200), 1 << 9);
	assert_int_equal(harness.vcpu[1].vgic.sgi_sources[9], 1);
	harness_redist_write(0, 1, SGI_BASE + 0x280, 4, 1 << 9);
	assert_int_equal(harness.vcpu[1].vgic.sgi_sources[9], 0);
	assert_int_equal(get(1, SGI_BASE + 0x200), 0);
}

static void lpi_and_secure_registers_are_zero(void **s)
{
	static const u32 offsets[] = {0x40, 0x70, 0x78, 0xa0, SGI_BASE + 0xd00, SGI_BASE + 0xe00};

	(void)s;
	harness_start_open(1);
	for (u32 i = 0; i < ARRAY_COUNT(offsets); i++) {
		for (u32 size = 4; size <= 8; size += 4) {
			harness_redist_write(0, 0, offsets[i], size, ~0UL);
			assert_int_equal(harness_redist_read(0, 0, offsets[i], size), 0);
		}
	}
}

static void words_after_the_first_are_not_there(void **s)
{
	(void)s;
	harness_start_open(1);
	for (u32 array = 0x80; array < 0x400; array += 0x80) {
		for (u32 n = 1; n < 32; n++) {
			put(0, SGI_BASE + array + 4 * n, 0xffffffff);
			assert_int_equal(get(0, SGI_BASE + array + 4 * n), 0);
		}
	}
	for (u32 n = 1; n < VGIC_BANKS; n++)
		assert_int_equal(harness_dist_read(0, 0x200 + 4 * n, 4), 0);
}

static void a_sleeping_redistributor_delivers_nevertheless(void **s)
{
	(void)s;
	harness_start_open(1);
	assert_int_equal(get(0, WAKER), SLEEP | CHILDREN_ASLEEP);
	put(0, SGI_BASE + 0x100, 1 << 3);
	harness_sgi(0, 1, 3UL << 24 | 1);
	assert_int_equal(harness_ack(0, 1), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_total),
		cmocka_unit_test(typer_names_its_vcpu_and_the_last_frame),
		cmocka_unit_test(waker_answers_the_handshake),
		cmocka_unit_test(control_never_has_a_write_pending),
		cmocka_unit_test(identification_is_of_a_gicv3),
		cmocka_unit_test(frames_are_apart),
		cmocka_unit_test(all_private_interrupts_can_be_set_and_cleared),
		cmocka_unit_test(sgis_stay_edge_triggered),
		cmocka_unit_test(ppis_can_be_configured_but_linked_ones_stay_level),
		cmocka_unit_test(an_sgi_can_be_made_pending_through_ispendr),
		cmocka_unit_test(clearing_a_pending_sgi_forgets_its_senders),
		cmocka_unit_test(lpi_and_secure_registers_are_zero),
		cmocka_unit_test(words_after_the_first_are_not_there),
		cmocka_unit_test(a_sleeping_redistributor_delivers_nevertheless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
