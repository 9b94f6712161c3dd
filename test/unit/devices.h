/* SPDX-License-Identifier: Apache-2.0 */
/* A VM whose interrupt lines are an array, for tests of its devices: include once per program. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/bits.h"
#include "machine_fake.h"
#include "machine_world.h"
#include "monitor/deadline.h"
#include "spinlock_fake.h"
#include "timer_fake.h"

static struct machine_world world;
static bool lines[VM_VCPU_MAX][VGIC_INTIDS];
static u32 line_changes;

/* In place of virtual/vgic.c. Devices say changes only, under their own lock at most. */
void vgic_set_line(struct vcpu *v, u32 intid, bool high)
{
	u32 who = intid < VGIC_PRIVATE ? v->id : 0;

	assert_int_not_equal(lines[who][intid], high);
	lines[who][intid] = high;
	line_changes++;
}

static inline void build_devices(u32 vcpus)
{
	fake_machine_reset();
	timer_fake_reset();
	machine_world_build(&world, vcpus);
	memset(lines, 0, sizeof(lines));
	line_changes = 0;
}

static inline void check_no_lock_is_held(void) { assert_int_equal(spinlock_fake_held(), 0); }

/* Time passes; the EL2 timer interrupts if it is due. */
static inline void pass(u64 ticks)
{
	timer_fake_advance(ticks);
	if (timer_fake_due())
		deadline_run();
	check_no_lock_is_held();
}

static inline u64 read_sized(const struct reg_table *table, u32 offset, u32 size)
{
	struct access a = {.offset = offset, .size = size, .value = 0xdddddddddddddddd};

	assert_int_equal(reg_access(table, &world.vcpus[0], &a), DONE);
	check_no_lock_is_held();
	if (size == 4)
		assert_int_equal(a.value >> 32, 0);
	return size == 8 ? a.value : a.value & ((1UL << 8 * size) - 1);
}

static inline void write_sized(const struct reg_table *table, u32 offset, u32 size, u64 value)
{
	struct access a = {.offset = offset, .size = size, .write = true, .value = value};

	assert_int_equal(reg_access(table, &world.vcpus[0], &a), DONE);
	check_no_lock_is_held();
}

/* Every offset x width x direction: a verdict, zero where nothing is, and no bits beyond a word that is read. */
static inline void sweep(const struct reg_table *table, void (*reset)(void))
{
	for (u32 offset = 0; offset < table->size; offset++) {
		for (u32 size = 1; size <= 8; size *= 2) {
			const struct reg *row = table->rows;

			while (row < table->rows + table->count && offset >= row->end)
				row++;
			bool in = row < table->rows + table->count;
			bool allowed = in && (row->widths & size) && offset % size == 0 &&
			               offset + size <= row->end &&
			               (offset == row->offset || !(row->widths & REG_START));
			reset();
			u64 value = read_sized(table, offset, size);
			if (!allowed || row->read == reg_read_zero)
				assert_int_equal(value, 0);
			write_sized(table, offset, size, ~0UL >> (64 - 8 * size));
			write_sized(table, offset, size, 0);
		}
	}
}
