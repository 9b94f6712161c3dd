/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs between their sender and their receiver: whoever looks finds each of them once, and nobody else does. */
#include "vgic_world.h"

enum {
	REDIST_ISPENDR = 0x10000 + ISPENDR,
	REDIST_ICPENDR = 0x10000 + ICPENDR,
	REDIST_ICENABLER = 0x10000 + ICENABLER
};

static u64 sgi(u32 intid, u32 targets) { return (u64)intid << 24 | targets; }

/* Two vCPUs, all SGIs enabled. */
static void start_two(void)
{
	harness_start_open(2);
	for (u32 k = 0; k < 2; k++)
		for (u32 intid = 0; intid < VGIC_SGIS; intid++)
			put_bit(k, ISENABLER, intid);
	settled();
}

static u32 received(u32 k)
{
	u32 sum = 0;

	for (u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += harness.vcpu[k].counters.raised.buckets[i];
	return sum;
}

/* Taken and ended once, so that a list register is its own. */
static void make_known(u32 intid)
{
	harness_sgi(0, 1, sgi(intid, 2));
	takes(1, intid);
	ends(1, intid);
}

static void a_known_sgi_needs_no_word(void **s)
{
	(void)s;
	start_two();
	for (u32 intid = 7; intid <= 8; intid++) { /* the last of the lower word, the first of the higher */
		make_known(intid);
		u64 listed = harness.vcpu[1].counters.listed;
		u32 count = received(1);
		harness_sgi(0, 1, sgi(intid, 2));
		settled();
		assert_false(harness.vcpu[1].vgic.private.latched & 1U << intid);
		assert_int_equal(harness.vcpu[1].counters.listed, listed + 1);
		assert_int_equal(received(1), count + 1);
		takes(1, intid);
		ends(1, intid);
		takes(1, SPURIOUS);
	}
}

static void several_at_once_all_arrive(void **s)
{
	(void)s;
	start_two();
	make_known(2);
	harness_sgi(0, 1, sgi(2, 2));
	harness_sgi(0, 1, sgi(5, 2));
	harness_sgi(0, 1, sgi(12, 2));
	for (u32 i = 0; i < 3; i++) {
		static const u32 order[] = {2, 5, 12};

		takes(1, order[i]);
		ends(1, order[i]);
	}
	takes(1, SPURIOUS);
}

static void one_that_is_still_pending_is_pending_once(void **s)
{
	(void)s;
	start_two();
	make_known(3);
	harness_sgi(0, 1, sgi(3, 2));
	settled();
	harness_sgi(0, 1, sgi(3, 2));
	takes(1, 3);
	harness_sgi(0, 1, sgi(3, 2)); /* while it is active: pending again */
	settled();
	ends(1, 3);
	takes(1, 3);
	ends(1, 3);
	takes(1, SPURIOUS);
}

static void whoever_asks_sees_what_was_sent(void **s)
{
	(void)s;
	start_two();
	harness_sgi(0, 1, sgi(9, 2));
	assert_int_equal(harness_redist_read(0, 1, REDIST_ISPENDR, 4), 1 << 9);
	assert_int_equal(harness_redist_read(0, 0, REDIST_ISPENDR, 4), 0);
	takes(1, 9);
}

static void ask_for_9(void) { assert_int_equal(harness_redist_read(0, 1, REDIST_ISPENDR, 4), 1 << 9); }

static void take_9_out(void) { harness_redist_write(0, 1, REDIST_ICPENDR, 4, 1 << 9); }

static void whoever_asks_while_it_is_received_finds_it_or_the_receiver_does(void **s)
{
	(void)s;
	start_two();
	make_known(9);
	harness_sgi(0, 1, sgi(9, 2));
	gich_fake_on_look = ask_for_9;
	takes(1, 9);
	assert_null(gich_fake_on_look);
	ends(1, 9);
	takes(1, SPURIOUS);
	harness_sgi(0, 1, sgi(9, 2));
	gich_fake_on_look = take_9_out;
	takes(1, SPURIOUS);
	assert_null(gich_fake_on_look);
}

static void send_10(void) { harness_sgi(0, 1, sgi(10, 2)); }

static void one_more_while_it_is_received_is_not_lost(void **s)
{
	(void)s;
	start_two();
	make_known(9);
	harness_sgi(0, 1, sgi(9, 2));
	gich_fake_on_look = send_10;
	for (u32 intid = 9; intid <= 10; intid++) {
		takes(1, intid);
		ends(1, intid);
	}
	takes(1, SPURIOUS);
}

static void what_is_cleared_on_its_way_never_arrives(void **s)
{
	(void)s;
	start_two();
	make_known(9);
	harness_sgi(0, 1, sgi(9, 2));
	harness_redist_write(0, 1, REDIST_ICPENDR, 4, 1 << 9);
	takes(1, SPURIOUS);
	assert_int_equal(harness_redist_read(0, 1, REDIST_ISPENDR, 4), 0);
}

static void a_disabled_one_waits(void **s)
{
	(void)s;
	start_two();
	make_known(4);
	harness_redist_write(0, 1, REDIST_ICENABLER, 4, 1 << 4);
	harness_sgi(0, 1, sgi(4, 2));
	takes(1, SPURIOUS);
	put_bit(1, ISENABLER, 4);
	takes(1, 4);
}

static void one_of_the_other_group_is_not_sent(void **s)
{
	(void)s;
	start_two();
	harness_sgi(0, 0, sgi(6, 2));
	assert_int_equal(harness.vcpu[1].vgic.mail[0] | harness.vcpu[1].vgic.mail[1], 0);
	takes(1, SPURIOUS);
}

static void a_kick_before_the_load_loses_nothing(void **s)
{
	(void)s;
	start_two();
	harness_unload(1);
	harness_sgi(0, 1, sgi(11, 2));
	harness_pass(1); /* the CPU took the kick while its vCPU was not loaded */
	harness_load(1);
	takes(1, 11);
}

static void it_wakes_a_sleeper(void **s)
{
	(void)s;
	start_two();
	harness_unload(1);
	assert_false(vgic_has_deliverable(&harness.vcpu[1]));
	harness_sgi(0, 1, sgi(11, 2));
	assert_true(vgic_has_deliverable(&harness.vcpu[1]));
}

static void a_reset_throws_it_away(void **s)
{
	(void)s;
	start_two();
	harness_unload(1);
	harness_sgi(0, 1, sgi(1, 2));
	vgic_cpu_reset(&harness.vcpu[1]);
	assert_int_equal(harness_redist_read(0, 1, REDIST_ISPENDR, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_sgi_needs_no_word),
		cmocka_unit_test(several_at_once_all_arrive),
		cmocka_unit_test(one_that_is_still_pending_is_pending_once),
		cmocka_unit_test(whoever_asks_sees_what_was_sent),
		cmocka_unit_test(whoever_asks_while_it_is_received_finds_it_or_the_receiver_does),
		cmocka_unit_test(one_more_while_it_is_received_is_not_lost),
		cmocka_unit_test(what_is_cleared_on_its_way_never_arrives),
		cmocka_unit_test(a_disabled_one_waits),
		cmocka_unit_test(one_of_the_other_group_is_not_sent),
		cmocka_unit_test(a_kick_before_the_load_loses_nothing),
		cmocka_unit_test(it_wakes_a_sleeper),
		cmocka_unit_test(a_reset_throws_it_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
