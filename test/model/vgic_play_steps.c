/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step of a guest or a device, drawn from random words. What the architecture leaves UNPREDICTABLE
 * is not drawn: in EOImode 0, ending interrupts in another order than they were taken, or changing the
 * group of an active one; changing EOImode or the binary points while something is active.
 */
#include "model/vgic_play_steps.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/vgic_harness.h"

struct play_state played;
static char text[200];

const char *play_say(const char *format, ...)
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

	if (!played.tells)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

u32 play_draw(u32 below)
{
	u32 value = (u32)(played.source % below);

	played.source = played.source / below ^ played.source * 0x9e3779b97f4a7c15UL;
	return value;
}

static u32 draw_intid(void) { return played.pool[play_draw(played.pool_count)]; }

static bool is_in_pool(u32 intid)
{
	for (u32 i = 0; i < played.pool_count; i++)
		if (played.pool[i] == intid)
			return true;
	return false;
}

static bool is_timer(u32 intid) { return intid == harness_timer[0] || intid == harness_timer[1]; }

static bool is_active(u32 k, u32 intid)
{
	const struct model_interrupt *i = vgic_model_interrupt(&played.model, k, intid);

	return i->state == ACTIVE || i->state == ACTIVE_AND_PENDING;
}

/* Whether a guest has taken it and not ended it. */
static bool is_in_service(u32 of, u32 intid)
{
	for (u32 k = 0; k < played.options->vcpus; k++)
		for (u32 i = 0; i < played.taken_count[k]; i++)
			if (played.taken[k][i].intid == intid && (intid >= 32 || k == of))
				return true;
	return false;
}

/* Bits of the register word of `intid` that may be written, mostly few. */
enum spared { NONE, IN_SERVICE, ALL_ACTIVE };
static u32 draw_bits(u32 k, u32 intid, enum spared spared)
{
	u32 bits = 0, chance = play_draw(3) ? 1 : 3;

	for (u32 n = 0; n < 32; n++) {
		u32 other = (intid & ~31U) + n;

		if (!is_in_pool(other) || (other != intid && play_draw(4) >= chance))
			continue;
		if ((spared == ALL_ACTIVE && is_active(k, other)) ||
		    (spared == IN_SERVICE && is_in_service(k, other)))
			continue;
		bits |= 1U << n;
	}
	return bits;
}

/* --- registers, in both --- */

