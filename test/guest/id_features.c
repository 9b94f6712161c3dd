/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ID registers of the instruction set show, works: an instruction of each feature. (What they hide and has state is
 * undefined: id_registers. What has none cannot be taken away: doc/vm.md.)
 */
#include "lib/guest.h"

struct feature {
	const char *name;
	u32 reg, shift; /* ID_AA64ISAR<reg>_EL1 */
	u32 insn;       /* with x0 = the address of a word */
};

static const struct feature features[] = {
	{"AES", 0, 4, 0x4e284800},      /* AESE V0.16B, V0.16B */
	{"SHA1", 0, 8, 0x5e280800},     /* SHA1H S0, S0 */
	{"SHA256", 0, 12, 0x5e282800},  /* SHA256SU0 V0.4S, V0.4S */
	{"CRC32", 0, 16, 0x1ac04000},   /* CRC32B W0, W0, W0 */
	{"LSE", 0, 20, 0xb820001f},     /* STADD W0, [X0] */
	{"RDM", 0, 28, 0x2e408400},     /* SQRDMLAH V0.4H, V0.4H, V0.4H */
	{"SHA3", 0, 32, 0xce000000},    /* EOR3 */
	{"SM3", 0, 36, 0xce400000},     /* SM3SS1 */
	{"SM4", 0, 40, 0xcec08400},     /* SM4E */
	{"DotProd", 0, 44, 0x0e809400}, /* SDOT V0.2S, V0.8B, V0.8B */
	{"FHM", 0, 48, 0x0e20ec00},     /* FMLAL V0.2S, V0.2H, V0.2H */
	{"FlagM", 0, 52, 0xd500401f},   /* CFINV */
	{"RNG", 0, 60, 0xd53b2400},     /* MRS X0, RNDR */
	{"DPB", 1, 0, 0xd50b7c20},      /* DC CVAP, X0 */
	{"JSCVT", 1, 12, 0x1e7e0000},   /* FJCVTZS W0, D0 */
	{"FCMA", 1, 16, 0x2e80e400},    /* FCADD V0.2S, V0.2S, V0.2S, #90 */
	{"LRCPC", 1, 20, 0xb8bfc000},   /* LDAPR W0, [X0] */
	{"FRINTTS", 1, 32, 0x1e284000}, /* FRINT32Z S0, S0 */
	{"SB", 1, 36, 0xd50330ff},      /* SB */
	{"BF16", 1, 44, 0x2e40fc00},    /* BFDOT V0.2S, V0.4H, V0.4H */
	{"I8MM", 1, 52, 0x4e80a400},    /* SMMLA V0.4S, V0.16B, V0.16B */
};

void test(void)
{
	u64 isar[2] = {read_register(id_aa64isar0_el1), read_register(id_aa64isar1_el1)};
	static u64 word;
	u32 shown = 0;

	mmu_on();
	write_register(cpacr_el1, 3 << 20);
	isb();
	for (u32 i = 0; i < ARRAY_COUNT(features); i++) {
		const struct feature *f = &features[i];

		if (!(isar[f->reg] >> f->shift & 15))
			continue;
		shown++;
		if (fault_execute(f->insn, (u64)&word, NULL).taken)
			guest_fail(__LINE__, "%s is shown and does not work", f->name);
	}
	guest_print("%u of %lu features are shown, and work\n", shown, ARRAY_COUNT(features));
	CHECK(shown > 0);
}
