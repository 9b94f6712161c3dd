/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each part of the tree (its head, a shared image, a VM, a vCPU, its tail) is a function that puts its bytes one after the
 * other, and a window that keeps those which are wanted now. With nothing wanted the same functions measure, so what is
 * measured is what is written; and wherever a piece ended, the next one begins by going over its part again.
 *
 * Not libfdt's sequential writer (fdt_sw.c), which tree.c uses: it wants the whole tree in one buffer, its images too,
 * moves the strings there at the end, and knows the sizes that the header begins with only then.
 *
 * Every word is written, defaults too: they may be others in the version that reads it. Only what can be left unsaid is: an
 * initrd, bootargs, an affinity, what does not belong to a class. No state of its own, no locks.
 * Devicetree Specification v0.4 §5.2 (header), §5.3 (memory reservations), §5.4 (structure), §5.5 (strings), §5.6 (alignment).
 */
#include "monitor/dump.h"

#include <libfdt.h>

#include "lib/bits.h"
#include "lib/string.h"

enum {
	VERSION = 17,
	COMPATIBLE_VERSION = 16, /* §5.2: what a reader of 17 may also be */
	RESERVED_AT = 40,        /* behind the header; a multiple of 8 */
	STRUCTURE_AT = RESERVED_AT + 16,
	PARTS_OF_VM = 1 + DESCRIBE_CPUS_MAX,
	CELL = 4,
};

/* --- strings: every word once, in a block that is the same in all trees (§5.5) --- */

#define WORDS(X)                            \
	X(compatible, "compatible")         \
	X(data, "data")                     \
	X(phandle, "phandle")               \
	X(cpus, "cpus")                     \
	X(cpu, "cpu")                       \
	X(memory, "memory")                 \
	X(kernel, "kernel")                 \
	X(initrd, "initrd")                 \
	X(load, "load")                     \
	X(entry, "entry")                   \
	X(bootargs, "bootargs")             \
	X(restart, "restart")               \
	X(restart_limit, "restart-limit")   \
	X(restart_window, "restart-window") \
	X(wfi, "wfi")                       \
	X(wfe, "wfe")                       \
	X(gic, "gic")                       \
	X(affinity, "affinity")             \
	X(class, "class")                   \
	X(weight, "weight")                 \
	X(cap, "cap")                       \
	X(priority, "priority")             \
	X(budget_us, "budget-us")           \
	X(period_us, "period-us")
#define ROOM_OF(name, text) char name[sizeof(text)];
#define TEXT_OF(name, text) .name = text,

static const struct words {
	WORDS(ROOM_OF)
} words = {WORDS(TEXT_OF)};
/* Its place in the block. */
#define WORD(name) ((u32)offsetof(struct words, name))

/* --- bytes --- */

/* What passes by of the tree; of [from, end) a copy is kept. */
struct window {
	u64 at; /* of the next byte, in the tree */
	u64 from, end;
	u8 *to; /* where `from` goes; NULL: nowhere, it is only measured */
};

static void put(struct window *w, const void *bytes, u64 size)
{
	u64 first = max_u64(w->at, w->from), last = min_u64(w->at + size, w->end);

	if (w->to && first < last)
		memcpy(w->to + (first - w->from), (const u8 *)bytes + (first - w->at), last - first);
	w->at += size;
}

static void put_cell(struct window *w, u32 value)
{
	fdt32_t big = cpu_to_fdt32(value);

	put(w, &big, CELL);
}

/* Tokens begin at multiples of 4 (§5.4.1). */
static void align(struct window *w)
{
	static const u8 zeros[CELL];

	put(w, zeros, align_up(w->at, CELL) - w->at);
}

/* --- tokens (§5.4.1) --- */

static void begin_node(struct window *w, const char *name)
{
	put_cell(w, FDT_BEGIN_NODE);
	put(w, name, strlen(name) + 1);
	align(w);
}

static void end_node(struct window *w) { put_cell(w, FDT_END_NODE); }

/* Its value of `size` bytes follows. */
static void begin_property(struct window *w, u32 word, u64 size)
{
	put_cell(w, FDT_PROP);
	put_cell(w, (u32)size);
	put_cell(w, word);
}

static void put_bytes(struct window *w, u32 word, const void *value, u64 size)
{
	begin_property(w, word, size);
	put(w, value, size);
	align(w);
}

static void put_text(struct window *w, u32 word, const char *text)
{
	put_bytes(w, word, text, strlen(text) + 1);
}

static void put_number(struct window *w, u32 word, u32 value)
{
	begin_property(w, word, CELL);
	put_cell(w, value);
}

/* A number that is left unsaid if it is 0. */
static void put_given(struct window *w, u32 word, u32 value)
{
	if (value)
		put_number(w, word, value);
}

