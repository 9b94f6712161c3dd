/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores that tell EL2 nothing but their address (ISV = 0: write-back, pairs, SIMD and FP, literals) on
 * emulated devices. The CPU is the oracle: each form is executed on registers of a device and on memory that holds
 * the same bytes, and must leave the same behind in both, in x0 to x7, SP and V0 to V3.
 * Bytes and words are tried on GICD_IPRIORITYR<n>, larger elements on GICD_IROUTER<n>, where they mean the same
 * on every GIC; elements of 2 bytes only in test/unit/emulate_test.c, because no register takes them.
 */
#include "lib/guest.h"

enum { SPAN = 256, MIDDLE = SPAN / 2, INDEX = 12 };

/* What a form finds and leaves. x[8]: SP. */
struct state {
	u64 x[9], unused;
	u64 v[8];
};

enum region { PRIORITY, ROUTE };

/* BOTH: with little-endian data and big-endian. LITTLE: some are unaligned, which big-endian, its MMU off, forbids. */
#define FORMS(LITTLE, BOTH)                                             \
	LITTLE(PRIORITY, "ldr w1, [x0], #4")                            \
	LITTLE(PRIORITY, "ldr w1, [x0, #-4]!")                          \
	LITTLE(PRIORITY, "ldr w1, [x0, #4]")                            \
	LITTLE(PRIORITY, "ldr w1, [x0, x3]")                            \
	LITTLE(PRIORITY, "ldr w1, [x0, w3, sxtw]")                      \
	LITTLE(PRIORITY, "ldrb w1, [x0], #1")                           \
	LITTLE(PRIORITY, "ldrb w1, [x0, #-3]!")                         \
	LITTLE(PRIORITY, "ldrsb w1, [x0], #3")                          \
	LITTLE(PRIORITY, "ldrsb x1, [x0, #-3]!")                        \
	LITTLE(PRIORITY, "ldrsw x1, [x0], #-4")                         \
	LITTLE(PRIORITY, "ldrsw x1, [x0, #8]!")                         \
	LITTLE(PRIORITY, "ldr wzr, [x0], #4")                           \
	LITTLE(PRIORITY, "str w1, [x0], #-8")                           \
	LITTLE(PRIORITY, "str w1, [x0, #16]!")                          \
	LITTLE(PRIORITY, "str wzr, [x0, #4]!")                          \
	LITTLE(PRIORITY, "strb w1, [x0], #1")                           \
	LITTLE(PRIORITY, "strb wzr, [x0, #-1]!")                        \
	LITTLE(PRIORITY, "ldp w1, w2, [x0]")                            \
	LITTLE(PRIORITY, "ldp w1, w2, [x0], #8")                        \
	LITTLE(PRIORITY, "ldp w1, wzr, [x0, #-8]!")                     \
	LITTLE(PRIORITY, "ldnp w1, w2, [x0, #16]")                      \
	LITTLE(PRIORITY, "ldpsw x1, x2, [x0]")                          \
	LITTLE(PRIORITY, "ldpsw x1, x2, [x0, #-16]!")                   \
	LITTLE(PRIORITY, "ldpsw x1, x2, [x0], #24")                     \
	LITTLE(PRIORITY, "stp w1, w2, [x0, #-32]")                      \
	LITTLE(PRIORITY, "stp w1, w2, [x0], #8")                        \
	LITTLE(PRIORITY, "stp wzr, w2, [x0, #8]!")                      \
	LITTLE(PRIORITY, "stnp w1, w2, [x0, #8]")                       \
	LITTLE(PRIORITY, "ldr b0, [x0]")                                \
	LITTLE(PRIORITY, "ldr b0, [x0, #5]!")                           \
	LITTLE(PRIORITY, "ldr s1, [x0, #8]")                            \
	LITTLE(PRIORITY, "ldr s1, [x0], #-4")                           \
	LITTLE(PRIORITY, "ldr s1, [x0, x3]")                            \
	LITTLE(PRIORITY, "ldur s2, [x0, #-8]")                          \
	LITTLE(PRIORITY, "str b3, [x0, #1]")                            \
	LITTLE(PRIORITY, "str s3, [x0, #4]!")                           \
	LITTLE(PRIORITY, "ldp s0, s1, [x0, #8]")                        \
	LITTLE(PRIORITY, "ldp s2, s3, [x0], #-8")                       \
	LITTLE(PRIORITY, "ldnp s2, s3, [x0]")                           \
	LITTLE(PRIORITY, "stp s2, s1, [x0, #-8]!")                      \
	LITTLE(PRIORITY, "ld1 {v0.4s}, [x0]")                           \
	LITTLE(PRIORITY, "ld1 {v0.2s, v1.2s}, [x0], #16")               \
	LITTLE(PRIORITY, "ld1 {v0.4s, v1.4s, v2.4s}, [x0], x3")         \
	LITTLE(PRIORITY, "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [x0]")  \
	LITTLE(PRIORITY, "ld1 {v0.8b}, [x0], #8")                       \
	LITTLE(PRIORITY, "ld2 {v1.4s, v2.4s}, [x0]")                    \
	LITTLE(PRIORITY, "ld2 {v1.16b, v2.16b}, [x0], #32")             \
	LITTLE(PRIORITY, "ld3 {v0.2s, v1.2s, v2.2s}, [x0]")             \
	LITTLE(PRIORITY, "ld3 {v0.8b, v1.8b, v2.8b}, [x0], x3")         \
	LITTLE(PRIORITY, "ld4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0], #64") \
	LITTLE(PRIORITY, "ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x0]")  \
	LITTLE(PRIORITY, "ld1 {v0.s}[1], [x0]")                         \
	LITTLE(PRIORITY, "ld1 {v3.b}[13], [x0], #1")                    \
	LITTLE(PRIORITY, "ld2 {v0.s, v1.s}[3], [x0], #8")               \
	LITTLE(PRIORITY, "ld3 {v0.b, v1.b, v2.b}[0], [x0]")             \
	LITTLE(PRIORITY, "ld4 {v0.s, v1.s, v2.s, v3.s}[2], [x0], x3")   \
	LITTLE(PRIORITY, "ld1r {v0.4s}, [x0]")                          \
	LITTLE(PRIORITY, "ld1r {v0.8b}, [x0], #1")                      \
	LITTLE(PRIORITY, "ld2r {v0.2s, v1.2s}, [x0]")                   \
	LITTLE(PRIORITY, "ld3r {v0.16b, v1.16b, v2.16b}, [x0], #3")     \
	LITTLE(PRIORITY, "ld4r {v0.4s, v1.4s, v2.4s, v3.4s}, [x0], x3") \
	LITTLE(PRIORITY, "st1 {v0.4s, v1.4s}, [x0]")                    \
	LITTLE(PRIORITY, "st1 {v0.16b, v1.16b, v2.16b}, [x0], #48")     \
	LITTLE(PRIORITY, "st2 {v2.4s, v3.4s}, [x0]")                    \
	LITTLE(PRIORITY, "st3 {v0.16b, v1.16b, v2.16b}, [x0], x3")      \
	LITTLE(PRIORITY, "st4 {v0.2s, v1.2s, v2.2s, v3.2s}, [x0]")      \
	LITTLE(PRIORITY, "st1 {v1.s}[2], [x0], #4")                     \
	LITTLE(PRIORITY, "st2 {v0.b, v1.b}[15], [x0]")                  \
	LITTLE(PRIORITY, "st4 {v0.b, v1.b, v2.b, v3.b}[6], [x0], x3")   \
	BOTH(ROUTE, "ldr x1, [x0], #8")                                 \
	BOTH(ROUTE, "ldr x1, [x0, #-16]!")                              \
	BOTH(ROUTE, "ldr xzr, [x0], #8")                                \
	BOTH(ROUTE, "str x1, [x0], #24")                                \
	BOTH(ROUTE, "str xzr, [x0, #8]!")                               \
	BOTH(ROUTE, "ldp x1, x2, [x0]")                                 \
	BOTH(ROUTE, "ldp x1, x2, [x0], #16")                            \
	BOTH(ROUTE, "ldp x1, x2, [x0, #-32]!")                          \
	BOTH(ROUTE, "ldp x0, x1, [x0]")                                 \
	BOTH(ROUTE, "ldp x1, xzr, [sp], #16")                           \
	BOTH(ROUTE, "ldp x1, x2, [sp, #16]")                            \
	BOTH(ROUTE, "ldnp x1, x2, [x0, #-16]")                          \
	BOTH(ROUTE, "stp x1, x2, [x0, #16]")                            \
	BOTH(ROUTE, "stp x1, xzr, [x0], #-16")                          \
	BOTH(ROUTE, "stp x1, x2, [sp, #-16]!")                          \
	BOTH(ROUTE, "stnp x1, x2, [x0]")                                \
	BOTH(ROUTE, "ldr d0, [x0, #8]")                                 \
	BOTH(ROUTE, "ldr d0, [x0], #8")                                 \
	BOTH(ROUTE, "ldr d0, [x0, w5, uxtw #3]")                        \
	BOTH(ROUTE, "str d1, [x0, #-8]!")                               \
	BOTH(ROUTE, "ldp d1, d2, [x0, #16]!")                           \
	BOTH(ROUTE, "stp d1, d2, [x0], #16")                            \
	LITTLE(ROUTE, "ldr q0, [x0]")                                   \
	LITTLE(ROUTE, "ldr q0, [x0], #16")                              \
	LITTLE(ROUTE, "ldr q1, [x0, x4, lsl #4]")                       \
	LITTLE(ROUTE, "str q3, [x0, #-16]!")                            \
	LITTLE(ROUTE, "ldp q1, q0, [x0], #-32")                         \
	LITTLE(ROUTE, "stp q2, q3, [x0, #32]")                          \
	BOTH(ROUTE, "ld1 {v0.1d}, [x0]")                                \
	BOTH(ROUTE, "ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64")      \
	BOTH(ROUTE, "ld2 {v0.2d, v1.2d}, [x0]")                         \
	BOTH(ROUTE, "ld3 {v0.2d, v1.2d, v2.2d}, [x0], #48")             \
	BOTH(ROUTE, "ld4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]")           \
	BOTH(ROUTE, "ld1 {v2.d}[1], [x0], #8")                          \
	BOTH(ROUTE, "ld4 {v0.d, v1.d, v2.d, v3.d}[0], [x0]")            \
	BOTH(ROUTE, "ld1r {v1.2d}, [x0]")                               \
	BOTH(ROUTE, "ld2r {v1.1d, v2.1d}, [x0], #16")                   \
	BOTH(ROUTE, "st1 {v0.2d}, [x0], #16")                           \
	BOTH(ROUTE, "st1 {v0.1d, v1.1d, v2.1d, v3.1d}, [x0]")           \
	BOTH(ROUTE, "st2 {v1.2d, v2.2d}, [x0]")                         \
	BOTH(ROUTE, "st3 {v0.2d, v1.2d, v2.2d}, [x0]")                  \
	BOTH(ROUTE, "st4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64")      \
	BOTH(ROUTE, "st1 {v0.d}[0], [x0]")                              \
	BOTH(ROUTE, "st3 {v1.d, v2.d, v3.d}[1], [x0], #24")

