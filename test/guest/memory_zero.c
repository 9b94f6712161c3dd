/* SPDX-License-Identifier: Apache-2.0 */
/* RAM beside the image, the initrd and the device tree is zero, at the first boot and after a reboot that
 * left it full. */
#include "lib/guest.h"

static u64 end_of_ram, initrd, initrd_end;

/* The end of the loaded thing that `at` lies in, or 0. */
static u64 loaded(u64 at)
{
	u64 tree_end = align_up(tree_address() + tree_size(), 8);

	if (at >= tree_address() && at < tree_end)
		return tree_end;
	if (at >= (u64)image_start && at < (u64)image_end)
		return (u64)image_end;
	if (initrd && at >= initrd && at < initrd_end)
		return align_up(initrd_end, 8);
	return 0;
}

static void walk(u64 pattern)
{
	u64 at = RAM_BASE;

	while (at < end_of_ram) {
		u64 skip = loaded(at);

		if (skip) {
			at = skip;
			continue;
		}
		if (pattern)
			write64(at, pattern ^ at);
		else if (read64(at))
			guest_fail(__LINE__, "0x%lx holds 0x%lx", at, read64(at));
		at += 8;
	}
}

void test(void)
{
	mmu_on();
	end_of_ram = RAM_BASE + tree_memory_size();
	initrd = tree_initrd(&initrd_end);
	walk(0);
	if (guest_rebooted())
		return;
	walk(0xdeadbeefdeadbeef);
	guest_reboot();
}