static void put_long(struct window *w, u32 word, u64 value)
{
	begin_property(w, word, sizeof(value));
	put_cell(w, (u32)(value >> 32));
	put_cell(w, (u32)value);
}

/* --- images --- */

static bool is_same(const struct blob *a, const struct blob *b)
{
	return a->bytes == b->bytes && a->size == b->size;
}

/* 0: it does not lie under /images. */
static u32 phandle_of(const struct dump *d, const struct blob *image)
{
	for (u32 i = 0; i < d->image_count; i++)
		if (is_same(d->images[i], image))
			return i + 1;
	return 0;
}

static u32 count_users(const struct dump *d, const struct blob *image)
{
	u32 users = 0;

	for (u32 i = 0; i < d->vm_count; i++)
		users += is_same(&d->vms[i]->kernel, image) + is_same(&d->vms[i]->initrd, image);
	return users;
}

/* Once under /images: what several want, and what is as long as a phandle, for which describe() would take it. */
static void share_image(struct dump *d, const struct blob *image)
{
	if (image->size && !phandle_of(d, image) && (image->size == CELL || count_users(d, image) > 1))
		d->images[d->image_count++] = image;
}

static void put_image(const struct dump *d, struct window *w, u32 word, const struct blob *image)
{
	u32 phandle = phandle_of(d, image);

	if (phandle)
		put_number(w, word, phandle);
	else if (image->size)
		put_bytes(w, word, image->bytes, image->size);
}

/* The node itself begins with the first of them, and ends with the last. */
static void write_image(const struct dump *d, u32 index, struct window *w)
{
	const struct blob *image = d->images[index];
	char name[] = "image-00";

	if (index == 0)
		begin_node(w, "images");
	format_text(name, sizeof(name), "image-%u", index + 1);
	begin_node(w, name);
	put_bytes(w, WORD(data), image->bytes, image->size);
	put_number(w, WORD(phandle), index + 1);
	end_node(w);
	if (index == d->image_count - 1)
		end_node(w);
}

/* --- vCPUs --- */

/* Not __builtin_popcount() to know their number: what libgcc has for it uses FP registers. */
static void put_affinity(struct window *w, u32 affinity)
{
	fdt32_t cpus[BOUND_CPUS];
	u32 count = 0;

	for (; affinity; affinity &= affinity - 1)
		cpus[count++] = cpu_to_fdt32(lowest_bit(affinity));
	if (count)
		put_bytes(w, WORD(affinity), cpus, count * sizeof(cpus[0]));
}

/* A class and all that comes with it. */
static void put_promise(struct window *w, const struct vcpu_terms *terms)
{
	put_text(w, WORD(class), describe_class_word(terms->class));
	put_given(w, WORD(weight), terms->weight);
	put_given(w, WORD(cap), terms->cap);
	put_given(w, WORD(priority), terms->priority);
	put_given(w, WORD(budget_us), terms->budget_us);
	put_given(w, WORD(period_us), terms->period_us);
}

static bool is_promised_alike(const struct vcpu_terms *a, const struct vcpu_terms *b)
{
	return a->class == b->class && a->weight == b->weight && a->cap == b->cap &&
	       a->priority == b->priority && a->budget_us == b->budget_us && a->period_us == b->period_us;
}

/* What the VM's node says of all vCPUs: nothing, if it is nothing of any one, for a vCPU's node cannot take it back. */
static u32 common_affinity(const struct vm_description *vm)
{
	for (u32 i = 0; i < vm->cpus; i++)
		if (!vm->vcpus[i].affinity)
			return 0;
	return vm->vcpus[0].affinity;
}

/* Only where it differs from what the VM's node says, which is as the first has it. A class of its own starts anew. */
static void write_vcpu(const struct vm_description *vm, u32 number, struct window *w)
{
	const struct vcpu_terms *terms = &vm->vcpus[number];
	bool here = terms->affinity == common_affinity(vm), alike = is_promised_alike(terms, &vm->vcpus[0]);
	char name[] = "vcpu@0";

	if (here && alike)
		return;
	name[sizeof(name) - 2] = (char)('0' + number);
	begin_node(w, name);
	if (!here)
		put_affinity(w, terms->affinity);
	if (!alike)
		put_promise(w, terms);
	end_node(w);
}

/* --- VMs --- */

