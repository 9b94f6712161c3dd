/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scrub, image segments, initrd, tree: in this order, so that nothing of an earlier owner or an
 * earlier run survives beside them. The description was validated against the VM's memory, so
 * every address here is mapped.
 */
#include "monitor/load.h"

#include <libfdt.h>

#include "lib/bounds.h"
#include "lib/bits.h"
#include "lib/require.h"
#include "machine/cache.h"
#include "machine/pmu.h"
#include "monitor/entropy.h"
#include "monitor/image.h"
#include "monitor/memory.h"
#include "monitor/tree.h"
#include "monitor/vm.h"

_Static_assert(LOAD_STEP / PAGE_SIZE + 1 == BOUND_STEP_PAGES, "pieces of each_piece()");

static bool scrub(struct vm *vm)
{
	u64 now = min_u64(LOAD_STEP, vm->memory_size - vm->load.scrubbed);

	enum status cleared = memory_clear(&vm->space, ipa(VM_RAM_BASE + vm->load.scrubbed), now);
	require(cleared == OK);
	vm->load.scrubbed += now;
	return true;
}

/* What is copied as number `segment`: the image's parts, then the initrd. */
static bool segment_at(const struct vm *vm, struct image_segment *out)
{
	const struct vm_description *d = vm->description;
	struct image_segment ignored;

	if (image_segment(d, vm->load.segment, out))
		return true;
	bool first_behind = vm->load.segment == 0 || image_segment(d, vm->load.segment - 1, &ignored);
	if (!first_behind || !d->initrd.size)
		return false;
	*out = (struct image_segment){.to = d->initrd_load, .file = d->initrd, .size = d->initrd.size};
	return true;
}

static void copy(struct vm *vm, const struct image_segment *s)
{
	u64 now = min_u64(LOAD_STEP, s->file.size - vm->load.copied);

	enum status written = memory_write(&vm->space, ipa(s->to.value + vm->load.copied),
	                                   s->file.bytes + vm->load.copied, now);
	require(written == OK);
	vm->load.copied += now;
	if (vm->load.copied == s->file.size) {
		vm->load.segment++;
		vm->load.copied = 0;
	}
}

static void write_tree(struct vm *vm)
{
	static struct spinlock tree_lock = SPINLOCK(RANK_LOAD);
	static u8 tree[TREE_SIZE_MAX] __attribute__((aligned(8))) not_cleared;
	const struct vm_description *d = vm->description;
	struct tree_machine m = {
		.name = d->name,
		.cpus = vm->vcpu_count,
		.memory = vm->memory_size,
		.bootargs = d->bootargs,
		.pmu = vm->has_pmu,
		.pmu_intid = pmu_interrupt(),
		.seeded = true,
	};

	if (d->initrd.size) {
		m.initrd_start = d->initrd_load;
		m.initrd_end = ipa(d->initrd_load.value + d->initrd.size);
	}
	for (u32 i = 0; i < vm->vcpu_count; i++)
		m.mpidr[i] = vcpu_mpidr(i);
	entropy_bytes(m.rng_seed, sizeof(m.rng_seed));
	entropy_bytes(&m.kaslr_seed, sizeof(m.kaslr_seed));
	spinlock_take(&tree_lock);
	enum status made = tree_write(&m, tree, sizeof(tree));
	require(made == OK);
	/* Only the tree: behind it the buffer holds scraps, maybe of another VM's. */
	enum status written = memory_write(&vm->space, ipa(VM_RAM_BASE), tree, fdt_totalsize(tree));
	require(written == OK);
	spinlock_give(&tree_lock);
}

void load_begin(struct vm *vm) { vm->load = (struct load){0}; }

bool load_some(struct vm *vm)
{
	struct image_segment segment;

	if (vm->load.scrubbed < vm->memory_size)
		return scrub(vm);
	if (segment_at(vm, &segment)) {
		copy(vm, &segment);
		return true;
	}
	write_tree(vm);
	cache_sync_instructions(); /* the guest's code was written as data */
	return false;
}