/* Two instructions for each form. */
#define CODE(region, text) text "\n\tret\n\t"
extern const u32 forms_code[][2];
asm(".text\n\t.arch_extension fp\n\t.arch_extension simd\n\t.balign 4\nforms_code:\n\t" FORMS(CODE, CODE));

#define LITTLE_ROW(region, text) {region, false, text},
#define BOTH_ROW(region, text)   {region, true, text},
static const struct form {
	enum region region;
	bool both;
	const char *text;
} forms[] = {FORMS(LITTLE_ROW, BOTH_ROW)};

static struct state state __attribute__((aligned(16)));
/* Executes the form at x1 with what x0 points to; x2 is SCTLR_EL1 meanwhile. */
void form_execute(struct state *s, const u32 *form, u64 sctlr);
asm(".text\nform_execute:\n\t"
    "stp x29, x30, [sp, #-64]!\n\tstp x19, x20, [sp, #16]\n\tstp x21, x22, [sp, #32]\n\t"
    "mov x19, x0\n\tmov x20, x1\n\tmov x21, sp\n\tmrs x22, sctlr_el1\n\tmov x8, x2\n\t"
    "ldp q0, q1, [x19, #80]\n\tldp q2, q3, [x19, #112]\n\t"
    "ldp x0, x1, [x19]\n\tldp x2, x3, [x19, #16]\n\tldp x4, x5, [x19, #32]\n\tldp x6, x7, [x19, #48]\n\t"
    "mov sp, x0\n\tmsr sctlr_el1, x8\n\tisb\n\tblr x20\n\tmsr sctlr_el1, x22\n\tisb\n\t"
    "mov x9, sp\n\tmov sp, x21\n\t"
    "stp q0, q1, [x19, #80]\n\tstp q2, q3, [x19, #112]\n\t"
    "stp x0, x1, [x19]\n\tstp x2, x3, [x19, #16]\n\tstp x4, x5, [x19, #32]\n\tstp x6, x7, [x19, #48]\n\t"
    "str x9, [x19, #64]\n\t"
    "ldp x21, x22, [sp, #32]\n\tldp x19, x20, [sp, #16]\n\tldp x29, x30, [sp], #64\n\tret\n");

