/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointer authentication: a CPU comes on without keys of another; a pointer signed with one key does not authenticate with
 * another, on another CPU neither; and the keys survive calls and CPU_SUSPEND (Arm ARM D8.10).
 */
#include "lib/guest.h"

enum { PACIZA = 0xdac123e0, AUTIZA = 0xdac133e0, EC_PAC = 0x1c, ROUNDS = 50 };
#define SCTLR_EnIA BIT(31)
static volatile u64 signed_here;
static volatile bool stop;

void irq(u32 intid) { CHECK_EQUAL(intid, TIMER_VIRTUAL); }

static void set_key(u64 low, u64 high)
{
	write_register(s3_0_c2_c1_0, low);
	write_register(s3_0_c2_c1_1, high);
	isb();
}

static u64 sign(u64 pointer) { return guest_execute(PACIZA, pointer); }

static bool authenticates(u64 value, u64 pointer)
{
	u64 got = 0;
	struct fault f = fault_execute(AUTIZA, value, &got);

	CHECK(!f.taken || field_get(ESR_EC, f.esr) == EC_PAC);
	return !f.taken && got == pointer;
}

static void begin(void)
{
	mmu_on();
	write_register(sctlr_el1, read_register(sctlr_el1) | SCTLR_EnIA);
	isb();
}

static void other(u64 pointer)
{
	CHECK_EQUAL(read_register(s3_0_c2_c1_0), 0);
	CHECK_EQUAL(read_register(s3_0_c2_c1_1), 0);
	begin();
	set_key(0x1111222233334444, 5);
	CHECK(authenticates(sign(pointer), pointer));
	CHECK(!authenticates(signed_here, pointer));
}

static void check_all_keys(void)
{
	CHECK_EQUAL(read_register(s3_0_c2_c1_2) | read_register(s3_0_c2_c1_3), 0); /* IB */
	CHECK_EQUAL(read_register(s3_0_c2_c2_0) | read_register(s3_0_c2_c2_1), 0); /* DA */
	CHECK_EQUAL(read_register(s3_0_c2_c2_2) | read_register(s3_0_c2_c2_3), 0); /* DB */
	CHECK_EQUAL(read_register(s3_0_c2_c3_0) | read_register(s3_0_c2_c3_1), 0); /* GA */
}

void test(void)
{
	u64 pointer = (u64)guest_name;

	if (!(read_register(s3_0_c0_c6_1) & (FIELD(7, 4) | FIELD(11, 8)))) {
		guest_print("no pointer authentication here\n");
		return;
	}
	check_all_keys();
	begin();
	for (u64 round = 1; round <= ROUNDS; round++) {
		set_key(round * 0x9e3779b97f4a7c15, ~round);
		signed_here = sign(pointer);
		CHECK(signed_here != pointer);
		psci_call(PSCI_VERSION, 0, 0, 0);
		psci_call(PSCI_AFFINITY_INFO, 1, 0, 0);
		read32(GICD + GICD_TYPER);
		CHECK(authenticates(signed_here, pointer));
		set_key(round * 0x9e3779b97f4a7c15 ^ 1, ~round);
		CHECK(!authenticates(signed_here, pointer));
	}
	smp_start(1, other, pointer);
	smp_wait_off(1);
}
