/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes every encoding of the system register and system instruction space, op0 = 1 to 3, as a read and as a
 * write, at EL1 and EL0, and prints what became of each; test/guest/sweep.py compares the bare machine's answers
 * with those under the hypervisor (Arm ARM C5.1, D18). EL0 is swept twice: with all that EL1 can allow
 * it ("open"), and with all that EL1 can trap trapped ("closed").
 *
 * Lines "sweep WHO DIRECTION FIRST-LAST ANSWER": encodings are bits 20 to 5 of the instruction, in hexadecimal.
 *   z, v   read: zero, another value        k, i, w  written: kept in part, ignored, accepted
 *   U      undefined (class 0)              xNN      an exception of class NN
 * Lines "id CRM OP2 VALUE": the block of ID registers. Boot words part=K of=N: only every N-th run of 8.
 */
#include "lib/guest.h"

#define KEY(op0, op1, n, m, op2) ((op0) << 14 | (op1) << 11 | (n) << 7 | (m) << 3 | (op2))
enum { FIRST = KEY(1, 0, 0, 0, 0), END = 0x10000 };
enum { SVC = 0xd4000001, RET = 0xd65f03c0 };
enum answer { ZERO = 'z', VALUE = 'v', KEPT = 'k', IGNORED = 'i', ACCEPTED = 'w', UNDEFINED = 'U' };
enum who { EL1, OPEN, CLOSED, WHO };
static const char *const who_names[WHO] = {"el1", "open", "closed"};

/* For DC, IC and AT; a block of DC ZVA is 2 KiB at most. */
static u8 scratch[4096] __attribute__((aligned(4096)));
static u32 code[1024] __attribute__((aligned(4096)));

/* What would take the ground from under this program: it is written with the value just read. */
static const struct {
	u32 first, last;
} fragile[] = {
	/* The translation of this program's own addresses. */
	{KEY(3, 0, 1, 0, 0), KEY(3, 0, 1, 0, 0)},   /* SCTLR_EL1 */
	{KEY(3, 0, 1, 0, 3), KEY(3, 0, 1, 0, 3)},   /* SCTLR2_EL1 */
	{KEY(3, 0, 2, 0, 0), KEY(3, 0, 2, 0, 3)},   /* TTBR0_EL1, TTBR1_EL1, TCR_EL1, TCR2_EL1 */
	{KEY(3, 0, 10, 2, 0), KEY(3, 0, 10, 3, 1)}, /* MAIR_EL1 to AMAIR2_EL1, PIRE0_EL1, PIR_EL1, POR_EL1 */
	{KEY(3, 3, 10, 2, 4), KEY(3, 3, 10, 2, 4)}, /* POR_EL0 */
	/* Its vectors, its stack, its masks. */
	{KEY(3, 0, 12, 0, 0), KEY(3, 0, 12, 0, 0)}, /* VBAR_EL1 */
	{KEY(3, 0, 4, 2, 0), KEY(3, 0, 4, 2, 0)},   /* SPSel */
	{KEY(3, 3, 4, 2, 1), KEY(3, 3, 4, 2, 1)},   /* DAIF */
	{KEY(3, 0, 2, 5, 0),
         KEY(3, 0, 2, 5, 2)}, /* GCSCR_EL1, GCSPR_EL1, GCSCRE0_EL1: its returns would be checked */
	/* Entry to streaming mode resets FPSR and the vector registers. */
	{KEY(3, 3, 4, 2, 2), KEY(3, 3, 4, 2, 2)}, /* SVCR */
	/* A reset of the CPU, power. */
	{KEY(3, 0, 12, 0, 2), KEY(3, 0, 12, 0, 2)}, /* RMR_EL1 */
	{KEY(2, 0, 1, 4, 4), KEY(2, 0, 1, 4, 4)},   /* DBGPRCR_EL1 */
	/* Units that would write to memory by themselves. */
	{KEY(3, 0, 9, 9, 0), KEY(3, 0, 9, 11, 7)}, /* PMSCR_EL1 to PMBSR_EL1, TRBLIMITR_EL1 to TRBTRG_EL1 */
	/* What implementers do with their own registers is not known. */
	{KEY(3, 0, 1, 0, 1), KEY(3, 0, 1, 0, 1)}, /* ACTLR_EL1 */
	{KEY(3, 0, 11, 0, 0), KEY(3, 0, 11, 15, 7)},
	{KEY(3, 0, 15, 0, 0), KEY(3, 0, 15, 15, 7)},
	{KEY(3, 1, 11, 0, 0), KEY(3, 1, 11, 15, 7)},
	{KEY(3, 1, 15, 0, 0), KEY(3, 1, 15, 15, 7)},
	{KEY(3, 2, 11, 0, 0), KEY(3, 2, 11, 15, 7)},
	{KEY(3, 2, 15, 0, 0), KEY(3, 2, 15, 15, 7)},
	{KEY(3, 3, 11, 0, 0), KEY(3, 3, 11, 15, 7)},
	{KEY(3, 3, 15, 0, 0), KEY(3, 3, 15, 15, 7)},
	{KEY(3, 4, 0, 0, 0), KEY(3, 7, 15, 15, 7)}, /* of EL2, EL3 and secure EL1 */
};

static bool is_fragile(u32 key)
{
	for (u32 i = 0; i < ARRAY_COUNT(fragile); i++)
		if (key >= fragile[i].first && key <= fragile[i].last)
			return true;
	return false;
}

/* --- one instruction --- */

