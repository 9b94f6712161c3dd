/* SPDX-License-Identifier: Apache-2.0 */
/* The rows, found by linear search: there are a few dozens, and one look-up per exit. */
#include "cause.h"

#include <pthread.h>
#include <stdlib.h>
#include "lib/bits.h"
#include "registers.h"

enum { ROWS = 512 };

/* ESR_EL2, Arm ARM D19.2.37. */
#define ESR_EC      FIELD(31, 26)
#define ESR_ISS     FIELD(24, 0)
#define ISS_WNR     BIT(6)
#define ISS_RT      FIELD(9, 5)
#define HPFAR_FIPA  FIELD(43, 4)
#define PAGE_OFFSET FIELD(11, 0)
enum { EC_HVC32 = 0x12, EC_SMC32, EC_HVC64 = 0x16, EC_SMC64, EC_SYSREG, EC_FETCH = 0x20, EC_DATA = 0x24 };

static struct cause rows[ROWS];
static u32 count;
static u64 image, places;
static bool histograms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const kinds[] = {
	[CAUSE_BOOT] = "boot", [CAUSE_WAIT] = "wait",     [CAUSE_SYNC] = "sync",   [CAUSE_IRQ] = "irq",
	[CAUSE_FIQ] = "fiq",   [CAUSE_SERROR] = "serror", [CAUSE_OTHER] = "other",
};

void cause_init(u64 base, u64 size, bool wanted)
{
	image = base;
	places = size / 4;
	histograms = wanted;
}

u64 cause_place(u64 pc) { return pc - image < places * 4 ? (pc - image) / 4 : places; }

static struct cause *find(enum cause_kind kind, u32 class, u64 detail)
{
	struct cause *row = rows;

	pthread_mutex_lock(&lock);
	while (row < rows + count && (row->kind != kind || row->class != class || row->detail != detail))
		row++;
	if (row == rows + ROWS) {
		row--;
	} else if (row == rows + count) {
		*row = (struct cause){.kind = kind, .class = class, .detail = detail};
		if (count == ROWS - 1)
			*row = (struct cause){.kind = CAUSE_OTHER};
		row->places = histograms ? calloc(places + 1, sizeof(*row->places)) : NULL;
		row->least = ~0UL;
		count++;
	}
	pthread_mutex_unlock(&lock);
	return row;
}

struct cause *cause_of(enum cause_kind kind) { return find(kind, 0, 0); }

static u64 detail_of(u32 class, u64 esr)
{
	switch (class) {
	case EC_HVC32:
	case EC_SMC32:
	case EC_HVC64:
	case EC_SMC64:
		return (u32)registers_read(REG_X0);
	case EC_SYSREG:
		return field_get(ESR_ISS, esr) & ~ISS_RT;
	case EC_FETCH:
	case EC_DATA:
		return field_get(HPFAR_FIPA, registers_read(REG_HPFAR_EL2)) << 12 |
		       (registers_read(REG_FAR_EL2) & PAGE_OFFSET) | (esr & ISS_WNR ? 1UL << 63 : 0);
	}
	return 0;
}

/* The offset in the vectors tells the kind (D1.3.1): synchronous, IRQ, FIQ, SError, 0x80 apart. */
struct cause *cause_of_exit(u64 pc, u64 esr)
{
	static const enum cause_kind kind[] = {CAUSE_SYNC, CAUSE_IRQ, CAUSE_FIQ, CAUSE_SERROR};
	u32 which = pc >> 7 & 3, class = (u32)field_get(ESR_EC, esr);

	return which ? cause_of(kind[which]) : find(CAUSE_SYNC, class, detail_of(class, esr));
}

void cause_credit(struct cause *cause, u64 instructions)
{
	pthread_mutex_lock(&lock);
	cause->visits++;
	cause->instructions += instructions;
	cause->least = min_u64(cause->least, instructions);
	cause->most = max_u64(cause->most, instructions);
	pthread_mutex_unlock(&lock);
}

const char *cause_kind_name(enum cause_kind kind) { return kinds[kind]; }

void cause_print_name(FILE *to, const struct cause *cause)
{
	fprintf(to, "\"kind\": \"%s\", \"class\": %u, \"detail\": %lu", kinds[cause->kind], cause->class,
	        cause->detail);
}

void cause_print(FILE *to)
{
	for (const struct cause *row = rows; row < rows + count; row++) {
		if (!row->visits)
			continue;
		fprintf(to, "{\"row\": \"cause\", ");
		cause_print_name(to, row);
		fprintf(to, ", \"visits\": %lu, \"instructions\": %lu, \"least\": %lu, \"most\": %lu}\n",
		        row->visits, row->instructions, row->least, row->most);
	}
}

void cause_print_profile(FILE *to)
{
	fprintf(to, "# kind class detail pc executions; pc 0: outside of the image\n");
	for (const struct cause *row = rows; row < rows + count; row++)
		for (u64 i = 0; row->places && i <= places; i++)
			if (row->places[i])
				fprintf(to, "%s %u %lu %#lx %lu\n", kinds[row->kind], row->class, row->detail,
				        i < places ? image + i * 4 : 0, row->places[i]);
}
