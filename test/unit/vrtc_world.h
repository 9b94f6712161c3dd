/* SPDX-License-Identifier: Apache-2.0 */
/* The PL031 and a clock that the test moves; deadlines are the real queue. */
#pragma once
#include "devices.h"

enum {
	DR = 0x00,
	MR = 0x04,
	LR = 0x08,
	CR = 0x0c,
	IMSC = 0x10,
	RIS = 0x14,
	MIS = 0x18,
	ICR = 0x1c,
	IDS = 0xfe0
};
enum { FREQUENCY = 62500000 };
#define EPOCH 1700000000U

static inline u32 get(u32 offset) { return (u32)read_sized(&vrtc_table, offset, 4); }
static inline void set(u32 offset, u32 value) { write_sized(&vrtc_table, offset, 4, value); }
static inline bool line(void) { return lines[0][VGIC_RTC_INTID]; }
static inline void power_on(void) { vrtc_reset(&world.vm); }

static inline void pass_seconds(u64 seconds) { pass(seconds * FREQUENCY); }

static inline int start(void **state)
{
	(void)state;
	build_devices(2);
	reg_table_index(&vrtc_table);
	vrtc_set_epoch(EPOCH);
	power_on();
	deadline_run();
	return 0;
}

static inline int finish(void **state)
{
	(void)state;
	power_on(); /* nothing of this test stays queued */
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
