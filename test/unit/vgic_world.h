/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the virtual GIC do all the time. A test program includes it once. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/vgic_seams.h"

enum { SPI = 40, SPI2 = 41, PPI = 20, VTIMER = 27, SPURIOUS = GICH_FAKE_SPURIOUS };
enum {
	ISENABLER = 0x100,
	ICENABLER = 0x180,
	ISPENDR = 0x200,
	ICPENDR = 0x280,
	ISACTIVER = 0x300,
	ICACTIVER = 0x380
};
enum { IPRIORITYR = 0x400, ICFGR = 0xc00, IROUTER = 0x6000 };

static inline void put_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		harness_redist_write(k, k, 0x10000 + array, 4, 1U << intid);
	else
		harness_dist_write(k, array + intid / 32 * 4, 4, 1U << intid % 32);
}

static inline bool get_bit(u32 k, u32 array, u32 intid)
{
	if (intid < 32)
		return harness_redist_read(k, k, 0x10000 + array, 4) >> intid & 1;
	return harness_dist_read(k, array + intid / 32 * 4, 4) >> intid % 32 & 1;
}

static inline void set_priority(u32 intid, u32 priority)
{
	harness_dist_write(0, IPRIORITYR + intid, 1, priority);
}

static inline void make_edge(u32 intid)
{
	u32 offset = ICFGR + intid / 16 * 4;

	harness_dist_write(0, offset, 4, harness_dist_read(0, offset, 4) | 2U << intid % 16 * 2);
}

static inline void route(u32 intid, u64 to) { harness_dist_write(0, IROUTER + intid * 8, 8, to); }

/* Between two steps of every test. */
static inline void settled(void)
{
	assert_null(harness_settle());
	assert_null(harness_check());
}

static inline bool interrupted(u32 k) { return harness_signals(k, 0) || harness_signals(k, 1); }

static inline void takes(u32 k, u32 intid)
{
	settled();
	assert_int_equal(harness_ack(k, 1), intid);
	settled();
}

static inline void ends(u32 k, u32 intid)
{
	harness_eoi(k, 1, intid);
	settled();
}
