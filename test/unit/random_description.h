/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions with all words, at random: nearly all are accepted, for what is said is right, and only what the machine
 * cannot give is refused. For the tests of dump.c.
 */
#pragma once
#include "unit/description.h"

enum { POOL = 5, IMAGE_ROOM = 1024 };
#define MODULES 0x80000000UL

/* --- numbers --- */

static u64 dice;

/* 0 to `below` - 1 (xorshift64, Marsaglia, "Xorshift RNGs", 2003). */
static inline u32 pick(u32 below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (u32)(dice >> 32) % below;
}

static inline u32 between(u32 least, u32 most) { return least + pick(most - least + 1); }
static inline bool toss(void) { return pick(2); }

static inline void pick_bytes(u8 *to, u32 size)
{
	for (u32 i = 0; i < size; i++)
		to[i] = (u8)pick(256);
}

/* --- images --- */

enum origin { BYTES, SHARED, MODULE, ORIGINS };

struct picture {
	u8 bytes[IMAGE_ROOM];
	u32 size;
	enum image_kind kind; /* of a kernel */
};

/* Those under /images, those that a boot loader has placed, and one that is made where it is wanted. */
static struct picture shared_kernels[POOL], shared_initrds[POOL], placed_kernels[POOL], placed_initrds[POOL];

static inline void make_some_linux(void)
{
	make_linux(PAGE_SIZE * pick(4), between(1, MIB), (u64)pick(4) << 1);
	image_size = between(64, 400);
}

static inline void make_some_elf(void)
{
	u32 segments = between(1, 3), headers = ELF_SEGMENTS + segments * ELF_SEGMENT_SIZE;

	make_elf(segments, 0x40100000);
	image_size = headers + pick(200);
	for (u32 i = 0; i < segments; i++) {
		u32 from = pick(image_size), size = pick(image_size - from);

		elf_segment(i, from, 0x40100000 + i * 0x10000, size, size + between(4, 2000));
	}
}

/* As short as they come; a kernel has an instruction. */
static inline u32 some_size(void) { return pick(4) ? between(4, 12) : between(4, 500); }

static inline void make_some_kernel(struct picture *to)
{
	to->kind = (enum image_kind)pick(3);
	if (to->kind == IMAGE_LINUX)
		make_some_linux();
	else if (to->kind == IMAGE_ELF)
		make_some_elf();
	else
		make_raw(some_size());
	if (to->kind != IMAGE_ELF && image_size > 64)
		pick_bytes(image + 64, image_size - 64);
	to->size = image_size;
	memcpy(to->bytes, image, image_size);
}

static inline void make_some_initrd(struct picture *to)
{
	to->size = toss() ? between(1, 8) : between(1, 500);
	pick_bytes(to->bytes, to->size);
}

static inline const u8 *random_module_bytes(pa_t at, u64 size)
{
	u64 index = (at.value - MODULES) / IMAGE_ROOM;

	assert_true(index < 2 * POOL && size <= IMAGE_ROOM && at.value % IMAGE_ROOM == 0);
	return index < POOL ? placed_kernels[index].bytes : placed_initrds[index - POOL].bytes;
}

static inline void make_some_images(void)
{
	for (u32 i = 0; i < POOL; i++) {
		make_some_kernel(&shared_kernels[i]);
		make_some_kernel(&placed_kernels[i]);
		make_some_initrd(&shared_initrds[i]);
		make_some_initrd(&placed_initrds[i]);
	}
}

static inline void put_picture(const char *name, u32 phandle, const struct picture *p)
{
	open_node(name);
	bytes("data", p->bytes, p->size);
	cell(toss() ? "phandle" : "linux,phandle", phandle);
	close_node();
}

/* Kernels have the phandles from 1 on, initrds those from POOL + 1 on. */
static inline void put_shared(void)
{
	char name[16];

	open_node("images");
	for (u32 i = 0; i < POOL; i++) {
		format_text(name, sizeof(name), "k%u", i);
		put_picture(name, 1 + i, &shared_kernels[i]);
		format_text(name, sizeof(name), "i%u", i);
		put_picture(name, 1 + POOL + i, &shared_initrds[i]);
	}
	close_node();
}

/* --- words --- */

/* Says it, or leaves it to the default. */
static inline void maybe_cell(const char *name, u32 least, u32 most)
{
	if (toss())
		cell(name, toss() ? between(least, most) : toss() ? least : most);
}

#define MAYBE_WORD(name, ...) maybe_word(name, (const char *const[]){__VA_ARGS__, NULL})
static inline void maybe_word(const char *name, const char *const *words)
{
	u32 count = 0;

	while (words[count])
		count++;
	if (toss())
		text(name, words[pick(count)]);
}

static inline void maybe_memory(void)
{
	if (toss())
		pair("memory", (u64)between(2, toss() ? 8 : 255 * 512) * 2 * MIB);
	else
		MAYBE_WORD("memory", "4M", "6M", "65536K", "512MiB", "1G", "255GiB");
}

/* Any byte but 0, and any length. */
static inline void maybe_bootargs(void)
{
	char value[2048];
	u32 length = pick(3) == 0 ? 2047 : pick(3) == 0 ? pick(2048) : pick(8);

	if (toss())
		return;
	for (u32 i = 0; i < length; i++)
		value[i] = (char)between(1, 255);
	value[length] = 0;
	text("bootargs", value);
}

