/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: describe() on any bytes. What it accepts must be placed as doc/vm.md says, and its
 * segments must be copyable; what it refuses must have an error, whose lines are printable. What dump.c makes of what it
 * accepts must be accepted again, and make the same machines.
 * The bytes are the tree; a seed corpus of real trees helps (clang -fsanitize=fuzzer,address,undefined).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "lib/bits.h"
#include "monitor/describe.h"
#include "monitor/dump.h"
#include "monitor/image.h"
#include "unit/same_description.h"

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

/* What is dedicated is nobody else's; no vCPU is without a CPU. */
static void check_places(const struct system_description *system, u32 machine)
{
	u32 dedicated = 0, others = 0;

	for (u32 i = 0; i < system->vm_count; i++) {
		const struct vm_description *vm = &system->vms[i];

		for (u32 v = 0; v < vm->cpus && !vm->refused; v++) {
			u32 cpus = vm->vcpus[v].cpus;

			hold(cpus && !(cpus & ~machine) && !(cpus & dedicated));
			hold(vm->vcpus[v].class == SCHED_FAIR || !(cpus & (cpus - 1)));
			if (vm->vcpus[v].class == SCHED_DEDICATED)
				dedicated |= cpus;
			else
				others |= cpus;
		}
	}
	hold(!(dedicated & others));
}

/* --- there and back --- */

struct written {
	u8 *bytes;
	u32 size;
};

/* In pieces of `room`, each in a block of its own. */
static struct written write_in_pieces(const struct system_description *system, u32 room)
{
	struct written to = {0};
	enum status status;
	struct dump d;
	u32 at = 0, now;
	u8 *piece = malloc(room);

	hold(dump_begin(&d, system->vms, system->vm_count) == OK);
	while ((status = dump_measure(&d)) == BUSY)
		;
	hold(status == OK);
	to.size = d.size;
	to.bytes = malloc(to.size);
	for (; (now = dump_some(&d, piece, room)); at += now) {
		hold(now <= room && now <= to.size - at);
		memcpy(to.bytes + at, piece, now);
	}
	hold(at == to.size);
	free(piece);
	return to;
}

static bool is_seen(const struct vm_description *vm)
{
	return vm->kernel.bytes && (vm->initrd.bytes || !vm->initrd.size);
}

/* The VMs that were not refused are said again, on the same CPUs. */
static void check_dump(const struct system_description *said, const struct describe_limits *limits, u32 room)
{
	static struct system_description again;
	struct written first = write_in_pieces(said, room), second;
	struct sink sink = {put_error};
	u32 count = 0, errors = describe(first.bytes, first.size, limits, &again, &sink);

	for (u32 i = 0; i < said->vm_count; i++) {
		const struct vm_description *vm = &said->vms[i], *other = &again.vms[count];

		if (vm->refused)
			continue;
		count++;
		hold(is_same_vm(vm, other));
		hold(!other->refused && has_same_cpus(vm, other));
	}
	hold(again.vm_count == count && !errors);
	second = write_in_pieces(&again, room + 1);
	hold(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
	free(first.bytes);
	free(second.bytes);
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
	struct dump d;
	u32 count, refused = 0, unseen = 0;
	u64 memory = 0;

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
		unseen += !is_seen(&system.vms[i]);
		memory += system.vms[i].memory;
	}
	hold(refused <= count && (!limits.memory || memory <= limits.memory));
	check_places(&system, limits.cpus ? BIT(limits.cpus) - 1 : UINT32_MAX);
	if (unseen || refused == system.vm_count)
		hold(dump_begin(&d, system.vms, system.vm_count) == BAD_VALUE);
	else
		check_dump(&system, &limits, 1 + size % 64);
	return 0;
}