static u64 memory[SPAN / 8 + 1] __attribute__((aligned(64)));
static u64
	shift; /* from a device's IPA to where stage 1 has it as Normal memory, so that no alignment matters */

static u64 device_of(enum region region)
{
	return shift + GICD + (region == PRIORITY ? GICD_IPRIORITYR : GICD_IROUTER) +
	       (region == PRIORITY ? 32 : 256);
}

/* Values that all of these registers keep: priorities in steps of 8; Aff3, then Aff2 to Aff0. */
static u64 value_of(enum region region, u64 n)
{
	u64 random = (n + 1) * 0x9e3779b97f4a7c15;

	return random & (region == PRIORITY ? 0xf8f8f8f8f8f8f8f8 : 0x000000ff00ffffff);
}

/* By forms that have a syndrome. */
static void store_all(enum region region, const u64 *from)
{
	for (u32 i = 0; i < SPAN / 8; i++)
		if (region == ROUTE) {
			write64(device_of(region) + 8 * i, from[i]);
		} else {
			write32(device_of(region) + 8 * i, (u32)from[i]);
			write32(device_of(region) + 8 * i + 4, (u32)(from[i] >> 32));
		}
}

static void load_all(enum region region, u64 *to)
{
	for (u32 i = 0; i < SPAN / 8; i++)
		to[i] = region == ROUTE ? read64(device_of(region) + 8 * i)
		                        : read32(device_of(region) + 8 * i) |
		                                  (u64)read32(device_of(region) + 8 * i + 4) << 32;
}