void play_write(u32 k, u32 of, struct play_place at, u64 value)
{
	u32 intid = at.intid, offset = at.offset, size = at.size;

	if (intid < 32) {
		tell("vCPU %u writes GICR%u+%x (%u bytes) = %lx\n", k, of, offset, size, value);
		vgic_model_redist_write(&played.model, of, 0x10000 + offset, size, value);
		harness_redist_write(k, of, 0x10000 + offset, size, value);
	} else {
		tell("vCPU %u writes GICD+%x (%u bytes) = %lx\n", k, offset, size, value);
		vgic_model_dist_write(&played.model, offset, size, value);
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
	u64 ours = harness_dist_read(k, offset, size),
	    theirs = vgic_model_dist_read(&played.model, offset, size);

	if (ours == theirs)
		return NULL;
	return play_say("vCPU %u reads GICD+%x (%u bytes) as %lx, not %lx", k, offset, size, ours, theirs);
}

static const char *compare_redist(u32 k, u32 of, u32 offset, u32 size)
{
	u64 ours = harness_redist_read(k, of, offset, size);
	u64 theirs = vgic_model_redist_read(&played.model, of, offset, size);

	if (((ours ^ theirs) & ~ignored(k, of, offset)) == 0)
		return NULL;
	return play_say("vCPU %u reads GICR%u+%x (%u bytes) as %lx, not %lx", k, of, offset, size, ours,
	                theirs);
}

static const char *compare_all(u32 k)
{
	const char *wrong = NULL;

	for (u32 offset = 0; offset < 0xd00 && !wrong; offset += 4)
		wrong = compare_dist(k, offset, 4);
	for (u32 intid = 32; intid < MODEL_INTIDS && !wrong; intid++)
		wrong = compare_dist(k, 0x6000 + intid * 8, 8);
	for (u32 of = 0; of < played.options->vcpus; of++)
		for (u32 offset = 0x10080; offset < 0x10d00 && !wrong; offset += 4)
			wrong = compare_redist(k, of, offset, 4);
	return wrong;
}

/* --- steps; k is a loaded vCPU --- */

static const char *read_something(u32 k)
{
	static const u32 widths[] = {4, 4, 4, 4, 1, 8, 2};
	u32 size = widths[play_draw(ARRAY_COUNT(widths))];
	u32 intid = draw_intid(), of = play_draw(played.options->vcpus);
	u32 offset = 0x80 * (1 + play_draw(7)) + intid / 32 * 4;

	switch (play_draw(8)) {
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
	static const u32 arrays[] = {0x080, 0x100, 0x100, 0x100, 0x180, 0x200,
	                             0x200, 0x280, 0x300, 0x380, 0x380};
	u32 base = arrays[play_draw(ARRAY_COUNT(arrays))];
	u32 intid = draw_intid(), of = play_draw(played.options->vcpus);

	if (base == 0x300 && !played.options->split && !played.options->few && !played.options->software)
		return;
	enum spared spared = base == 0x080 ? ALL_ACTIVE : base >= 0x300 ? IN_SERVICE : NONE;
	u32 bits = draw_bits(of, intid, played.options->split ? NONE : spared);
	if (base == 0x080) {
		/* Of the group only some bits change. */
		u32 old = (u32)(intid < 32 ? vgic_model_redist_read(&played.model, of, 0x10080, 4)
		                           : vgic_model_dist_read(&played.model, 0x80 + intid / 32 * 4, 4));
		bits = play_draw(4) ? old | bits : old & ~bits;
	}
	play_write(k, of, (struct play_place){intid, base + intid / 32 * 4, 4}, bits);
}

static u32 draw_priority(void)
{
	static const u32 usual[] = {0x40, 0x80, 0x80, 0xa0, 0xa0, 0xc0};

	return play_draw(3) ? usual[play_draw(ARRAY_COUNT(usual))] : play_draw(256);
}

static void write_priority(u32 k)
{
	u32 intid = draw_intid(), of = play_draw(played.options->vcpus);

	if (play_draw(4)) {
		play_write(k, of, (struct play_place){intid, 0x400 + intid, 1}, draw_priority());
		return;
	}
	u32 value = draw_priority() << 24 | draw_priority() << 16 | draw_priority() << 8 | draw_priority();
	play_write(k, of, (struct play_place){intid, 0x400 + (intid & ~3U), 4}, value);
}

static void write_config(u32 k)
{
	u32 intid = draw_intid(), of = play_draw(played.options->vcpus);

	play_write(k, of, (struct play_place){intid, 0xc00 + intid / 16 * 4, 4}, played.source & 0xffffffff);
}

static void write_route(u32 k)
{
	static const u64 routes[] = {0x80000000, 0x80000003, 0x0000000100000000, 0x100, 0x010000, 9};
	u32 intid = played.pool[played.pool_count - 1 - play_draw((played.pool_count + 1) / 2)];
	u64 route = play_draw(5) ? play_draw(played.options->vcpus) : routes[play_draw(ARRAY_COUNT(routes))];

	if (intid < 32)
		return;
	if (play_draw(4))
		play_write(k, 0, (struct play_place){intid, 0x6000 + intid * 8, 8}, route);
	else
		play_write(k, 0, (struct play_place){intid, 0x6000 + intid * 8 + play_draw(2) * 4, 4},
		           route & 0xffffffff);
}

static void write_control(u32 k)
{
	u32 value = play_draw(3) ? 3 : play_draw(4);

	play_write(k, 0, (struct play_place){32, 0, 4}, value | (play_draw(2) ? 0xfffffffc : 0));
}

static void change_line(u32 k)
{
	u32 intid = draw_intid();
	bool high = play_draw(2);

	if (intid < 16 || is_timer(intid))
		return;
	tell("line of %u (on CPU %u): %u\n", intid, k, high);
	vgic_model_line(&played.model, k, intid, high);
	harness_line(k, intid, high);
}

static void raise_edge(u32 k)
{
	u32 intid = draw_intid();

	if (intid < 16 || is_timer(intid))
		return;
	tell("edge on %u (on CPU %u)\n", intid, k);
	vgic_model_edge(&played.model, k, intid);
	harness_edge(k, intid);
}

static void change_timer(u32 k)
{
	u32 t = play_draw(HARNESS_TIMERS);
	bool high = play_draw(3);

	if (!is_in_pool(harness_timer[t]))
		return;
	tell("timer %u of vCPU %u: %u\n", harness_timer[t], k, high);
	vgic_model_line(&played.model, k, harness_timer[t], high);
	harness_timer_line(k, t, high);
	/* A line that falls while the interrupt is listed is seen when the vCPU stops next. */
	if (!high && harness.vcpu[k].loaded) {
		gich_fake_select(k);
		vgic_maintain(&harness.vcpu[k]);
		harness_pass(k);
	}
}

static void send(u32 k, u32 group, u64 value)
{
	tell("vCPU %u sends SGI of group %u: %lx\n", k, group, value);
	vgic_model_sgi(&played.model, k, group, value);
	harness_sgi(k, group, value);
}

static void send_sgi(u32 k)
{
	static const u64 odd[] = {1UL << 40, 1UL << 44, 1UL << 16, 1UL << 32, 1UL << 48};
	u32 intid = played.pool[play_draw(played.pool_count / 3 + 1)] & 15, group = play_draw(4) ? 1 : 0;
	u64 value = (u64)intid << 24 |
	            (play_draw(2) ? play_draw(1U << played.options->vcpus) : played.source & 0xffff);

	if (!play_draw(6))
		value |= odd[play_draw(ARRAY_COUNT(odd))];
	if (is_in_pool(intid))
		send(k, group, value);
}

static const char *take(u32 k)
{
	u32 group = play_draw(5) ? (vgic_model_may_signal(&played.model, k, 1) ? 1 : 0) : play_draw(2);
	u32 intid = harness_ack(k, group);

	tell("vCPU %u reads IAR%u: %u\n", k, group, intid);
	if (!vgic_model_may_ack(&played.model, k, group, intid))
		return play_say("vCPU %u may not take %u of group %u", k, intid, group);
	if (intid == MODEL_SPURIOUS)
		return NULL;
	vgic_model_ack(&played.model, k, intid);
	played.taken[k][played.taken_count[k]++] = (struct play_taken){intid, group};
	return NULL;
}

static void end(u32 k)
{
	if (!played.taken_count[k])
		return;
	struct play_taken t = played.taken[k][--played.taken_count[k]];

	tell("vCPU %u ends %u\n", k, t.intid);
	vgic_model_eoi(&played.model, k, t.intid);
	harness_eoi(k, t.group, t.intid);
}

static void deactivate(u32 k)
{
	u32 intid = draw_intid();

	/* Mostly one that is active, lately looked at first. */
	for (u32 i = 0; i < played.pool_count && play_draw(8) && !is_active(k, intid); i++)
		intid = played.pool[(play_draw(played.pool_count) + i) % played.pool_count];
	if (!played.options->split)
		return;
	tell("vCPU %u deactivates %u\n", k, intid);
	vgic_model_dir(&played.model, k, intid);
	harness_dir(k, intid);
}

static void change_interface(u32 k)
{
	u32 group = play_draw(2);
	bool enabled = play_draw(3);
	u32 pmr = play_draw(2) ? 0xf8 : draw_priority() & 0xf8;

	if (play_draw(2)) {
		tell("vCPU %u enables group %u: %u\n", k, group, enabled);
		harness_set_group(k, group, enabled);
		played.model.pe[k].group_enabled[group] = enabled;
	} else {
		tell("vCPU %u sets PMR %x\n", k, pmr);
		harness_set_pmr(k, pmr);
		played.model.pe[k].pmr = pmr;
	}
}

static void change_grouping(u32 k)
{
	struct model_pe *pe = &played.model.pe[k];
	u32 group = play_draw(2), point = play_draw(8);
	bool common = play_draw(2);

	if (pe->nesting)
		return;
	if (play_draw(3)) {
		tell("vCPU %u sets BPR%u %u\n", k, group, point);
		vgic_model_set_bpr(&played.model, k, group, point);
		if (harness.software || !(group && pe->common))
			harness_set_bpr(k, group, point);
	} else {
		tell("vCPU %u sets CBPR %u\n", k, common);
		pe->common = common;
		harness_set_control(k, pe->split, common);
	}
}

static void write_waker(u32 k)
{
	u32 of = play_draw(played.options->vcpus);
	u64 value = play_draw(8);

	tell("vCPU %u writes GICR%u WAKER = %lx\n", k, of, value);
	vgic_model_redist_write(&played.model, of, 0x14, 4, value);
	harness_redist_write(k, of, 0x14, 4, value);
}

static void move(u32 k)
{
	tell("vCPU %u is unloaded\n", k);
	harness_unload(k);
	played.loaded[k] = false;
}

/* What the short ways are for: an SGI to itself, a timer, and their handlers. */
static const char *repeat(u32 k)
{
	u32 what = play_draw(8), intid = played.pool[play_draw(2)];

	if (what < 4)
		return take(k);
	if (what < 6)
		return end(k), NULL;
	if (intid < 16)
		send(k, play_draw(8) ? 1 : 0, (u64)intid << 24 | 1U << (play_draw(8) ? k : 0));
	else
		change_timer(k);
	return NULL;
}

const char *play_one_step(u32 k)
{
	u32 what = play_draw(100);

	if (!played.loaded[k]) {
		tell("vCPU %u is loaded\n", k);
		harness_load(k);
		played.loaded[k] = true;
	}
	if (played.options->repeats && play_draw(16))
		return repeat(k);
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
	if (what < 93)
		return change_interface(k), NULL;
	if (what < 94)
		return change_grouping(k), NULL;
	if (what < 95)
		return move(k), NULL;
	if (what < 96)
		return write_waker(k), NULL;
	if (what == 99 && !play_draw(4))
		return compare_all(k);
	return read_something(k);
}
