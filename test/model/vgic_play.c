/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The differential player of vgic_play.h. What the architecture leaves UNPREDICTABLE is not played:
 * in EOImode 0, ending interrupts in another order than they were taken, or changing the group of
 * an active one; changing EOImode while something is active.
 */
#include "model/vgic_play.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/vgic_harness.h"
#include "model/vgic_model.h"

enum { TAKEN_MAX = 64, PLAY_MAX = 65536 };
static const u32 many[] = {0, 1, 7, 15, 16, 23, 27, 30, 31, 32, 33, 40, 63, 64, 65, 200, 287};
static const u32 few_pool[] = {3, 27, 33, 64};

static struct vgic_model model;
static const struct play_options *now;
static const u32 *pool;
static u32 pool_count;
static bool is_loaded[MODEL_PES], tells;
/* What each vCPU has taken and not ended, with its group then. */
static struct taken {
	u32 intid, group;
} taken[MODEL_PES][TAKEN_MAX];
static u32 taken_count[MODEL_PES];
static char text[200];

static __attribute__((format(printf, 1, 2))) const char *say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return text;
}

static __attribute__((format(printf, 1, 2))) void tell(const char *format, ...)
{
	va_list arguments;

	if (!tells)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

/* --- making steps from random words --- */

static u64 source;

static u32 draw(u32 below)
{
	u32 value = (u32)(source % below);

	source = source / below ^ source * 0x9e3779b97f4a7c15UL;
	return value;
}

static u32 draw_intid(void) { return pool[draw(pool_count)]; }

static bool is_in_pool(u32 intid)
{
	for (u32 i = 0; i < pool_count; i++)
		if (pool[i] == intid)
			return true;
	return false;
}

static bool is_timer(u32 intid) { return intid == harness_timer[0] || intid == harness_timer[1]; }

static bool is_active(u32 k, u32 intid)
{
	const struct model_interrupt *i = vgic_model_interrupt(&model, k, intid);

	return i->state == ACTIVE || i->state == ACTIVE_AND_PENDING;
}

/* Whether a guest has taken it and not ended it. */
static bool is_in_service(u32 of, u32 intid)
{
	for (u32 k = 0; k < now->vcpus; k++)
		for (u32 i = 0; i < taken_count[k]; i++)
			if (taken[k][i].intid == intid && (intid >= 32 || k == of))
				return true;
	return false;
}

/* Bits of the register word of `intid` that may be written, mostly few. */
enum spared { NONE, IN_SERVICE, ALL_ACTIVE };
static u32 draw_bits(u32 k, u32 intid, enum spared spared)
{
	u32 bits = 0, chance = draw(3) ? 1 : 3;

	for (u32 n = 0; n < 32; n++) {
		u32 other = (intid & ~31U) + n;

		if (!is_in_pool(other) || (other != intid && draw(4) >= chance))
			continue;
		if ((spared == ALL_ACTIVE && is_active(k, other)) || (spared == IN_SERVICE && is_in_service(k, other)))
			continue;
		bits |= 1U << n;
	}
	return bits;
}

/* --- registers, in both --- */

/* A register of `intid`'s word: in the distributor, or in the frame of vCPU `of`. */
static void write_both(u32 k, u32 of, u32 intid, u32 offset, u32 size, u64 value)
{
	if (intid < 32) {
		tell("vCPU %u writes GICR%u+%x (%u bytes) = %lx\n", k, of, offset, size, value);
		vgic_model_redist_write(&model, of, 0x10000 + offset, size, value);
		harness_redist_write(k, of, 0x10000 + offset, size, value);
	} else {
		tell("vCPU %u writes GICD+%x (%u bytes) = %lx\n", k, offset, size, value);
		vgic_model_dist_write(&model, offset, size, value);
		harness_dist_write(k, offset, size, value);
	}
}

/* Whether a linked timer's line is high can be told only where its vCPU runs: not compared elsewhere. */
static u64 ignored(u32 k, u32 of, u32 offset)
{
	bool pending = (offset & ~3U) == 0x10200 || (offset & ~3U) == 0x10280;

	return pending && k != of ? 1UL << harness_timer[0] | 1UL << harness_timer[1] : 0;
}

static const char *compare_dist(u32 k, u32 offset, u32 size)
{
	u64 ours = harness_dist_read(k, offset, size), theirs = vgic_model_dist_read(&model, offset, size);

	if (ours == theirs)
		return NULL;
	return say("vCPU %u reads GICD+%x (%u bytes) as %lx, not %lx", k, offset, size, ours, theirs);
}

static const char *compare_redist(u32 k, u32 of, u32 offset, u32 size)
{
	u64 ours = harness_redist_read(k, of, offset, size);
	u64 theirs = vgic_model_redist_read(&model, of, offset, size);

	if (((ours ^ theirs) & ~ignored(k, of, offset)) == 0)
		return NULL;
	return say("vCPU %u reads GICR%u+%x (%u bytes) as %lx, not %lx", k, of, offset, size, ours, theirs);
}

static const char *compare_all(u32 k)
{
	const char *wrong = NULL;

	for (u32 offset = 0; offset < 0xd00 && !wrong; offset += 4)
		wrong = compare_dist(k, offset, 4);
	for (u32 intid = 32; intid < MODEL_INTIDS && !wrong; intid++)
		wrong = compare_dist(k, 0x6000 + intid * 8, 8);
	for (u32 of = 0; of < now->vcpus; of++)
		for (u32 offset = 0x10080; offset < 0x10d00 && !wrong; offset += 4)
			wrong = compare_redist(k, of, offset, 4);
	return wrong;
}

/* --- steps; k is a loaded vCPU --- */

static const char *read_something(u32 k)
{
	static const u32 widths[] = {4, 4, 4, 4, 1, 8, 2};
	u32 size = widths[draw(ARRAY_COUNT(widths))];
	u32 intid = draw_intid(), of = draw(now->vcpus);
	u32 offset = 0x80 * (1 + draw(7)) + intid / 32 * 4;

	switch (draw(8)) {
	case 0:
		offset = 0x400 + (intid & ~(size - 1));
		break;
	case 1:
		offset = 0xc00 + intid / 16 * 4;
		break;
	case 2:
		if (intid >= 32)
			offset = 0x6000 + intid * 8;
		break;
	default:
		break;
	}
	tell("vCPU %u reads +%x of interrupt %u (%u bytes)\n", k, offset, intid, size);
	return intid < 32 ? compare_redist(k, of, 0x10000 + offset, size) : compare_dist(k, offset, size);
}

static void write_bits(u32 k)
{
	/* Enables, SPENDR and CPENDR more often. */
	static const u32 arrays[] = {0x080, 0x100, 0x100, 0x100, 0x180, 0x200, 0x200, 0x280, 0x300, 0x380, 0x380};
	u32 base = arrays[draw(ARRAY_COUNT(arrays))];
	u32 intid = draw_intid(), of = draw(now->vcpus);

	if (base == 0x300 && !now->split && !now->few)
		return;
	enum spared spared = base == 0x080 ? ALL_ACTIVE : base >= 0x300 ? IN_SERVICE : NONE;
	u32 bits = draw_bits(of, intid, now->split ? NONE : spared);
	if (base == 0x080) {
		/* Of the group only some bits change. */
		u32 old = (u32)(intid < 32 ? vgic_model_redist_read(&model, of, 0x10080, 4) :
						   vgic_model_dist_read(&model, 0x80 + intid / 32 * 4, 4));
		bits = draw(4) ? old | bits : old & ~bits;
	}
	write_both(k, of, intid, base + intid / 32 * 4, 4, bits);
}

static u32 draw_priority(void)
{
	static const u32 usual[] = {0x40, 0x80, 0x80, 0xa0, 0xa0, 0xc0};

	return draw(3) ? usual[draw(ARRAY_COUNT(usual))] : draw(256);
}

static void write_priority(u32 k)
{
	u32 intid = draw_intid(), of = draw(now->vcpus);

	if (draw(4)) {
		write_both(k, of, intid, 0x400 + intid, 1, draw_priority());
		return;
	}
	u32 value = draw_priority() << 24 | draw_priority() << 16 | draw_priority() << 8 | draw_priority();
	write_both(k, of, intid, 0x400 + (intid & ~3U), 4, value);
}

static void write_config(u32 k)
{
	u32 intid = draw_intid(), of = draw(now->vcpus);

	/* The model does not know why a timer's configuration is fixed; it is told so in start(). */
	write_both(k, of, intid, 0xc00 + intid / 16 * 4, 4, source & 0xffffffff);
}

static void write_route(u32 k)
{
	static const u64 routes[] = {0x80000000, 0x80000003, 0x0000000100000000, 0x100, 0x010000, 9};
	u32 intid = pool[pool_count - 1 - draw((pool_count + 1) / 2)];
	u64 route = draw(5) ? draw(now->vcpus) : routes[draw(ARRAY_COUNT(routes))];

	if (intid < 32)
		return;
	if (draw(4))
		write_both(k, 0, intid, 0x6000 + intid * 8, 8, route);
	else
		write_both(k, 0, intid, 0x6000 + intid * 8 + draw(2) * 4, 4, route & 0xffffffff);
}

static void write_control(u32 k)
{
	u32 value = draw(3) ? 3 : draw(4);

	write_both(k, 0, 32, 0, 4, value | (draw(2) ? 0xfffffffc : 0));
}

static void change_line(u32 k)
{
	u32 intid = draw_intid();
	bool high = draw(2);

	if (intid < 16 || is_timer(intid))
		return;
	tell("line of %u (on CPU %u): %u\n", intid, k, high);
	vgic_model_line(&model, k, intid, high);
	harness_line(k, intid, high);
}

static void raise_edge(u32 k)
{
	u32 intid = draw_intid();

	if (intid < 16 || is_timer(intid))
		return;
	tell("edge on %u (on CPU %u)\n", intid, k);
	vgic_model_edge(&model, k, intid);
	harness_edge(k, intid);
}

static void change_timer(u32 k)
{
	u32 t = draw(HARNESS_TIMERS);
	bool high = draw(3);

	if (!is_in_pool(harness_timer[t]))
		return;
	tell("timer %u of vCPU %u: %u\n", harness_timer[t], k, high);
	vgic_model_line(&model, k, harness_timer[t], high);
	harness_timer_line(k, t, high);
	/* A line that falls while the interrupt is listed is seen when the vCPU stops next. */
	if (!high && harness.vcpu[k].loaded) {
		gich_fake_select(k);
		vgic_maintain(&harness.vcpu[k]);
		harness_pass(k);
	}
}

static void send_sgi(u32 k)
{
	static const u64 odd[] = {1UL << 40, 1UL << 44, 1UL << 16, 1UL << 32, 1UL << 48};
	u32 intid = pool[draw(pool_count / 3 + 1)] & 15, group = draw(4) ? 1 : 0;
	u64 value = (u64)intid << 24 | (draw(2) ? draw(1U << now->vcpus) : source & 0xffff);

	if (!draw(6))
		value |= odd[draw(ARRAY_COUNT(odd))];
	if (!is_in_pool(intid))
		return;
	tell("vCPU %u sends SGI of group %u: %lx\n", k, group, value);
	vgic_model_sgi(&model, k, group, value);
	harness_sgi(k, group, value);
}

static const char *take(u32 k)
{
	u32 group = draw(5) ? (vgic_model_may_signal(&model, k, 1) ? 1 : 0) : draw(2);
	u32 intid = harness_ack(k, group);

	tell("vCPU %u reads IAR%u: %u\n", k, group, intid);
	if (!vgic_model_may_ack(&model, k, group, intid))
		return say("vCPU %u may not take %u of group %u", k, intid, group);
	if (intid == MODEL_SPURIOUS)
		return NULL;
	vgic_model_ack(&model, k, intid);
	taken[k][taken_count[k]++] = (struct taken){intid, group};
	return NULL;
}

static void end(u32 k)
{
	if (!taken_count[k])
		return;
	struct taken t = taken[k][--taken_count[k]];

	tell("vCPU %u ends %u\n", k, t.intid);
	vgic_model_eoi(&model, k, t.intid);
	harness_eoi(k, t.group, t.intid);
}

static void deactivate(u32 k)
{
	u32 intid = draw_intid();

	/* Mostly one that is active, lately looked at first. */
	for (u32 i = 0; i < pool_count && draw(8) && !is_active(k, intid); i++)
		intid = pool[(draw(pool_count) + i) % pool_count];
	if (!now->split)
		return;
	tell("vCPU %u deactivates %u\n", k, intid);
	vgic_model_dir(&model, k, intid);
	harness_dir(k, intid);
}

static void change_interface(u32 k)
{
	u32 group = draw(2);
	bool enabled = draw(3);
	u32 pmr = draw(2) ? 0xf8 : draw_priority() & 0xf8;

	gich_fake_select(k);
	if (draw(2)) {
		tell("vCPU %u enables group %u: %u\n", k, group, enabled);
		gich_fake_set_group(group, enabled);
		model.pe[k].group_enabled[group] = enabled;
	} else {
		tell("vCPU %u sets PMR %x\n", k, pmr);
		gich_fake_set_pmr(pmr);
		model.pe[k].pmr = pmr;
	}
}

static void write_waker(u32 k)
{
	u32 of = draw(now->vcpus);
	u64 value = draw(8);

	tell("vCPU %u writes GICR%u WAKER = %lx\n", k, of, value);
	vgic_model_redist_write(&model, of, 0x14, 4, value);
	harness_redist_write(k, of, 0x14, 4, value);
}

static void move(u32 k)
{
	tell("vCPU %u is unloaded\n", k);
	harness_unload(k);
	is_loaded[k] = false;
}

static const char *one_step(u32 k)
{
	u32 what = draw(100);

	if (what < 22)
		return take(k);
	if (what < 38)
		return end(k), NULL;
	if (what < 46)
		return deactivate(k), NULL;
	if (what < 60)
		return write_bits(k), NULL;
	if (what < 64)
		return write_priority(k), NULL;
	if (what < 66)
		return write_config(k), NULL;
	if (what < 69)
		return write_route(k), NULL;
	if (what < 71)
		return write_control(k), NULL;
	if (what < 78)
		return change_line(k), NULL;
	if (what < 81)
		return raise_edge(k), NULL;
	if (what < 85)
		return change_timer(k), NULL;
	if (what < 91)
		return send_sgi(k), NULL;
	if (what < 94)
		return change_interface(k), NULL;
	if (what < 95)
		return move(k), NULL;
	if (what < 96)
		return write_waker(k), NULL;
	if (what == 99 && !draw(4))
		return compare_all(k);
	return read_something(k);
}

/* --- what is compared after each step --- */

static const char *compare_cpu(u32 k)
{
	if (!is_loaded[k]) {
		if (vgic_has_deliverable(&harness.vcpu[k]) == vgic_model_would_wake(&model, k))
			return NULL;
		return say("unloaded vCPU %u would%s wake", k, vgic_model_would_wake(&model, k) ? "" : " not");
	}
	gich_fake_select(k);
	bool irq = gich_fake_signals(1), fiq = gich_fake_signals(0);

	if ((irq || fiq) != vgic_model_signals(&model, k))
		return say("vCPU %u is %sinterrupted", k, irq || fiq ? "" : "not ");
	if ((irq && !vgic_model_may_signal(&model, k, 1)) || (fiq && !vgic_model_may_signal(&model, k, 0)))
		return say("vCPU %u is interrupted by the wrong group", k);
	if (gich_fake_running() != vgic_model_running(&model, k))
		return say("vCPU %u has running priority %x, not %x", k, gich_fake_running(),
			   vgic_model_running(&model, k));
	return NULL;
}

static void start(const struct play_options *options)
{
	now = options;
	pool = options->few ? few_pool : many;
	pool_count = options->few ? options->lr_count : ARRAY_COUNT(many);
	if (pool_count > ARRAY_COUNT(few_pool) && options->few)
		pool_count = ARRAY_COUNT(few_pool);
	memset(taken_count, 0, sizeof(taken_count));
	harness_start(options->vcpus, &(struct gich_fake_options){.lr_count = options->lr_count,
								  .priority_bits = 5,
								  .tdir = options->tdir,
								  .counts_split_eoi = options->counts_split_eoi});
	vgic_model_reset(&model, options->vcpus);
	for (u32 k = 0; k < options->vcpus; k++) {
		is_loaded[k] = true;
		model.pe[k].pmr = 0xf8;
		model.pe[k].split = options->split;
		model.pe[k].group_enabled[0] = model.pe[k].group_enabled[1] = true;
		gich_fake_select(k);
		gich_fake_set_pmr(0xf8);
		gich_fake_set_group(0, true);
		gich_fake_set_group(1, true);
		gich_fake_set_eoimode(options->split);
		for (u32 t = 0; t < HARNESS_TIMERS; t++)
			model.pe[k].private[harness_timer[t]].fixed = true;
		vgic_maintain(&harness.vcpu[k]);
		harness_pass(k);
		for (u32 i = 0; i < pool_count; i++) {
			u32 intid = pool[i];

			write_both(k, k, intid, 0x80 + intid / 32 * 4, 4, 0xffffffff & ~(intid & 1 ? 0 : 0x12345678U));
			write_both(k, k, intid, 0x100 + intid / 32 * 4, 4, 1U << intid % 32);
			write_both(k, k, intid, 0x400 + intid, 1, 0x80 + (i & 3) * 0x20);
			if (intid >= 32)
				write_both(k, k, intid, 0x6000 + intid * 8, 8, intid % options->vcpus);
		}
	}
	write_both(0, 0, 32, 0, 4, 3);
}

u32 play(const struct play_options *options, const struct play_step *steps, u32 count, const char **why)
{
	bool told = tells;

	tells = false;
	start(options);
	tells = told;
	for (u32 i = 0; i < count; i++) {
		source = steps[i].random[0];
		u32 k = draw(options->vcpus);

		source ^= steps[i].random[1];
		if (!is_loaded[k]) {
			tell("vCPU %u is loaded\n", k);
			harness_load(k);
			is_loaded[k] = true;
		}
		*why = one_step(k);
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

	printf("%u vCPUs, %u list registers, TDIR %u, EOImode %u, few %u\n", options->vcpus, options->lr_count,
	       options->tdir, options->split, options->few);
	tells = true;
	play(options, steps, count, &why);
	tells = false;
	printf("then: %s\n", why ? why : "no difference");
}

/* Whether the sequence still fails without steps[at .. at + chunk); if so it is shortened. */
static bool shorten(const struct play_options *options, struct play_step *steps, u32 at, u32 chunk, u32 *count)
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