static struct state run(u32 n, u64 base, u64 sctlr)
{
	enum region region = forms[n].region;

	for (u32 i = 0; i < 8; i++)
		state.x[i] = state.v[i] = value_of(region, 100 + i);
	state.x[0] = base;
	state.x[3] = INDEX;
	state.x[4] = 1;
	state.x[5] = 0xfedcba9800000001;
	form_execute(&state, forms_code[n], sctlr);
	if (state.x[0] - base + SPAN < 2 * SPAN) /* it is the base still, not loaded */
		state.x[0] -= base;
	state.x[8] -= base;
	return state;
}

static void check(u32 n, u64 sctlr)
{
	/* 4 bytes off: QEMU's own GIC is asked for 8 bytes at once by some forms, if they are aligned. */
	u64 offset = MIDDLE + (forms[n].region == PRIORITY ? 4 : 0), before[SPAN / 8], after[SPAN / 8];
	struct state on_device, on_memory;

	for (u32 i = 0; i < SPAN / 8; i++)
		before[i] = memory[i] = value_of(forms[n].region, i);
	store_all(forms[n].region, before);
	on_device = run(n, device_of(forms[n].region) + offset, sctlr);
	load_all(forms[n].region, after);
	on_memory = run(n, (u64)memory + offset, sctlr);
	for (u32 i = 0; i < 17; i++) {
		u64 is = i < 9 ? on_device.x[i] : on_device.v[i - 9],
		    want = i < 9 ? on_memory.x[i] : on_memory.v[i - 9];

		if (is != want)
			guest_fail(__LINE__, "%s%s: %c%u is 0x%lx, not 0x%lx", forms[n].text,
			           sctlr & BIT(25) ? ", EE" : "", i < 9 ? 'x' : 'v', i < 9 ? i : i - 9, is,
			           want);
	}
	store_all(forms[n].region, memory);
	load_all(forms[n].region, memory);
	for (u32 i = 0; i < SPAN / 8; i++)
		if (after[i] != memory[i])
			guest_fail(__LINE__, "%s%s: 0x%lx at %u, not 0x%lx", forms[n].text,
			           sctlr & BIT(25) ? ", EE" : "", after[i], 8 * i, memory[i]);
}

void test(void)
{
	u64 sctlr = read_register(sctlr_el1);

	write_register(cpacr_el1, 3 << 20);
	isb();
	for (u32 n = 0; n < ARRAY_COUNT(forms); n++)
		if (forms[n].both) {
			check(n, sctlr);
			check(n, sctlr | BIT(25));
		}
	mmu_on();
	shift = LOW_NORMAL;
	sctlr = read_register(sctlr_el1);
	for (u32 n = 0; n < ARRAY_COUNT(forms); n++)
		check(n, sctlr);
	guest_print("%u forms\n", (u32)ARRAY_COUNT(forms));
}
