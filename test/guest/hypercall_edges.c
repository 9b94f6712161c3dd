/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls at the edge: with an immediate, as the last instruction of memory, with garbage where it does not count, at EL0
 * (DEN0028 §2.5, §2.9).
 */
#include "lib/guest.h"

enum { HVC = 0xd4000002, SMC = 0xd4000003, MEM_PROTECT = 0x84000013 };
static u8 stack[4096] __attribute__((aligned(16)));

static u64 raw(u32 conduit, u64 function, u64 x1, u64 x2, u64 x3)
{
	u64 x[31] = {function, x1, x2, x3};

	if (conduit == SMC)
		psci_raw_smc(x);
	else
		psci_raw_hvc(x);
	return x[0];
}

/* Whoever acted on one of these would end the VM, or answer something else. */
static void check_immediates(u32 conduit)
{
	for (u64 immediate = 1; immediate < 0x10000; immediate += immediate < 64 ? 1 : immediate / 3) {
		CHECK_EQUAL(guest_execute((u32)(conduit | immediate << 5), PSCI_SYSTEM_RESET), ~0UL);
		CHECK_EQUAL(guest_execute((u32)(conduit | immediate << 5), PSCI_VERSION), ~0UL);
	}
	CHECK_EQUAL(guest_execute(conduit, PSCI_VERSION), 0x10001);
}

/* MEM_PROTECT tells how often it was called: it answers the setting before. */
static void check_last_instruction(u32 conduit)
{
	u64 end = RAM_BASE + tree_memory_size();

	write32(end - 4, conduit);
	asm volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" ::"r"(end - 4) : "memory");
	for (u64 setting = 1; setting <= 100; setting++) {
		fault_expect();
		register u64 x0 asm("x0") = MEM_PROTECT;
		register u64 x1 asm("x1") = setting & 1;
		asm volatile("blr %2" : "+r"(x0), "+r"(x1) : "r"(end - 4) : "x30", "memory");
		u64 before = x0; /* calls use the register */
		struct fault f = fault_result(end);
		fault_check_external(__LINE__, &f, EC_FETCH, end, false);
		CHECK_EQUAL(before, !(setting & 1));
	}
	CHECK_EQUAL(raw(conduit, MEM_PROTECT, 0, 0, 0), 0);
}

/* Of a function of 32 bits the lower halves count; bit 16 of the id is a hint. */
static void check_garbage(u32 conduit)
{
	const u64 upper = 0xdeadbeef00000000, hint = BIT(16);

	CHECK_EQUAL(raw(conduit, upper | PSCI_VERSION, ~0UL, ~0UL, ~0UL), 0x10001);
	CHECK_EQUAL(raw(conduit, upper | hint | PSCI_VERSION, 0, 0, 0), 0x10001);
	CHECK_EQUAL(raw(conduit, upper | 0x84000004, upper, upper, upper), 0);
	CHECK_EQUAL(raw(conduit, hint | 0x84000004, upper, upper, upper), 0);
	CHECK_EQUAL((s32)raw(conduit, PSCI_AFFINITY_INFO, upper, 0, 0), PSCI_INVALID_PARAMETERS);
	CHECK_EQUAL((s32)raw(conduit, hint | PSCI_AFFINITY_INFO, upper, 0, 0), PSCI_INVALID_PARAMETERS);
	CHECK_EQUAL((s32)raw(conduit, upper | PSCI_FEATURES, upper | 0x84000005, 0, 0), PSCI_NOT_SUPPORTED);
	CHECK_EQUAL((s32)raw(conduit, 0x04010000, 0, 0, 0),
	            PSCI_NOT_SUPPORTED); /* a yielding call has no hint */
}

/* At EL0 these run at another address than they are linked at. */
__attribute__((noinline)) static void user_hvc(u64 function)
{
	register u64 x0 asm("x0") = function;
	asm volatile("hvc #0\n\tsvc #0" : "+r"(x0)::"memory");
}

__attribute__((noinline)) static void user_smc(u64 function)
{
	register u64 x0 asm("x0") = function;
	asm volatile("smc #0\n\tsvc #0" : "+r"(x0)::"memory");
}

static void check_user(void (*program)(u64), u64 shift)
{
	fault_expect();
	CHECK_EQUAL(guest_run_el0((u64)program + shift, PSCI_SYSTEM_OFF, (u64)stack + sizeof(stack) + shift),
	            PSCI_SYSTEM_OFF);
	struct fault f = fault_result(0);
	CHECK(f.taken && f.vector == 8);
	CHECK_EQUAL(field_get(ESR_EC, f.esr), EC_UNKNOWN);
	CHECK(f.elr - ((u64)program + shift) < 32);
}

void test(void)
{
	static const u32 conduits[] = {HVC, SMC};

	for (u32 i = 0; i < ARRAY_COUNT(conduits); i++) {
		check_immediates(conduits[i]);
		check_last_instruction(conduits[i]);
		check_garbage(conduits[i]);
	}
	check_user(user_hvc, 0);
	check_user(user_smc, 0);
	mmu_on();
	check_last_instruction(HVC);
	check_last_instruction(SMC);
	check_user(user_hvc, USER_RAM - RAM_BASE);
	check_user(user_smc, USER_RAM - RAM_BASE);
}
