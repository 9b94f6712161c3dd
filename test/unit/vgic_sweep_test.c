/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC against its executable specification: random sequences of what guests and
 * devices do, and every offset of its registers with every width.
 */
#include "vgic_world.h"

#include "model/vgic_model.h"
#include "model/vgic_play.h"

enum { STEPS = 1500 };
static struct play_step steps[STEPS];
static u64 state;

/* xorshift64* */
static u64 random_word(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dUL;
}

/* VGIC_SEED=n VGIC_RUNS=n plays other, and more, sequences. */
static u64 setting(const char *name, u64 otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static void sweep(const struct play_options *options)
{
	u64 seed = setting("VGIC_SEED", 1), runs = setting("VGIC_RUNS", 3);
	const char *why = NULL;

	for (u64 run = 0; run < runs; run++) {
		state = (seed + run) * 0x9e3779b97f4a7c15UL | 1;
		for (u32 i = 0; i < STEPS; i++)
			for (u32 j = 0; j < ARRAY_COUNT(steps[i].random); j++)
				steps[i].random[j] = random_word();
		u32 failed = play(options, steps, STEPS, &why);
		if (failed == STEPS)
			continue;
		printf("seed %lu, step %u: %s; shortened:\n", seed + run, failed, why);
		play_print(options, steps, play_shrink(options, steps, failed + 1));
		fail_msg("the virtual GIC and its model differ");
	}
}

static void all_sizes(struct play_options options)
{
	static const u32 lrs[] = {1, 2, 4};

	for (u32 vcpus = 1; vcpus <= 4; vcpus++) {
		for (u32 i = 0; i < ARRAY_COUNT(lrs); i++) {
			options.vcpus = vcpus;
			options.lr_count = lrs[i];
			sweep(&options);
		}
	}
}

static void eoimode_0_with_overflow(void **s)
{
	(void)s;
	all_sizes((struct play_options){.tdir = true});
}

static void eoimode_0_with_overflow_and_without_tdir(void **s)
{
	(void)s;
	all_sizes((struct play_options){.tdir = false});
}

static void eoimode_0_with_interrupts_made_active(void **s)
{
	(void)s;
	all_sizes((struct play_options){.tdir = true, .few = true});
}

static void eoimode_1_with_everything(void **s)
{
	(void)s;
	all_sizes((struct play_options){.tdir = true, .split = true});
}

static void eoimode_1_where_eoicount_counts_priority_drops(void **s)
{
	(void)s;
	all_sizes((struct play_options){.tdir = true, .split = true, .counts_split_eoi = true});
}

static void the_same_ones_again_and_again(void **s)
{
	struct play_options options = {.lr_count = 4, .tdir = true, .few = true, .repeats = true};

	(void)s;
	for (options.vcpus = 1; options.vcpus <= 3; options.vcpus++) {
		options.split = false;
		sweep(&options);
		options.split = true;
		sweep(&options);
	}
}

static void sixteen_list_registers(void **s)
{
	(void)s;
	sweep(&(struct play_options){.vcpus = 3, .lr_count = 16, .tdir = true});
	sweep(&(struct play_options){.vcpus = 3, .lr_count = 16, .tdir = true, .split = true});
}

static void eight_vcpus(void **s)
{
	(void)s;
	sweep(&(struct play_options){.vcpus = 8, .lr_count = 4, .tdir = true});
	sweep(&(struct play_options){.vcpus = 8, .lr_count = 2, .tdir = true, .split = true});
}

/* --- the CPU interface in software --- */

static void software_in_eoimode_0(void **s)
{
	(void)s;
	for (u32 vcpus = 1; vcpus <= 4; vcpus++)
		sweep(&(struct play_options){.vcpus = vcpus, .lr_count = 1, .software = true});
	sweep(&(struct play_options){.vcpus = 8, .lr_count = 1, .software = true});
}

static void software_in_eoimode_1(void **s)
{
	(void)s;
	for (u32 vcpus = 1; vcpus <= 4; vcpus++)
		sweep(&(struct play_options){.vcpus = vcpus, .lr_count = 1, .software = true, .split = true});
	sweep(&(struct play_options){.vcpus = 8, .lr_count = 1, .software = true, .split = true});
}

static void software_with_the_same_ones_again_and_again(void **s)
{
	struct play_options options = {
		.lr_count = 4, .vcpus = 2, .software = true, .few = true, .repeats = true};

	(void)s;
	sweep(&options);
	options.split = true;
	sweep(&options);
}

/* --- every offset --- */

static const u64 written[] = {0, ~0UL, 0x5a5a5a5a5a5a5a5aUL, 0x0123456789abcdefUL};
static struct vgic_model model;

static void start_both(u32 vcpus)
{
	harness_start(vcpus, &(struct gich_fake_options){.lr_count = 4, .priority_bits = 5, .tdir = true});
	vgic_model_reset(&model, vcpus);
	for (u32 k = 0; k < vcpus; k++)
		for (u32 t = 0; t < HARNESS_TIMERS; t++)
			model.pe[k].private[harness_timer[t]].fixed = true;
}

static void every_offset_and_width_of_the_distributor(void **s)
{
	(void)s;
	start_both(2);
	for (u32 i = 0; i < ARRAY_COUNT(written); i++) {
		for (u32 offset = 0; offset < 0x10000; offset++) {
			for (u32 size = 1; size <= 8; size *= 2) {
				u64 mask = size == 8 ? ~0UL : (1UL << size * 8) - 1;
				u64 value = written[i] & mask;

				harness_dist_write(1, offset, size, value);
				vgic_model_dist_write(&model, offset, size, value);
				u64 ours = harness_dist_read(1, offset, size);
				u64 theirs = vgic_model_dist_read(&model, offset, size);
				if (ours != theirs)
					fail_msg("GICD+%x (%u bytes) after %lx: %lx, not %lx", offset, size,
					         value, ours, theirs);
			}
		}
	}
	assert_null(harness_settle());
	assert_null(harness_check());
}

static void every_offset_and_width_of_the_redistributors(void **s)
{
	(void)s;
	start_both(2);
	for (u32 i = 0; i < ARRAY_COUNT(written); i++) {
		for (u32 at = 0; at < 2 * 0x20000; at++) {
			u32 frame = at / 0x20000, offset = at % 0x20000;
			/* Reserved almost everywhere: most of it once is enough. */
			if (i > 1 && (offset & 0xffff) >= 0x1000 && (offset & 0xffff) < 0xff00)
				continue;
			for (u32 size = 1; size <= 8; size *= 2) {
				u64 value = size == 8 ? written[i] : written[i] & ((1UL << size * 8) - 1);

				/* Each frame by its own vCPU, so that the timers' lines can be told. */
				harness_redist_write(frame, frame, offset, size, value);
				vgic_model_redist_write(&model, frame, offset, size, value);
				u64 ours = harness_redist_read(frame, frame, offset, size);
				u64 theirs = vgic_model_redist_read(&model, frame, offset, size);
				if (ours != theirs)
					fail_msg("GICR%u+%x (%u bytes) after %lx: %lx, not %lx", frame,
					         offset, size, value, ours, theirs);
			}
		}
	}
	assert_null(harness_settle());
	assert_null(harness_check());
}

static void the_tables_are_total(void **s)
{
	(void)s;
	assert_null(reg_table_check(&vgic_dist_table));
	assert_null(reg_table_check(&vgic_redist_table));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_total),
		cmocka_unit_test(every_offset_and_width_of_the_distributor),
		cmocka_unit_test(every_offset_and_width_of_the_redistributors),
		cmocka_unit_test(eoimode_0_with_overflow),
		cmocka_unit_test(eoimode_0_with_overflow_and_without_tdir),
		cmocka_unit_test(eoimode_0_with_interrupts_made_active),
		cmocka_unit_test(eoimode_1_with_everything),
		cmocka_unit_test(eoimode_1_where_eoicount_counts_priority_drops),
		cmocka_unit_test(the_same_ones_again_and_again),
		cmocka_unit_test(sixteen_list_registers),
		cmocka_unit_test(eight_vcpus),
		cmocka_unit_test(software_in_eoimode_0),
		cmocka_unit_test(software_in_eoimode_1),
		cmocka_unit_test(software_with_the_same_ones_again_and_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
