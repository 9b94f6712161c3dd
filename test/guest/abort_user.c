/* SPDX-License-Identifier: Apache-2.0 */
/* Aborts of a program at EL0 come to the vector for a lower EL, with the classes of a lower EL; MMU off and
 * on. */
#include "lib/guest.h"

static u8 stack[4096] __attribute__((aligned(16)));

/* At EL0 these three run at another address than they are linked at: no call, no global. */
__attribute__((noinline)) static void user_read(u64 address)
{
	asm volatile("ldr x1, [%0]\n\tsvc #0" ::"r"(address) : "x1", "memory");
}

__attribute__((noinline)) static void user_write(u64 address)
{
	asm volatile("str xzr, [%0]\n\tsvc #0" ::"r"(address) : "memory");
}

__attribute__((noinline)) static void user_fetch(u64 address)
{
	asm volatile("blr %0\n\tsvc #0" ::"r"(address) : "x30", "memory");
}

static void check(void (*program)(u64), u64 shift, u64 address, u32 class, bool write)
{
	u64 entry = (u64)program + shift;
	struct fault f;

	fault_expect();
	guest_run_el0(entry, address, (u64)stack + sizeof(stack) + shift);
	f = fault_result(address);
	if (f.taken && class == EC_DATA_LOWER) {
		CHECK(f.elr >= entry && f.elr < entry + 32);
		f.at = f.elr;
	}
	fault_check_external(__LINE__, &f, class, address, write);
}

static void check_all(u64 shift, u64 nowhere)
{
	check(user_read, shift, nowhere, EC_DATA_LOWER, false);
	check(user_write, shift, nowhere, EC_DATA_LOWER, true);
	check(user_fetch, shift, nowhere, EC_FETCH_LOWER, false);
}

void test(void)
{
	check_all(0, HOLE);
	check_all(0, RAM_BASE + tree_memory_size());
	check_all(0, NOTHING);
	mmu_on();
	check_all(USER_RAM - RAM_BASE, USER_NOTHING);
	check_all(USER_RAM - RAM_BASE, USER_RAM + tree_memory_size());
}
