/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exclusives, atomics and DC ZVA on a device: a device need not take them. Corbel's do not: a data abort with the status
 * of an unsupported exclusive or atomic access, or of an alignment fault (Arm ARM B2.2.6, C6.2, DC ZVA); a pointer
 * that AUTDA made is an address like any other (LDRAA). The word device-atomics: this machine's devices do.
 */
#include "lib/guest.h"

enum { STATUS_UNSUPPORTED = 0x35 };

static void refused(u32 insn, u64 at, u64 status, const char *what)
{
	u64 base = 0;
	struct fault f = fault_execute(insn, at, &base);

	if (tree_word("device-atomics"))
		return;
	if (!f.taken || field_get(ESR_EC, f.esr) != EC_DATA || field_get(ESR_STATUS, f.esr) != status ||
	    f.elr != f.at)
		guest_fail(__LINE__, "%s: taken %u, ESR 0x%lx, ELR 0x%lx", what, f.taken, f.esr, f.elr);
	CHECK(f.far >= align_down(at, 2048) && f.far < at + 2048);
	CHECK_EQUAL(base, at);
}

static void authenticated(u64 at)
{
	u64 signed_at = at, value, base;

	if (!(read_register(S3_0_C0_C6_1) & FIELD(11, 4)) && !(read_register(S3_0_C0_C6_2) & FIELD(15, 12)))
		return;
	write_register(S3_0_C2_C2_0, 0x0123456789abcdef); /* APDAKey */
	write_register(S3_0_C2_C2_1, 0xfedcba9876543210);
	write_register(sctlr_el1, read_register(sctlr_el1) | BIT(27)); /* EnDA */
	isb();
	asm volatile(".arch_extension pauth\n\tpacdza %0" : "+r"(signed_at));
	base = signed_at;
	asm volatile(".arch_extension pauth\n\tldraa %0, [%1]" : "=r"(value) : "r"(base) : "memory");
	CHECK_EQUAL(value, read64(at));
	asm volatile(".arch_extension pauth\n\tldraa %0, [%1, #16]!" : "=&r"(value), "+r"(base)::"memory");
	CHECK_EQUAL(value, read64(at + 16));
	CHECK_EQUAL(base, at + 16);
	guest_print("0x%lx is 0x%lx signed\n", at, signed_at);
}

void test(void)
{
	u64 at, lse = field_get(FIELD(23, 20), read_register(id_aa64isar0_el1)) >= 2;

	mmu_on();
	at = LOW_NORMAL + GICD + GICD_IROUTER + 8 * 64;
	for (u32 i = 0; i < 4; i++)
		write64(at + 8 * i, 0x010203 * (i + 1));
	refused(0xc85f7c01, at, STATUS_UNSUPPORTED, "ldxr x1, [x0]");
	refused(0x885ffc01, at, STATUS_UNSUPPORTED, "ldaxr w1, [x0]");
	refused(0xc87f0801, at, STATUS_UNSUPPORTED, "ldxp x1, x2, [x0]");
	if (lse) {
		refused(0xf8210002, at, STATUS_UNSUPPORTED, "ldadd x1, x2, [x0]");
		refused(0xf8e18002, at, STATUS_UNSUPPORTED, "swpal x1, x2, [x0]");
		refused(0xc8a17c02, at, STATUS_UNSUPPORTED, "cas x1, x2, [x0]");
		refused(0xf821001f, at, STATUS_UNSUPPORTED, "stadd x1, [x0]");
	}
	refused(0xd50b7420, at, STATUS_ALIGNMENT, "dc zva, x0");
	guest_execute(0xf9800000, at); /* PRFM PLDL1KEEP, [X0] */
	for (u32 i = 0; i < 4 && !tree_word("device-atomics"); i++)
		CHECK_EQUAL(read64(at + 8 * i), 0x010203 * (i + 1));
	authenticated(at);
}
