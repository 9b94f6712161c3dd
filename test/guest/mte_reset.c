/* SPDX-License-Identifier: Apache-2.0 */
/* All of RAM has the tag 0, at the first boot and after a reboot that left it full of others (Arm ARM D10.2). */
#include "lib/guest.h"

enum { GRANULE = 16 };

static void walk(u64 end, bool store)
{
	for (u64 at = RAM_BASE; at < end; at += GRANULE) {
		u64 tag = 1 + at / GRANULE % 15;

		if (store)
			mte_set(at | field_put(MTE_TAG, tag));
		else if (mte_get(at))
			guest_fail(__LINE__, "0x%lx has the tag %lu", at, mte_get(at));
	}
}

void test(void)
{
	u64 end = RAM_BASE + tree_memory_size();

	mte_on(MTE_IGNORE);
	walk(end, false);
	if (guest_rebooted())
		return;
	walk(end, true);
	for (u64 at = RAM_BASE; at < end; at += 4096)
		CHECK_EQUAL(mte_get(at), 1 + at / GRANULE % 15);
	guest_reboot();
}
