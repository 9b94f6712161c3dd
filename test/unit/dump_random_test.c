/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c on random descriptions: describe() reads back whatever was said, however small the pieces are. */
#include "unit/dumped.h"
#include "unit/random_description.h"

enum { RANDOM = 2000, RANDOM_TRIED = 12000, EACH_ROOM = 24, ROOM_MAX = 64 };

/* How often the random descriptions had what is hard. */
static struct {
	u32 kinds[3], classes[3];
	u32 shared, modules, tiny, own_terms, own_affinity, long_bootargs, refused, most_vms;
} seen;

static void count_vm(const struct vm_description *vm)
{
	seen.kinds[vm->kind]++;
	seen.modules += vm->kernel.module.value || vm->initrd.module.value;
	seen.tiny += vm->kernel.size == 4 || vm->initrd.size == 4;
	seen.long_bootargs += strlen(vm->bootargs) == 2047;
	for (u32 i = 0; i < vm->cpus; i++) {
		seen.classes[vm->vcpus[i].class]++;
		seen.own_terms += vm->vcpus[i].class != vm->vcpus[0].class;
		seen.own_affinity += vm->vcpus[i].affinity != vm->vcpus[0].affinity;
	}
}

static void count_system(const struct system_description *s)
{
	seen.most_vms += s->vm_count == DESCRIBE_VM_MAX;
	for (u32 i = 0; i < s->vm_count; i++) {
		count_vm(&s->vms[i]);
		seen.shared += i && s->vms[i].kernel.bytes == s->vms[i - 1].kernel.bytes;
		seen.refused += s->vms[i].refused;
	}
}

/* Of `said`; false: all VMs were refused. */
static bool is_there_and_back(u32 room)
{
	struct written first, second;
	struct dump d;

	if (dump_begin(&d, said.system.vms, said.system.vm_count) != OK)
		return false;
	first = write_in_pieces(said.system.vms, said.system.vm_count, room);
	assert_int_equal(fdt_check_full(first.bytes, first.size), 0);
	read_tree(&again, first.bytes, first.size);
	assert_said_again();
	second = write_in_pieces(again.system.vms, again.system.vm_count, ROOM_MAX + room);
	assert_same_bytes(first, second);
	free(second.bytes);
	free(first.bytes);
	return true;
}

static void read_random(u64 seed)
{
	random_description(seed);
	read_tree(&said, tree, fdt_totalsize(tree));
}

CASE(what_is_accepted_is_said_again)
{
	u32 whole = 0;

	for (u32 i = 0; i < RANDOM_TRIED && whole < RANDOM; i++) {
		read_random(i);
		count_system(&said.system);
		if (is_there_and_back(1 + i % ROOM_MAX))
			whole += said.errors == 0;
		else
			assert_true(said.errors >= said.system.vm_count);
	}
	assert_int_equal(whole, RANDOM);
	for (u32 i = 0; i < 3; i++)
		assert_true(seen.kinds[i] > 500 && seen.classes[i] > 500);
	assert_true(seen.shared > 100 && seen.modules > 500 && seen.tiny > 500 && seen.own_terms > 500);
	assert_true(seen.own_affinity > 500 && seen.long_bootargs > 500 && seen.refused > 100 &&
	            seen.most_vms > 10);
}

CASE(pieces_do_not_change_what_is_written)
{
	struct written whole, pieces;

	for (u32 seed = RANDOM_TRIED, done = 0; done < EACH_ROOM; seed++) {
		read_random(seed);
		if (said.errors)
			continue;
		done++;
		whole = write_in_pieces(said.system.vms, said.system.vm_count, MIB);
		for (u32 room = 1; room <= ROOM_MAX; room++) {
			pieces = write_in_pieces(said.system.vms, said.system.vm_count, room);
			assert_same_bytes(whole, pieces);
			free(pieces.bytes);
		}
		free(whole.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_accepted_is_said_again),
		TEST(pieces_do_not_change_what_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
