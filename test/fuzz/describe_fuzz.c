/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: describe() on any bytes. What it accepts must be placed as doc/vm.md says, and its
 * segments must be copyable; what it refuses must have an error, whose lines are printable.
 * The bytes are the tree; a seed corpus of real trees helps (clang -fsanitize=fuzzer,address,undefined).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "lib/bits.h"
#include "monitor/describe.h"
#include "monitor/image.h"

static u32 lines;

static void put_error(struct sink *to, char c)
{
	(void)to;
	if (c == '\n')
		lines++;
	else if (c < ' ' || c > '~')
		abort();
}

static const u8 *module_bytes(pa_t at, u64 size)
{
	static u8 memory[4096];

	if (at.value < 0x1000 || at.value - 0x1000 > sizeof(memory) ||
	    size > sizeof(memory) - (at.value - 0x1000))
		return NULL;
	return memory + (at.value - 0x1000);
}

static void hold(bool condition)
{
	if (!condition)
		abort();
}

/* Adds up all bytes, so that each is seen to be readable. */
static u64 sum(struct blob b)
{
	u64 total = 0;

	for (u64 i = 0; b.bytes && i < b.size; i++)
		total += b.bytes[i];
	return total;
}

static void check_vm(const struct vm_description *vm)
{
	u64 tree_end = DESCRIBE_RAM_BASE + DESCRIBE_TREE_SIZE, end = DESCRIBE_RAM_BASE + vm->memory;
	u64 kernel_end = vm->load.value + vm->footprint;
	volatile u64 total = sum(vm->kernel) + sum(vm->initrd) + strlen(vm->bootargs);
	struct image_segment s;
	u32 index = 0;

	(void)total;
	hold(strlen(vm->name) > 0 && vm->cpus >= 1 && vm->cpus <= DESCRIBE_CPUS_MAX);
	hold(vm->memory >= 4 * MIB && is_aligned(vm->memory, 2 * MIB) && vm->memory <= 255 * GIB);
	hold(vm->load.value >= tree_end && vm->footprint > 0 && kernel_end > vm->load.value &&
	     kernel_end <= end);
	hold(vm->entry.value >= vm->load.value && vm->entry.value < kernel_end &&
	     is_aligned(vm->entry.value, 4));
	hold(vm->kernel.size > 0 && vm->restart <= RESTART_ALWAYS && vm->wfi <= WAIT_TRAP &&
	     vm->wfe <= WAIT_TRAP && vm->restart_limit && vm->restart_window);
	if (vm->initrd.size)
		hold(vm->initrd_load.value >= kernel_end && vm->initrd_load.value + vm->initrd.size <= end &&
		     is_aligned(vm->initrd_load.value, PAGE_SIZE));
	for (; vm->kernel.bytes && image_segment(vm, index, &s); index++) {
		total += sum(s.file);
		hold(s.file.size <= s.size && s.to.value >= vm->load.value &&
		     s.to.value + s.size <= kernel_end);
	}
	hold(!vm->kernel.bytes || (index >= 1 && index <= IMAGE_SEGMENT_MAX));
}

enum { ROOM = 1 << 20 };

/*
 * A copy whose end is a page's end (but for alignment), with nothing readable behind: libfdt comes
 * compiled, without AddressSanitizer's checks.
 */
static const u8 *before_a_guard(const u8 *data, size_t size)
{
	static u8 *room;
	u8 *at;

	if (!room) {
		room = mmap(NULL, ROOM + PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		            0);
		hold(room != MAP_FAILED && mprotect(room + ROOM, PAGE_SIZE, PROT_NONE) == 0);
	}
	at = room + ROOM - align_up(size, 8);
	memcpy(at, data, size);
	memset(at + size, 0xff, align_up(size, 8) - size);
	return at;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct system_description system;
	struct describe_limits limits = {.cpus = size & 1 ? 4 : 0, .memory = size & 2 ? GIB : 0};
	struct sink sink = {put_error};
	u32 count, refused = 0;
	u64 cpus = 0, memory = 0;

	if (size > ROOM)
		return -1;
	limits.module_bytes = size & 4 ? module_bytes : NULL;
	lines = 0;
	count = describe(before_a_guard(data, size), size, &limits, &system, &sink);
	hold(count == lines && system.vm_count <= DESCRIBE_VM_MAX && (count || system.vm_count));
	for (u32 i = 0; i < system.vm_count; i++) {
		refused += system.vms[i].refused;
		if (system.vms[i].refused)
			continue;
		check_vm(&system.vms[i]);
		cpus += system.vms[i].cpus;
		memory += system.vms[i].memory;
	}
	hold(refused <= count && (!limits.cpus || cpus <= limits.cpus) &&
	     (!limits.memory || memory <= limits.memory));
	return 0;
}
