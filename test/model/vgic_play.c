/* SPDX-License-Identifier: Apache-2.0 */
/* The differential player of vgic_play.h: starts both, compares after each step, shortens what fails. */
#include "model/vgic_play.h"

#include <stdio.h>
#include <string.h>

#include "model/vgic_harness.h"
#include "model/vgic_play_steps.h"

enum { PLAY_MAX = 65536 };
static const u32 many[] = {0, 1, 7, 15, 16, 23, 27, 30, 31, 32, 33, 40, 63, 64, 65, 200, 287};
static const u32 few_pool[] = {3, 27, 33, 64};

/* --- what is compared after each step --- */

static const char *compare_cpu(u32 k)
{
	if (!played.loaded[k]) {
		if (vgic_has_deliverable(&harness.vcpu[k]) == vgic_model_would_wake(&played.model, k))
			return NULL;
		return play_say("unloaded vCPU %u would%s wake", k,
		                vgic_model_would_wake(&played.model, k) ? "" : " not");
	}
	bool irq = harness_signals(k, 1), fiq = harness_signals(k, 0);

	if (!irq && !fiq && !vgic_model_may_be_quiet(&played.model, k))
		return play_say("vCPU %u is not interrupted", k);
	if ((irq && !vgic_model_may_signal(&played.model, k, 1)) ||
	    (fiq && !vgic_model_may_signal(&played.model, k, 0)))
		return play_say("vCPU %u is interrupted, or by the wrong group", k);
	if (harness_running(k) != vgic_model_running(&played.model, k))
		return play_say("vCPU %u has running priority %x, not %x", k, harness_running(k),
		                vgic_model_running(&played.model, k));
	for (u32 group = 0; group < 2; group++) {
		if (harness_levels(k, group) != vgic_model_levels(&played.model, k, group))
			return play_say("vCPU %u has active priorities %lx of group %u, not %x", k,
			                harness_levels(k, group), group,
			                vgic_model_levels(&played.model, k, group));
		u32 intid = harness.software ? harness_highest(k, group) : 0;
		if (harness.software && !vgic_model_may_be_highest(&played.model, k, group, intid))
			return play_say("vCPU %u: the highest of group %u is not %u", k, group, intid);
	}
	return NULL;
}

/* Everything that is played is enabled, in both groups, in four priorities, on all vCPUs in turn. */
static void start_interrupt(u32 k, u32 intid, u32 i)
{
	u32 groups = intid & 1 ? ~0U : ~0x12345678U;

	play_write(k, k, (struct play_place){intid, 0x080 + intid / 32 * 4, 4}, groups);
	play_write(k, k, (struct play_place){intid, 0x100 + intid / 32 * 4, 4}, 1U << intid % 32);
	play_write(k, k, (struct play_place){intid, 0x400 + intid, 1}, 0x80 + (i & 3) * 0x20);
	if (intid >= 32)
		play_write(k, k, (struct play_place){intid, 0x6000 + intid * 8, 8},
		           intid % played.options->vcpus);
}

static void start_cpu(u32 k)
{
	struct model_pe *pe = &played.model.pe[k];

	played.loaded[k] = true;
	pe->pmr = 0xf8;
	pe->split = played.options->split;
	pe->group_enabled[0] = pe->group_enabled[1] = true;
	harness_set_pmr(k, 0xf8);
	harness_set_group(k, 0, true);
	harness_set_group(k, 1, true);
	harness_set_control(k, played.options->split, false);
	/* The model does not know why a timer's configuration is fixed. */
	for (u32 t = 0; t < HARNESS_TIMERS; t++)
		pe->private[harness_timer[t]].fixed = true;
	gich_fake_select(k);
	vgic_maintain(&harness.vcpu[k]);
	harness_pass(k);
	for (u32 i = 0; i < played.pool_count; i++)
		start_interrupt(k, played.pool[i], i);
}

static void start(const struct play_options *options)
{
	played.options = options;
	played.pool = options->few ? few_pool : many;
	played.pool_count = options->few ? options->lr_count : ARRAY_COUNT(many);
	if (played.pool_count > ARRAY_COUNT(few_pool) && options->few)
		played.pool_count = ARRAY_COUNT(few_pool);
	memset(played.taken_count, 0, sizeof(played.taken_count));
	harness_start(options->vcpus,
	              &(struct gich_fake_options){.lr_count = options->lr_count,
	                                          .priority_bits = 5,
	                                          .tdir = options->tdir,
	                                          .software = options->software,
	                                          .counts_split_eoi = options->counts_split_eoi});
	vgic_model_reset(&played.model, options->vcpus);
	for (u32 k = 0; k < options->vcpus; k++)
		start_cpu(k);
	play_write(0, 0, (struct play_place){32, 0, 4}, 3);
}

u32 play(const struct play_options *options, const struct play_step *steps, u32 count, const char **why)
{
	bool told = played.tells;

	played.tells = false;
	start(options);
	played.tells = told;
	for (u32 i = 0; i < count; i++) {
		played.source = steps[i].random[0];
		u32 k = play_draw(options->vcpus);

		played.source ^= steps[i].random[1];
		*why = play_one_step(k);
		if (!*why)
			*why = harness_settle();
		if (!*why)
			*why = harness_check();
		for (u32 j = 0; j < options->vcpus && !*why; j++)
			*why = compare_cpu(j);
		if (*why)
			return i;
	}
	return count;
}

void play_print(const struct play_options *options, const struct play_step *steps, u32 count)
{
	const char *why = NULL;

	printf("%u vCPUs, %u list registers, software %u, TDIR %u, EOImode %u, few %u\n", options->vcpus,
	       options->lr_count, options->software, options->tdir, options->split, options->few);
	played.tells = true;
	play(options, steps, count, &why);
	played.tells = false;
	printf("then: %s\n", why ? why : "no difference");
}

/* Whether the sequence still fails without steps[at .. at + chunk); if so it is shortened. */
static bool shorten(const struct play_options *options, struct play_step *steps, u32 at, u32 chunk,
                    u32 *count)
{
	static struct play_step kept[PLAY_MAX];
	u32 left = *count - at - chunk;
	const char *why;

	memcpy(kept, steps, *count * sizeof(*steps));
	memmove(steps + at, steps + at + chunk, left * sizeof(*steps));
	u32 failed = play(options, steps, *count - chunk, &why);
	if (failed < *count - chunk) {
		*count = failed + 1;
		return true;
	}
	memcpy(steps, kept, *count * sizeof(*steps));
	return false;
}

u32 play_shrink(const struct play_options *options, struct play_step *steps, u32 count)
{
	for (u32 chunk = count / 2; chunk; chunk /= 2)
		for (u32 at = 0; at + chunk <= count;)
			if (!shorten(options, steps, at, chunk, &count))
				at += chunk;
	return count;
}
