/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-1 tables in a page that the VM can read and no more, that of stolen time (DEN0057A), at each level. What the time
 * makes of an entry is read as such; but the CPU cannot set its access flag (FEAT_HAFDBS, TCR_EL1.HA): an external abort
 * on the walk, at the entry's level. The times of all CPUs stay what they are.
 */
#include "lib/guest.h"

#define PLACE    0xc5000021UL
#define KIND     FIELD(1, 0)
#define AP_EL0   BIT(6) /* and so EL1 cannot execute it */
#define AP_RO    BIT(7)
#define ACCESSED BIT(10)
#define TCR_T1SZ FIELD(21, 16)
#define TCR_EPD1 BIT(23)
#define TCR_TG1  FIELD(31, 30)
#define TCR_HA   BIT(39)
#define TCR_HD   BIT(40)
#define UPPER    (~0UL << 39)
#define ROOT \
	(0x4000000000UL - GIB) /* whose level-2 table is that page; of a GiB less the first level-3 table */
#define HAFDBS FIELD(3, 0)
#define WORD   8UL
enum { CPUS = 2, BLOCK = 1, TABLE = 3, LEVELS = 4, TRANSLATION = 0x04, WALK = 0x14 };

static u64 level2[512] __attribute__((aligned(4096)));

void irq(u32 intid) { timer_rested(intid); }

static void check(u32 line, const struct fault *f, u64 class, u64 va, u64 status)
{
	if (!f->taken || field_get(ESR_EC, f->esr) != class || field_get(ESR_STATUS, f->esr) != status ||
	    f->far != va)
		guest_fail(line, "0x%lx: taken %u, ESR 0x%lx, FAR 0x%lx, not status 0x%lx", va, f->taken,
		           f->esr, f->far, status);
}

/* What an access of an entry of that value ends with; 0: it may get through, or lead to another table. */
static u64 expected(u64 value, u64 level)
{
	u64 kind = field_get(KIND, value);

	if (kind == (level == 3 ? TABLE : BLOCK))
		return value & ACCESSED ? 0 : WALK + level;
	return level < 3 && kind == TABLE ? 0 : TRANSLATION + level;
}

/* Whether it was the CPU's update that failed. The time may go on at any moment: then nothing is known. */
static bool try(u64 place, u64 va, u64 level)
{
	u64 value = read64(place), status = expected(value, level);

	if (!status)
		return false;
	asm volatile("tlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	struct fault load = fault_read64(va, NULL), store = fault_write8(va + 3, 1), fetch = fault_fetch(va);
	if (read64(place) != value)
		return false;
	check(__LINE__, &load, EC_DATA, va, status);
	CHECK(!(load.esr & ESR_WNR));
	if (status < WALK || !(value & AP_RO))
		check(__LINE__, &store, EC_DATA, va + 3, status);
	if (status < WALK || (value & (AP_RO | AP_EL0)) != AP_EL0)
		check(__LINE__, &fetch, EC_FETCH, va, status);
	return status >= WALK;
}

static void use_as_tables(u64 unused)
{
	u64 place = (u64)psci_call(PLACE, 0, 0, 0) + WORD, page = align_down(place, 4096),
	    n = place % 4096 / WORD;
	u64 *root, tcr, rounds = guest_rounds(20);
	u64 vas[LEVELS] = {0, UPPER + n * GIB, ROOT + n * 2 * MIB, ROOT - GIB + n * 4096}, seen[LEVELS] = {0};

	(void)unused;
	mmu_on();
	root = (u64 *)read_register(ttbr0_el1);
	root[ROOT / GIB] = page | TABLE;
	root[ROOT / GIB - 1] = (u64)level2 | TABLE;
	level2[0] = page | TABLE;
	tcr = read_register(tcr_el1) & ~TCR_EPD1;
	write_register(ttbr1_el1, page);
	write_register(tcr_el1, field_set(field_set(tcr, TCR_TG1, 2), TCR_T1SZ, 25) | TCR_HA | TCR_HD);
	dsb();
	isb();
	while (seen[1] < rounds || seen[2] < rounds || seen[3] < rounds) {
		for (u64 level = 1; level < LEVELS; level++)
			seen[level] += try(place, vas[level] + 0x238, level);
		timer_rest(timer_milliseconds(1) / 8);
	}
}

void test(void)
{
	if (psci_call(PLACE, 0, 0, 0) == -1 || !field_get(HAFDBS, read_register(id_aa64mmfr1_el1))) {
		CHECK(!tree_word("shares"));
		return;
	}
	smp_start(1, use_as_tables, 0);
	use_as_tables(0);
	smp_wait_off(1);
}
