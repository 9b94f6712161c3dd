/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind no address of the VM's space is anything but its own RAM and devices: not the hypervisor, not the machine's flash,
 * interrupt controller's other frames, or other memory. Every 2 MiB below 4 GiB, every GiB of the space, and each power of two.
 */
#include "lib/guest.h"

#define DEVICES_END 0x0c100000UL /* below it lie devices, page by page, from 0x0800_0000 */
#define SPACE_END   (1UL << 40)

static u64 probes;

static void probe(u64 at)
{
	u64 value;
	struct fault f;

	if (at - RAM_BASE < tree_memory_size())
		return;
	f = fault_read64(at, &value);
	fault_check_external(__LINE__, &f, EC_DATA, at, false);
	f = fault_write8(at + 5, 1);
	fault_check_external(__LINE__, &f, EC_DATA, at + 5, true);
	probes += 2;
}

static bool is_device(u64 page)
{
	return page == PL011 || page == PL031 || page == PL061 || page == WATCHDOG ||
	       page == machine.refresh || page - GICD < 0x10000 ||
	       page - GICR < GICR_FRAME * tree_cpu_count();
}

void test(void)
{
	for (u64 at = 0; at < 4 * GIB; at += 2 * MIB)
		if (at < 0x08000000 || at >= DEVICES_END)
			probe(at);
	for (u64 page = 0x08000000; page < DEVICES_END; page += 0x1000)
		if (!is_device(page))
			probe(page);
	for (u64 at = 4 * GIB; at < SPACE_END; at += GIB)
		probe(at + 0x8000);
	for (u64 at = 1 << 12; at < SPACE_END; at *= 2) {
		if (!is_device(at))
			probe(at);
		probe(SPACE_END - at);
	}
	guest_print("%lu probes\n", probes);
	CHECK(probes > 10000);
}
