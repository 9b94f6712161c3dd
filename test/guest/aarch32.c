/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch32 at EL0, of a kernel in AArch64: instructions that a hypervisor traps (the physical timer, debug registers,
 * devices, WFI), in A32 and T32, of 16 and 32 bits, conditional and in IT blocks (Arm ARM G1.12, D19.2.37). Each
 * program ends with an SVC; R4 and R5 tell whether what comes behind the trapped instruction was executed.
 */
#include "lib/guest.h"

enum { REGISTERS = 15, HALFWORDS = 16, PC = 15, PSTATE = 16, KEPT = 0x1000 };
#define USER    0x1d0UL /* EL0, A32; interrupts masked */
#define THUMB   BIT(5)
#define Z       BIT(30)
#define COUNTER 0xc0c0c0c0c0UL /* in R3:R2 is the physical count */
#define SLEPT   0x515151UL     /* the virtual timer's interrupt is pending now */

/* A32 in halfwords, the lower one first. */
#define A32(insn) (insn) & 0xffff, (insn) >> 16
#define A32_SVC   A32(0xef000000)
#define T32_SVC   0xdf00

struct program {
	const char *name;
	u64 pstate;
	u64 device;         /* in R1 */
	u32 r2, r3, r4, r5; /* before, if not 0 */
	u64 special;        /* COUNTER, SLEPT, or the value of R2 behind */
	u32 want4, want5;
	bool in_block; /* a WFI that is not the last of its IT block */
	u16 code[HALFWORDS] __attribute__((aligned(4)));
};

#define MRRC_CNTPCT   0xec532f0e
#define MRRCEQ_CNTPCT 0x0c532f0e
#define MRRCNE_CNTPCT 0x1c532f0e
#define MOV_R4_1      A32(0xe3a04001)
#define T_MRRC        0xec53, 0x2f0e /* conditional in an IT block */

enum { IDENTITY = 0xfe0, CELL = 0xffc }; /* of PL011: 0x11, 0xb1 */
static u64 uart_identity, uart_cell;