static inline void maybe_affinity(void)
{
	u32 count = between(1, 4), cells[4];

	if (pick(4))
		return;
	for (u32 i = 0; i < count; i++)
		cells[i] = cpu_to_fdt32(pick(limits.cpus ? limits.cpus : 32));
	bytes("affinity", cells, 4 * count);
}

/* What goes with the class; all of it if it is `whole`. Budgets are small, so that many are admitted. */
static inline void some_terms(enum sched_class class, bool whole)
{
	if (class == SCHED_FAIR) {
		maybe_cell("weight", 1, 10000);
		maybe_cell("cap", 1, 100);
	}
	if (class != SCHED_REAL_TIME)
		return;
	if (whole || toss())
		cell("priority", between(1, 255));
	if (whole || toss())
		cell("budget-us", between(10, pick(8) ? 20 : 100));
	if (whole || toss())
		cell("period-us", between(100, pick(4) ? 10000000 : 2000));
}

/* A class of its own, or `class`. Answers which it has. */
static inline enum sched_class maybe_class(enum sched_class class)
{
	static const enum sched_class classes[] = {SCHED_DEDICATED, SCHED_REAL_TIME, SCHED_FAIR, SCHED_FAIR,
	                                           SCHED_FAIR};
	bool own = pick(3);

	if (own) {
		class = classes[pick(ARRAY_COUNT(classes))];
		text("class", describe_class_word(class));
	}
	some_terms(class, own);
	return class;
}

static inline void maybe_vcpus(u32 cpus, enum sched_class class)
{
	char name[] = "vcpu@0";

	for (u32 i = 0; i < cpus; i++) {
		if (pick(3))
			continue;
		name[5] = (char)('0' + i);
		open_node(name);
		maybe_class(class);
		maybe_affinity();
		close_node();
	}
}

/* --- VMs --- */

static inline enum origin put_source(const char *name, const struct picture *p, u32 phandle)
{
	enum origin from = (enum origin)pick(ORIGINS);

	if (from == BYTES && p->size == 4)
		from = SHARED;
	if (from == BYTES)
		bytes(name, p->bytes, p->size);
	else if (from == SHARED)
		cell(name, phandle);
	return from;
}

static inline void put_raw_places(const struct picture *p)
{
	u64 load = 0x40010000 + pick(0x10000);

	if (p->size < 8)
		load = align_down(load, 4);
	pair("load", load);
	cell("entry", (u32)align_up(load, 4) + (p->size < 8 ? 0 : 4 * pick((p->size - 4) / 4)));
}

static inline void one_vm(u32 number)
{
	u32 cpus = pick(4) ? between(1, 3) : between(1, 8), k = pick(POOL), i = pick(POOL);
	char name[DESCRIBE_NAME_MAX];
	enum sched_class class;
	enum origin kernel_from, initrd_from = BYTES;

	format_text(name, between(4, sizeof(name)), "%u%c-abcdefghijklmnopqrstuvwxyz_0123456789", number,
	            'a' + pick(26));
	open_node(name);
	if (cpus > 1 || toss())
		cell("cpus", cpus);
	MAYBE_WORD("cpu", "host", "armv8.0", "armv8.2");
	maybe_memory();
	maybe_bootargs();
	MAYBE_WORD("restart", "never", "on-reset", "on-crash", "always");
	maybe_cell("restart-limit", 1, 1000);
	maybe_cell("restart-window", 1, 86400);
	MAYBE_WORD("wfi", "native", "trap");
	MAYBE_WORD("wfe", "native", "trap");
	MAYBE_WORD("gic", "hardware", "software");
	class = maybe_class(SCHED_DEDICATED);
	maybe_affinity();
	kernel_from = put_source("kernel", &shared_kernels[k], 1 + k);
	if (toss())
		initrd_from = put_source("initrd", &shared_initrds[i], 1 + POOL + i);
	if ((kernel_from == MODULE ? placed_kernels : shared_kernels)[k].kind == IMAGE_RAW)
		put_raw_places(&(kernel_from == MODULE ? placed_kernels : shared_kernels)[k]);
	maybe_vcpus(cpus, class);
	if (kernel_from == MODULE)
		module("k", "multiboot,kernel", MODULES + k * IMAGE_ROOM, placed_kernels[k].size);
	if (initrd_from == MODULE)
		module("i", "multiboot,ramdisk", MODULES + (POOL + i) * IMAGE_ROOM, placed_initrds[i].size);
	close_node();
}

/* In `tree`, for `limits`; the same for the same seed. */
static inline void random_description(u64 seed)
{
	u32 vms = pick(4) ? between(1, 4) : between(1, DESCRIBE_VM_MAX);
	bool shared_last = toss();

	dice = (seed + 1) * 0x9e3779b97f4a7c15;
	start(NULL);
	limits.cpus = toss() ? 0 : between(2, 32);
	limits.module_bytes = random_module_bytes;
	make_some_images();
	if (!shared_last)
		put_shared();
	for (u32 i = 0; i < vms; i++)
		one_vm(i);
	if (shared_last)
		put_shared();
	finish();
}
