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
	fault_check_status(__LINE__, &load, EC_DATA, va, status);
	CHECK(!(load.esr & ESR_WNR));
	if (status < WALK || !(value & AP_RO))
		fault_check_status(__LINE__, &store, EC_DATA, va + 3, status);
	if (status < WALK || (value & (AP_RO | AP_EL0)) != AP_EL0)
		fault_check_status(__LINE__, &fetch, EC_FETCH, va, status);
	return status >= WALK;
}

/* Until both CPUs have seen enough: nobody else may be there to steal the other's time. */
static void use_them(u64 place, const u64 *vas)
{
	static u32 done; /* CPUs that have */
	u64 rounds = guest_rounds(20), seen[LEVELS] = {0};
	bool enough = false;

	/* Rests of changing lengths: on a clock that is exact, equal ones would steal as much each time. */
	for (u64 n = 0; __atomic_load_n(&done, __ATOMIC_RELAXED) < CPUS; n++) {
		for (u64 level = 1; level < LEVELS; level++)
			seen[level] += try(place, vas[level] + 0x238, level);
		if (!enough && seen[1] >= rounds && seen[2] >= rounds && seen[3] >= rounds) {
			enough = true;
			__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
		}
		timer_rest(timer_milliseconds(1) / 8 + n * 997 % 4093);
	}
}

static void use_as_tables(u64 unused)
{
	u64 place = (u64)psci_call(PLACE, 0, 0, 0) + WORD, page = align_down(place, 4096),
	    n = place % 4096 / WORD;
	u64 *root, tcr, vas[LEVELS] = {0, UPPER + n * GIB, ROOT + n * 2 * MIB, ROOT - GIB + n * 4096};

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
	use_them(place, vas);
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