static const struct program programs[] = {
	{"mrrc", USER, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5, .code = {A32(MRRC_CNTPCT), MOV_R4_1, A32_SVC}},
	{"mrrceq, met", USER | Z, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5,
         .code = {A32(MRRCEQ_CNTPCT), MOV_R4_1, A32_SVC}},
	{"mrrceq, not met", USER, 0, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {A32(MRRCEQ_CNTPCT), MOV_R4_1, A32_SVC}},
	{"mrrcne, met", USER, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5,
         .code = {A32(MRRCNE_CNTPCT), MOV_R4_1, A32_SVC}},
	{"mrrcne, not met", USER | Z, 0, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {A32(MRRCNE_CNTPCT), MOV_R4_1, A32_SVC}},
	/* mcrr p15, 2, r2, r3, c14; mrrc p15, 2, r4, r5, c14 */
	{"CNTP_CVAL", USER, 0, 0x89abcdef, 0x01234567, 0, 0, 0x89abcdef, 0x89abcdef, 0x01234567,
         .code = {A32(0xec432f2e), A32(0xec554f2e), A32_SVC}},
	/* mcr p15, 0, r2, c14, c2, 1; mov r2, #0; mrc p15, 0, r2, c14, c2, 1 */
	{"CNTP_CTL", USER, 0, 2, 0, 0, 0, 2, 1, KEPT + 5,
         .code = {A32(0xee0e2f32), A32(0xe3a02000), A32(0xee1e2f32), MOV_R4_1, A32_SVC}},
	/* mrc p14, 0, r2, c1, c0, 0 */
	{"DBGDRAR", USER, 0, 0, 0, 0, 0, 0, 1, KEPT + 5, .code = {A32(0xee112e10), MOV_R4_1, A32_SVC}},
	/* ldr r2, [r1]; ldrb, ldrh, ldrsb */
	{"ldr", USER, 1, 0, 0, 0, 0, 0x11, 1, KEPT + 5, .code = {A32(0xe5912000), MOV_R4_1, A32_SVC}},
	{"ldrb", USER, 2, 0, 0, 0, 0, 0xb1, 1, KEPT + 5, .code = {A32(0xe5d12000), MOV_R4_1, A32_SVC}},
	{"ldrh", USER, 2, 0, 0, 0, 0, 0xb1, 1, KEPT + 5, .code = {A32(0xe1d120b0), MOV_R4_1, A32_SVC}},
	{"ldrsb", USER, 2, 0, 0, 0, 0, 0xffffffb1, 1, KEPT + 5, .code = {A32(0xe1d120d0), MOV_R4_1, A32_SVC}},
	{"ldreq, not met", USER, 1, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {A32(0x05912000), MOV_R4_1, A32_SVC}},

	{"T32 mrrc", USER | THUMB, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5, .code = {T_MRRC, 0x2401, T32_SVC}},
	/* itte eq; mrrceq; moveq r4, #1; movne r5, #1 */
	{"itte eq, met", USER | THUMB | Z, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5,
         .code = {0xbf06, T_MRRC, 0x2401, 0x2501, T32_SVC}},
	{"itte eq, not met", USER | THUMB, 0, 0, 0, 0, 0, KEPT + 2, KEPT + 4, 1,
         .code = {0xbf06, T_MRRC, 0x2401, 0x2501, T32_SVC}},
	/* it eq; mrrceq; movs r4, #1 behind the block */
	{"it eq, the last", USER | THUMB | Z, 0, 0, 0, 0, 0, COUNTER, 1, KEPT + 5,
         .code = {0xbf08, T_MRRC, 0x2401, T32_SVC}},
	/* ldr r2, [r1]; ldrb; ldrsb r2, [r1, r0]; ldrsh: 16 bits; movs r4, #1 */
	{"T32 ldr", USER | THUMB, 1, 0, 0, 0, 0, 0x11, 1, KEPT + 5, .code = {0x680a, 0x2401, T32_SVC}},
	{"T32 ldrb", USER | THUMB, 2, 0, 0, 0, 0, 0xb1, 1, KEPT + 5, .code = {0x780a, 0x2401, T32_SVC}},
	{"T32 ldrsb", USER | THUMB, 2, 0, 0, 0, 0, 0xffffffb1, 1, KEPT + 5,
         .code = {0x2000, 0x560a, 0x2401, T32_SVC}},
	{"T32 ldrsh", USER | THUMB, 2, 0, 0, 0, 0, 0xb1, 1, KEPT + 5,
         .code = {0x2000, 0x5e0a, 0x2401, T32_SVC}},
	/* itete eq; ldreq r2, [r1]; movne r4, #1; moveq r5, #1; movne r4, #1 */
	{"T32 ldr in itete", USER | THUMB | Z, 1, 0, 0, 0, 0, 0x11, KEPT + 4, 1,
         .code = {0xbf0b, 0x680a, 0x2401, 0x2501, 0x2401, T32_SVC}},
	{"T32 ldr in itete, not met", USER | THUMB, 1, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {0xbf0b, 0x680a, 0x2401, 0x2501, 0x2401, T32_SVC}},

	{"wfi", USER, 0, 0, 0, 0, 0, SLEPT, 1, KEPT + 5, .code = {A32(0xe320f003), MOV_R4_1, A32_SVC}},
	{"wfieq, met", USER | Z, 0, 0, 0, 0, 0, SLEPT, 1, KEPT + 5,
         .code = {A32(0x0320f003), MOV_R4_1, A32_SVC}},
	{"wfieq, not met", USER, 0, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {A32(0x0320f003), MOV_R4_1, A32_SVC}},
	{"wfe", USER, 0, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5, .code = {A32(0xe320f002), MOV_R4_1, A32_SVC}},
	{"T32 wfi", USER | THUMB, 0, 0, 0, 0, 0, SLEPT, 1, KEPT + 5, .code = {0xbf30, 0x2401, T32_SVC}},
	/* it eq; wfieq; movs r4, #1 */
	{"T32 wfi in it", USER | THUMB | Z, 0, 0, 0, 0, 0, SLEPT, 1, KEPT + 5,
         .code = {0xbf08, 0xbf30, 0x2401, T32_SVC}},
	/* itete eq; wfieq; movne r4, #1; moveq r5, #1; movne r4, #1 */
	{"T32 wfi in itete", USER | THUMB | Z, 0, 0, 0, 0, 0, SLEPT, KEPT + 4, 1, .in_block = true,
         .code = {0xbf0b, 0xbf30, 0x2401, 0x2501, 0x2401, T32_SVC}},
	{"T32 wfi in itete, not met", USER | THUMB, 0, 0, 0, 0, 0, KEPT + 2, 1, KEPT + 5,
         .code = {0xbf0b, 0xbf30, 0x2401, 0x2501, 0x2401, T32_SVC}},
};

static void prepare(const struct program *p, u64 *x)
{
	const u32 given[] = {p->r2, p->r3, p->r4, p->r5};

	for (u64 i = 0; i < REGISTERS; i++)
		x[i] = KEPT + i;
	for (u32 i = 0; i < 4; i++)
		if (given[i])
			x[2 + i] = given[i];
	if (p->device)
		x[1] = p->device == 1 ? uart_identity : uart_cell;
	x[PC] = (u64)p->code;
	x[PSTATE] = p->pstate;
}

