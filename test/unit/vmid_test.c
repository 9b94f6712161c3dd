/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMIDs against a model of TLBs: every CPU remembers which number stood for which space, as a CPU that runs a guest
 * may at any moment, until all forget. A number that a CPU remembers of one space must never come to it for another.
 */
#include "alone.h"
#include "machine/cpu.h"
#include "machine/tlb.h"
#include "monitor/vmid.h"

enum { CPUS = 8, SPACES = 40, NUMBERS = 1 << 16, STEPS = 60000 };

static struct vmid spaces[SPACES];
static u32 running[CPUS];            /* the space it has entered, plus 1; 0: none */
static u32 number[CPUS];             /* and its number */
static u8 remembered[CPUS][NUMBERS]; /* of each number the space, plus 1 */
static u64 random_state = 0x9e3779b97f4a7c15UL;

static u32 random_below(u32 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)(random_state >> 33) % limit;
}

/* A walk for the guest that the CPU runs. */
static void walk(u32 cpu)
{
	if (!running[cpu])
		return;
	u8 *slot = &remembered[cpu][number[cpu]];

	if (*slot && *slot != running[cpu])
		fail_msg("CPU %u: number %u is space %u's, and %u's are in its TLB", cpu, number[cpu],
		         running[cpu] - 1, *slot - 1);
	*slot = (u8)running[cpu];
}

/* All forget; those that run a guest may have walked again before anyone goes on. */
static void on_flush(void)
{
	memset(remembered, 0, sizeof(remembered));
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		if (random_below(2))
			walk(cpu);
}

static void enters(u32 cpu, u32 space)
{
	fake_cpu(cpu);
	number[cpu] = vmid_enter(&spaces[space]);
	running[cpu] = space + 1;
	walk(cpu);
}

static void leaves(u32 cpu)
{
	fake_cpu(cpu);
	running[cpu] = 0;
	vmid_leave();
}

/* Of what is entered now: one number for a space on all CPUs, and different ones for different spaces. */
static void numbers_are_sound(u32 last)
{
	for (u32 a = 0; a < CPUS; a++)
		for (u32 b = 0; running[a] && b < CPUS; b++)
			if (running[b] && (running[a] == running[b]) != (number[a] == number[b]))
				fail_msg("spaces %u and %u on CPUs %u and %u have numbers %u and %u",
				         running[a] - 1, running[b] - 1, a, b, number[a], number[b]);
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		assert_true(!running[cpu] || (number[cpu] >= 1 && number[cpu] <= last));
}

static void play(u32 last, bool spend, u32 spaces_used)
{
	vmid_init(last, spend);
	fake_tlb_on_flush_guests = on_flush;
	for (u32 step = 0; step < STEPS; step++) {
		u32 cpu = random_below(CPUS);

		if (running[cpu] && random_below(2))
			leaves(cpu);
		else if (!running[cpu])
			enters(cpu, random_below(spaces_used));
		walk(random_below(CPUS));
		numbers_are_sound(last);
	}
}

/* --- with as few numbers as there can be, and with more --- */

static void as_many_numbers_as_cpus(void **s)
{
	(void)s;
	play(CPUS, false, SPACES);
	assert_true(fake_tlb_guest_flushes > STEPS / 100);
}

static void a_few_numbers_more_than_cpus(void **s)
{
	(void)s;
	play(CPUS + 5, false, SPACES);
	assert_true(fake_tlb_guest_flushes > STEPS / 200);
}

static void numbers_that_are_spent(void **s)
{
	(void)s;
	play(CPUS, true, 12);
	assert_true(fake_tlb_guest_flushes > STEPS / 100);
}

static void eight_bits_are_enough_for_fewer_spaces(void **s)
{
	(void)s;
	play(255, false, SPACES);
	assert_int_equal(fake_tlb_guest_flushes, 0);
}

static void sixteen_bits_roll_over_too(void **s)
{
	(void)s;
	vmid_init(65535, true);
	fake_tlb_on_flush_guests = on_flush;
	enters(1, 1); /* stays, over both rollovers */
	u32 kept = number[1];
	for (u32 i = 0; i < 2 * 65535; i++) {
		enters(0, 0);
		assert_int_not_equal(number[0], kept);
		leaves(0);
	}
	assert_int_equal(fake_tlb_guest_flushes, 2);
	enters(2, 1);
	assert_int_equal(number[2], kept);
}

/* --- rules one by one --- */

static void numbers_rise_from_1_in_the_order_of_assignment(void **s)
{
	(void)s;
	vmid_init(255, false);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(vmid_assign(&spaces[i]), i + 1);
	enters(0, 3);
	assert_int_equal(number[0], 4);
}

static void a_space_keeps_its_number_while_the_generation_lasts(void **s)
{
	(void)s;
	vmid_init(255, false);
	enters(0, 0);
	leaves(0);
	for (u32 i = 1; i < SPACES; i++)
		vmid_assign(&spaces[i]);
	enters(3, 0);
	assert_int_equal(number[3], 1);
	assert_int_equal(fake_tlb_guest_flushes, 0);
}

static void all_tlbs_forget_before_a_number_comes_again(void **s)
{
	(void)s;
	vmid_init(CPUS, false);
	for (u32 i = 0; i < CPUS; i++)
		assert_int_equal(vmid_assign(&spaces[i]), i + 1);
	assert_int_equal(fake_tlb_guest_flushes, 0);
	enters(0, CPUS);
	assert_int_equal(number[0], 1);
	assert_int_equal(fake_tlb_guest_flushes, 1);
}

static void a_running_space_keeps_its_number_over_two_rollovers(void **s)
{
	(void)s;
	vmid_init(CPUS, false);
	for (u32 i = 0; i < 3; i++)
		vmid_assign(&spaces[i]);
	enters(5, 2);
	assert_int_equal(number[5], 3);
	for (u32 i = 3; fake_tlb_guest_flushes < 2; i++)
		assert_int_not_equal(vmid_assign(&spaces[i]), 3);
	enters(6, 2); /* its second vCPU */
	assert_int_equal(number[6], 3);
}

static void with_every_other_cpu_running_one_number_is_left(void **s)
{
	(void)s;
	vmid_init(CPUS, false);
	fake_tlb_on_flush_guests = on_flush;
	for (u32 cpu = 1; cpu < CPUS; cpu++)
		enters(cpu, cpu);
	for (u32 i = CPUS; i < SPACES; i++) {
		enters(0, i);
		numbers_are_sound(CPUS);
		leaves(0);
	}
	assert_true(fake_tlb_guest_flushes >= SPACES - CPUS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(as_many_numbers_as_cpus),
		ALONE(a_few_numbers_more_than_cpus),
		ALONE(numbers_that_are_spent),
		ALONE(eight_bits_are_enough_for_fewer_spaces),
		ALONE(sixteen_bits_roll_over_too),
		ALONE(numbers_rise_from_1_in_the_order_of_assignment),
		ALONE(a_space_keeps_its_number_while_the_generation_lasts),
		ALONE(all_tlbs_forget_before_a_number_comes_again),
		ALONE(a_running_space_keeps_its_number_over_two_rollovers),
		ALONE(with_every_other_cpu_running_one_number_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