static void write_vm(const struct dump *d, u32 index, struct window *w)
{
	const struct vm_description *vm = d->vms[index];

	begin_node(w, vm->name);
	put_number(w, WORD(cpus), vm->cpus);
	put_text(w, WORD(cpu), describe_cpu_word(vm->cpu));
	put_long(w, WORD(memory), vm->memory);
	put_text(w, WORD(restart), describe_restart_word(vm->restart));
	put_number(w, WORD(restart_limit), vm->restart_limit);
	put_number(w, WORD(restart_window), vm->restart_window);
	put_text(w, WORD(wfi), describe_wait_word(vm->wfi));
	put_text(w, WORD(wfe), describe_wait_word(vm->wfe));
	put_text(w, WORD(gic), describe_gic_word(vm->gic));
	put_affinity(w, common_affinity(vm));
	put_promise(w, &vm->vcpus[0]);
	if (d->bootargs_size[index] > 1)
		put_bytes(w, WORD(bootargs), vm->bootargs, d->bootargs_size[index]);
	if (vm->kind == IMAGE_RAW) {
		put_long(w, WORD(load), vm->load.value);
		put_long(w, WORD(entry), vm->entry.value);
	}
	put_image(d, w, WORD(kernel), &vm->kernel);
	put_image(d, w, WORD(initrd), &vm->initrd);
}

/* --- parts --- */

static void write_head(const struct dump *d, struct window *w)
{
	u32 strings = d->size - (u32)sizeof(words);
	const u32 cells[STRUCTURE_AT / CELL] = {
		FDT_MAGIC,          d->size,
		STRUCTURE_AT,       strings,
		RESERVED_AT,        VERSION,
		COMPATIBLE_VERSION, 0, /* the CPU that boots (§5.2): nobody boots by this tree */
		sizeof(words),      strings - STRUCTURE_AT,
		/* and an empty list of reservations, which ends with zeros (§5.3.2) */
	};

	for (u32 i = 0; i < ARRAY_COUNT(cells); i++)
		put_cell(w, cells[i]);
	begin_node(w, "");
	put_text(w, WORD(compatible), "corbel,system");
}

static void write_tail(struct window *w)
{
	end_node(w);
	put_cell(w, FDT_END);
	put(w, &words, sizeof(words));
}

static u32 part_count(const struct dump *d) { return 1 + d->image_count + d->vm_count * PARTS_OF_VM + 1; }

/* Of a VM: its node, then each vCPU that there could be. The node ends with the last. */
static void write_part_of_vm(const struct dump *d, u32 index, u32 part, struct window *w)
{
	if (part == 0)
		write_vm(d, index, w);
	else if (part <= d->vms[index]->cpus)
		write_vcpu(d->vms[index], part - 1, w);
	if (part == PARTS_OF_VM - 1)
		end_node(w);
}

/* The head, the images, the VMs, the tail. */
static void write_part(const struct dump *d, u32 part, struct window *w)
{
	u32 behind_images = part - 1 - d->image_count;

	if (part == 0)
		write_head(d, w);
	else if (part <= d->image_count)
		write_image(d, part - 1, w);
	else if (part < part_count(d) - 1)
		write_part_of_vm(d, behind_images / PARTS_OF_VM, behind_images % PARTS_OF_VM, w);
	else
		write_tail(w);
}

/* --- steps --- */

static bool is_readable(const struct blob *image) { return image->bytes || !image->size; }

enum status dump_begin(struct dump *d, const struct vm_description *vms, u32 count)
{
	*d = (struct dump){0};
	if (count > DESCRIBE_VM_MAX)
		return BAD_VALUE;
	for (u32 i = 0; i < count; i++) {
		if (vms[i].refused)
			continue;
		if (!is_readable(&vms[i].kernel) || !is_readable(&vms[i].initrd))
			return BAD_VALUE;
		d->vms[d->vm_count++] = &vms[i];
	}
	return d->vm_count ? OK : BAD_VALUE;
}

static void look_at(struct dump *d, u32 index)
{
	const struct vm_description *vm = d->vms[index];

	share_image(d, &vm->kernel);
	share_image(d, &vm->initrd);
	d->bootargs_size[index] = (u32)strlen(vm->bootargs) + 1;
}

enum status dump_measure(struct dump *d)
{
	struct window w = {.at = d->begin};

	if (d->size)
		return OK;
	if (d->begin > INT32_MAX)
		return NO_ROOM;
	if (d->looked_at < d->vm_count) {
		look_at(d, d->looked_at++);
	} else if (d->part < part_count(d)) {
		write_part(d, d->part++, &w);
		d->begin = w.at;
	} else {
		d->size = (u32)d->begin;
		d->part = 0;
		d->begin = 0;
		return OK;
	}
	return BUSY;
}

u32 dump_some(struct dump *d, u8 *to, u32 room)
{
	struct window w = {
		.at = d->begin, .from = d->at, .end = min_u64((u64)d->at + room, d->size), .to = to};

	/* A part may be empty: a vCPU of which there is nothing to say. */
	while (d->at == w.from && w.from < w.end) {
		write_part(d, d->part, &w);
		d->at = (u32)min_u64(w.at, w.end);
		if (w.at <= w.end) {
			d->part++;
			d->begin = w.at;
		}
	}
	return (u32)(d->at - w.from);
}