/*
 * Whether a trap of WFI tells the IT state behind it, together with its own address: QEMU does, but SPSR.IT is the
 * state of the instruction at ELR (Arm ARM G1.12.2). Nobody can step over such a WFI, but for the last of its block.
 */
static bool it_is_told_late(void)
{
	/* itete eq; wfieq; and what ends it in any state */
	static const u16 code[] = {0xbf0b,  0xbf30,  0x2401,  0x2501, 0x2401,
	                           T32_SVC, T32_SVC, T32_SVC, T32_SVC};
	u64 x[PSTATE + 1] = {[PC] = (u64)code, [PSTATE] = USER | THUMB | Z};
	u64 sctlr = read_register(sctlr_el1);

	write_register(sctlr_el1, sctlr & ~BIT(16)); /* nTWI: EL1 is told */
	isb();
	fault_expect();
	el0_enter_aarch32(x);
	struct fault f = fault_result(0);
	write_register(sctlr_el1, sctlr);
	isb();
	CHECK(f.taken && field_get(ESR_EC, f.esr) == EC_WFX && f.elr == (u64)&code[1]);
	u64 it = field_get(FIELD(15, 10), f.spsr) << 2 | field_get(FIELD(26, 25), f.spsr);

	CHECK(it == 0x0b || it == 0x16);
	return it == 0x16;
}

static bool timer_pends(void) { return read_register(cntv_ctl_el0) & 4; }

static volatile bool taken;

void irq(u32 intid)
{
	CHECK_EQUAL(intid, TIMER_VIRTUAL);
	write_register(cntv_ctl_el0, 0);
	isb();
	taken = true;
}

/* A WFI may end for no reason: the program is run until it did not. */
static void sleep_once(const struct program *p, u64 *x)
{
	for (u32 tries = 0;; tries++) {
		CHECK(tries < 1000);
		prepare(p, x);
		write_register(cntv_cval_el0, timer_now() + timer_milliseconds(2));
		write_register(cntv_ctl_el0, 1);
		isb();
		el0_enter_aarch32(x);
		if (timer_pends())
			break;
	}
	irq_unmask(); /* it has done its work: the next one must be missed until it comes */
	WAIT_FOR(taken);
	irq_mask();
	taken = false;
}

static void check(const struct program *p, const u64 *x, u64 before, u64 after)
{
	u64 count = x[3] << 32 | (u32)x[2];
	bool is_counter = p->special == COUNTER, slept = p->special == SLEPT;

	if (is_counter && (count < before || count > after))
		guest_fail(__LINE__, "%s: 0x%lx, not 0x%lx to 0x%lx", p->name, count, before, after);
	if (!is_counter && (u32)x[2] != (slept ? KEPT + 2 : (u32)p->special))
		guest_fail(__LINE__, "%s: R2 is 0x%lx", p->name, x[2]);
	if ((u32)x[4] != p->want4 || (u32)x[5] != p->want5)
		guest_fail(__LINE__, "%s: R4 is 0x%lx and R5 0x%lx", p->name, x[4], x[5]);
	for (u32 i = 0; i < REGISTERS; i++)
		if ((i == 0 || i > 5) && (u32)x[i] != KEPT + i && !(i == 0 && x[i] == 0))
			guest_fail(__LINE__, "%s: R%u is 0x%lx", p->name, i, x[i]);
}

void test(void)
{
	u64 x[PSTATE + 1];
	u32 left_out = 0;

	uart_identity = PL011 + IDENTITY;
	uart_cell = PL011 + CELL;
	gic_enable(0, TIMER_VIRTUAL, 0x80);
	/* EL0 may use the counters, the timers and WFI and WFE; IT blocks are as in ARMv7. */
	write_register(cntkctl_el1, 0x303);
	write_register(sctlr_el1, (read_register(sctlr_el1) & ~BIT(7)) | BIT(5) | BIT(16) | BIT(18));
	isb();
	bool late = it_is_told_late();

	for (u32 i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		const struct program *p = &programs[i];
		u64 before = read_register(cntpct_el0);

		if (p->in_block && late) {
			left_out++;
			continue;
		}
		if (p->special == SLEPT) {
			sleep_once(p, x);
		} else {
			prepare(p, x);
			el0_enter_aarch32(x);
		}
		isb();
		check(p, x, before, read_register(cntpct_el0));
	}
	guest_print("%lu programs, %u left out\n", sizeof(programs) / sizeof(*programs), left_out);
}
