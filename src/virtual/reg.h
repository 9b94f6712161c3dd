/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated register is a row in a table: the interpreters of the house.
 *
 * A row's functions see a vCPU and an access, edit values in `struct vm` and
 * `struct vcpu`, and return a verdict. They cannot map memory, touch a physical
 * device or move the PC. Tables are total: rows are sorted and tile the region
 * without a gap, reserved ranges included; reg_table_check() proves it, on the host and where
 * CORBEL_DEBUG is defined: tables are constant, and their names would take room in the image.
 */
#pragma once
#include "lib/types.h"

struct vcpu;

/* What becomes of the instruction that trapped; obeyed in one place, monitor/dispatch.c. */
enum verdict {
	DONE,  /* step over it */
	AGAIN, /* execute it again */
	WAIT,  /* the vCPU sleeps; its access is completed by whoever wakes it */
	UNDEF, /* Undefined Instruction exception at EL1 */
	ABORT, /* synchronous external abort at EL1 */
	STOP,  /* this VM broke its contract; the others go on */
	LATER, /* the dispatcher's alone: all registers of the guest are needed first */
};

/* One access, to an emulated device or to a trapped system register. */
struct access {
	u32 offset; /* from the start of the device; for a system register its key */
	u32 size;   /* bytes: 1, 2, 4 or 8 */
	bool write;
	u64 value; /* to be written (of `size` bytes), or filled in by a read (below 4 bytes its low `size` bytes count) */
};

typedef enum verdict (*reg_function)(struct vcpu *v, struct access *a);

struct reg {
	u32 end; /* offset behind the last byte: a row is one register, an array, or a reserved range */
	u32 offset : 24; /* of the first byte */
	u32 widths : 8;  /* access sizes allowed, or-ed: 1, 2, 4, 8; others read as zero, write ignored */
	reg_function read;
	reg_function write;
#ifdef CORBEL_DEBUG
	const char *name; /* as the specification spells it */
#endif
};

/* Or-ed to widths: only an access at the row's first byte is allowed. */
enum { REG_START = 16 };
enum { REG_INDEX_SHIFT = 7 }; /* the index has one entry per 128 bytes */

struct reg_table {
	const char *name;
	const struct reg *rows; /* of one frame; a device may have several (GICR: one per vCPU) */
	u8 *index;              /* size >> REG_INDEX_SHIFT entries, filled in by reg_table_index() */
	u32 count;
	u32 size; /* of the region (of one frame), bytes: a power of two, at least 128, at most 16 MiB */
};

/* A device of a VM: `frames` copies of the table's region, one after the other. */
struct device {
	ipa_t base;
	u64 size; /* of all frames */
	u32 frames;
	const struct reg_table *table;
};

/* Rows whose behaviour needs no code of their own. */
enum verdict reg_read_zero(struct vcpu *v, struct access *a);
enum verdict reg_write_ignore(struct vcpu *v, struct access *a);

/* Row builders: a register, a reserved range (reads as zero, writes ignored). */
#ifdef CORBEL_DEBUG
#define REG_NAME(name_) .name = (name_)
#else
#define REG_NAME(name_)
#endif
#define REG(offset_, size_, widths_, read_, write_, name_)                                             \
	{                                                                                              \
		.offset = (offset_), .end = (offset_) + (size_), .widths = (widths_), .read = (read_), \
		.write = (write_), REG_NAME(name_)                                                     \
	}
#define REG_RESERVED(offset_, size_) \
	REG(offset_, size_, 1 | 2 | 4 | 8, reg_read_zero, reg_write_ignore, "reserved")

#ifdef CORBEL_DEBUG
/* NULL if the table is total, else a sentence that names the defect. */
const char *reg_table_check(const struct reg_table *table);
#endif
/* Fills the index; the table has passed the check. */
void reg_table_index(const struct reg_table *table);

/*
 * What an access of this offset, size and direction calls: the function never depends on the value.
 */
reg_function reg_find(const struct reg_table *table, const struct access *a);
/*
 * Finds the row of a->offset, in whichever frame, and performs the access. An access that crosses the end of its
 * row, is misaligned for its size or has a width the row lacks reads as zero, writes nothing.
 * A read of 4 or 8 bytes delivers a value without further bits.
 */
enum verdict reg_access(const struct reg_table *table, struct vcpu *v, struct access *a);