static u64 alias(enum who who, const void *at) { return (u64)at + (who == EL1 ? 0 : USER_RAM - RAM_BASE); }

/* Both words are fetched again: the data side has been cleaned, the instruction side is told. */
static void patch(u32 instruction, u32 end)
{
	code[0] = instruction;
	code[1] = end;
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code) : "memory");
}

/* Branches to the code with x0 = argument; x0 on return. No call comes between the register and the branch. */
static __attribute__((noinline)) u64 run_el1(u64 argument)
{
	register u64 x0 asm("x0") = argument;

	asm volatile("blr %1" : "+r"(x0) : "r"(code) : "x30", "memory");
	return x0;
}

/* The class of the exception plus 256, or 0. */
static u32 execute(enum who who, u32 key, bool read, u64 argument, u64 *result)
{
	patch(0xd5000000 | (u32)read << 21 | key << 5, who == EL1 ? RET : SVC);
	fault_expect();
	u64 x0 = who == EL1 ? run_el1(argument) : guest_run_el0(alias(who, code), argument, 0);
	struct fault f = fault_result(0);
	if (result)
		*result = x0;
	return f.taken ? 256 + (u32)field_get(ESR_EC, f.esr) : 0;
}

static u32 answer_of(u32 class) { return class == 256 ? UNDEFINED : class; }

static u32 read(enum who who, u32 key)
{
	u64 value;
	u32 class = execute(who, key, true, 0, &value);

	return class ? answer_of(class) : value ? VALUE : ZERO;
}

/* System instructions take an address, a set and way, or a context, by their CRn. */
static u32 instruct(enum who who, u32 key)
{
	u32 n = key >> 7 & 15, m = key >> 3 & 15, op2 = key & 7;
	bool address =
		n == 7 && m != 3 && (op2 != 2 || m == 8); /* op2 = 2: by set and way; with CRm = 8 an AT */
	u32 class = execute(who, key, false, address ? alias(who, scratch) : 0, NULL);

	return class ? answer_of(class) : ACCEPTED;
}

static u32 write(enum who who, u32 key)
{
	u64 before, after;

	if (key < KEY(2, 0, 0, 0, 0))
		return instruct(who, key);
	u32 unreadable = execute(who, key, true, 0, &before);
	bool plain = unreadable || who != EL1 || is_fragile(key);
	u32 class = execute(who, key, false, unreadable ? 0 : plain ? before : ~before, NULL);
	if (class)
		return answer_of(class);
	if (plain)
		return ACCEPTED;
	if (execute(who, key, true, 0, &after) || execute(who, key, false, before, NULL))
		return ACCEPTED;
	return after == before ? IGNORED : KEPT;
}

/* --- all of them --- */

/* UMA, EnRCTX, DZE, UCT, nTWI, nTWE, UCI, EnTP2 */
#define SCTLR_USER   (BIT(9) | BIT(10) | BIT(14) | BIT(15) | BIT(16) | BIT(18) | BIT(26) | BIT(60))
#define SCTLR_TSCXT  BIT(20)
#define MDSCR_TDCC   BIT(12)
#define CPACR_FP_SVE (FIELD(17, 16) | FIELD(21, 20) | FIELD(25, 24)) /* ZEN, FPEN, SMEN */

/* What EL1 lets EL0 do. */
static void permit(bool open)
{
	u64 pmu = field_get(FIELD(11, 8), read_register(id_aa64dfr0_el1));
	u64 sctlr = read_register(sctlr_el1) & ~(SCTLR_USER | SCTLR_TSCXT);

	write_register(sctlr_el1, sctlr | (open ? SCTLR_USER : SCTLR_TSCXT));
	write_register(cpacr_el1, open ? CPACR_FP_SVE : 0);
	write_register(cntkctl_el1, open ? BIT(0) | BIT(1) | BIT(8) | BIT(9) : 0);
	write_register(mdscr_el1, open ? 0 : MDSCR_TDCC);
	if (pmu && pmu != 15)
		write_register(pmuserenr_el0, open ? 0x7f : 0);
	isb();
}

static void print_run(enum who who, bool reading, u32 first, u32 last, u32 answer)
{
	guest_print("sweep %s %c %04x-%04x ", who_names[who], reading ? 'r' : 'w', first, last);
	if (answer >= 256)
		guest_print("x%02x\n", answer - 256);
	else
		guest_print("%c\n", (int)answer);
}

static void sweep(enum who who, bool reading)
{
	u64 part = tree_number("part"), of = tree_number("of");
	u32 first = 0, last = 0, answer = 0;

	for (u32 key = FIRST; key < END; key++) {
		if (of && (key >> 3) % of != part)
			continue;
		u32 now = reading ? read(who, key) : write(who, key);

		if (answer && (now != answer || key != last + 1)) {
			print_run(who, reading, first, last, answer);
			answer = 0;
		}
		if (!answer) {
			first = key;
			answer = now;
		}
		last = key;
	}
	print_run(who, reading, first, last, answer);
}

static void print_ids(void)
{
	for (u32 m = 1; m < 8; m++)
		for (u32 op2 = 0; op2 < 8; op2++) {
			u64 value = 0;

			if (execute(EL1, KEY(3, 0, 0, m, op2), true, 0, &value) == 0)
				guest_print("id %u %u %016lx\n", m, op2, value);
		}
}

void test(void)
{
	mmu_on();
	permit(true);
	print_ids();
	for (u32 who = EL1; who < WHO; who++) {
		permit(who != CLOSED);
		sweep((enum who)who, true);
		sweep((enum who)who, false);
	}
}
