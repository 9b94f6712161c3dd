/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-up in tables of registers. An index names the row of every 128th byte; a short scan
 * goes on from there. Tables are constant after boot, so no lock guards them.
 */
#include "virtual/reg.h"

#include "lib/bounds.h"
#include "lib/bits.h"
#include "lib/string.h"

enum { WIDTHS = 1 | 2 | 4 | 8 };
enum { ROWS_MAX = 256, OFFSETS = 1 << 24 }; /* an entry of the index is a byte; an offset has 24 bits */

enum verdict reg_read_zero(struct vcpu *v, struct access *a)
{
	(void)v;
	a->value = 0;
	return DONE;
}

enum verdict reg_write_ignore(struct vcpu *v, struct access *a)
{
	(void)v;
	(void)a;
	return DONE;
}

#ifdef CORBEL_DEBUG
static bool is_reserved(const struct reg *row)
{
	return row->read == reg_read_zero && row->write == reg_write_ignore;
}

static const char *check_row(const struct reg *row)
{
	if (row->end <= row->offset)
		return "a row is empty";
	if (!row->name || !row->name[0])
		return "a row has no name";
	if (!row->read || !row->write)
		return "a row lacks a function";
	if ((row->widths & WIDTHS) == 0 || (row->widths & ~(u32)(WIDTHS | REG_START)) != 0)
		return "a row's widths are not of 1, 2, 4, 8";
	/* A reserved range may lie anywhere; a register's accesses must find it whole. */
	for (u32 width = 1; width <= 8 && !is_reserved(row); width *= 2) {
		if ((row->widths & width) && !is_aligned(row->offset | row->end, width))
			return "a register is misaligned for, or smaller than, a width it allows";
	}
	return NULL;
}

const char *reg_table_check(const struct reg_table *table)
{
	u32 end = 0;

	if (!table->name || !table->rows || !table->index)
		return "the table lacks its name, rows or index";
	if (table->size < 1U << REG_INDEX_SHIFT || table->size & (table->size - 1) || table->size > OFFSETS)
		return "the region's size is not a power of two from 128 bytes to 16 MiB";
	if (table->count == 0 || table->count > ROWS_MAX)
		return "the table has no row, or more than its index can name";
	for (u32 i = 0; i < table->count; i++) {
		const struct reg *row = &table->rows[i];
		const char *defect = check_row(row);

		if (defect)
			return defect;
		if (row->offset > end)
			return "a gap between two rows";
		if (row->offset < end)
			return "rows overlap or are not sorted";
		if (row->end > table->size)
			return "a row goes beyond the region";
		end = row->end;
	}
	return end == table->size ? NULL : "a gap at the end of the region";
}
#endif

void reg_table_index(const struct reg_table *table)
{
	const u32 step = 1U << REG_INDEX_SHIFT;

	for (u32 row = 0, from = 0; row < table->count; row++) {
		u32 to = (u32)align_up(table->rows[row].end, step) >> REG_INDEX_SHIFT;

		memset(&table->index[from], (int)row, to - from);
		from = to;
	}
}

_Static_assert(1 << REG_INDEX_SHIFT == BOUND_ROWS, "a row is a byte at least");

/* An aligned access of an allowed width lies within its row whole: the check of the table saw to that. */
static bool fits(const struct reg *row, const struct access *a, u32 offset)
{
	return (row->widths & a->size) && is_aligned(offset, a->size) &&
	       (!(row->widths & REG_START) || offset == row->offset);
}

reg_function reg_find(const struct reg_table *table, const struct access *a)
{
	u32 offset = a->offset & (table->size - 1);
	const struct reg *row = &table->rows[table->index[offset >> REG_INDEX_SHIFT]];

	/* Total tables: some row holds every offset. */
	while (offset >= row->end)
		row++;
	if (fits(row, a, offset))
		return a->write ? row->write : row->read;
	return a->write ? reg_write_ignore : reg_read_zero;
}

enum verdict reg_access(const struct reg_table *table, struct vcpu *v, struct access *a)
{
	return reg_find(table, a)(v, a);
}
