/* SPDX-License-Identifier: Apache-2.0 */
/* The PL061, its button, and a clock that the test moves; deadlines are the real queue. */
#pragma once
#include "devices.h"

enum {
	ALL = 0x3fc,
	BUTTON = 0x020, /* GPIODATA of pin 3 alone */
	DIR = 0x400,
	IS = 0x404,
	IBE = 0x408,
	IEV = 0x40c,
	IE = 0x410,
	RIS = 0x414,
	MIS = 0x418,
	IC = 0x41c,
	AFSEL = 0x420,
	IDS = 0xfe0
};
enum { PIN = 8, HELD = 6250000 }; /* a tenth of a second */

static inline u32 get(u32 offset) { return (u32)read_sized(&vgpio_table, offset, 4); }
static inline void set(u32 offset, u32 value) { write_sized(&vgpio_table, offset, 4, value); }
static inline bool line(void) { return lines[0][VGIC_GPIO_INTID]; }
static inline void power_on(void) { vgpio_reset(&world.vm); }

static inline void press(void)
{
	vgpio_press(&world.vm);
	check_no_lock_is_held();
}

static inline int start(void **state)
{
	(void)state;
	build_devices(2);
	reg_table_index(&vgpio_table);
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
