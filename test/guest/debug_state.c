/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug (Arm ARM D2): breakpoints and watchpoints hit at EL0 and EL1 where they are set and nowhere else;
 * single step of EL0 stops after each instruction, trapped and emulated ones included; the registers survive
 * CPU_SUSPEND, and a CPU that comes on finds them off.
 */
#include "lib/guest.h"

#define MDSCR_SS  BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)
#define SPSR_SS   BIT(21)
#define ENABLE    BIT(0)
#define AT_EL1    (1UL << 1)
#define AT_EL0    (2UL << 1)
#define CODE      FIELD(8, 5) /* BAS of a breakpoint */
#define LOADS     (1UL << 3)
#define STORES    (2UL << 3)
#define BYTES(b)  ((u64)(b) << 5) /* BAS of a watchpoint */
enum { EC_BREAK_LOWER = 0x30, EC_BREAK, EC_STEP_LOWER, EC_STEP, EC_WATCH_LOWER, EC_WATCH, EC_BRK = 0x3c };
enum { STATUS_DEBUG = 0x22, STEPS = 64, ROUNDS = 3 };
/* op2 of the four registers of a pair: op0 = 2, op1 = 0, CRn = 0, CRm = n. */
enum kind { BREAK_VALUE = 4, BREAK_CONTROL, WATCH_VALUE, WATCH_CONTROL };

/* Five instructions a round; CNTPCT_EL0 and CTR_EL0 may be trapped, and are stepped over all the same. */
extern u8 user[], user_loop[], user_store[], user_end[];
asm(".text\n"
    "user:       mov  x3, #3\n"
    "user_loop:  mrs  x2, cntpct_el0\n"
    "            mrs  x2, ctr_el0\n"
    "            add  x1, x1, #1\n"
    "            subs x3, x3, #1\n"
    "            b.ne user_loop\n"
    "user_store: str  x3, [x0]\n"
    "user_end:   svc  #0\n");

static volatile u64 word[4] __attribute__((aligned(32)));
static u64 stepped[STEPS];
static u32 steps;

static u64 read_pair(enum kind kind, u32 n) { return guest_execute(0xd5300000 | n << 8 | kind << 5, 0); }

static void write_pair(enum kind kind, u32 n, u64 value)
{
	guest_execute(0xd5100000 | n << 8 | kind << 5, value);
	isb();
}

static void set_mdscr(u64 value)
{
	write_register(mdscr_el1, value);
	isb();
}

static void set_break(u32 n, const u8 *at, u64 level)
{
	write_pair(BREAK_VALUE, n, (u64)at);
	write_pair(BREAK_CONTROL, n, CODE | level | ENABLE);
}

static void set_watch(u32 n, u64 at, u64 control)
{
	write_pair(WATCH_VALUE, n, at);
	write_pair(WATCH_CONTROL, n, control | ENABLE);
}

static u32 count(u64 field) { return (u32)field_get(field, read_register(id_aa64dfr0_el1)) + 1; }

/* A step ends here: remembered, and the next one begins. */
bool exception(struct frame *f, u64 vector)
{
	if (vector != 8 || field_get(ESR_EC, f->esr) != EC_STEP_LOWER)
		return false;
	CHECK_EQUAL(f->esr & ESR_STATUS, STATUS_DEBUG);
	CHECK(steps < STEPS);
	stepped[steps++] = f->elr;
	f->spsr |= SPSR_SS;
	return true;
}

static struct fault run_user(void)
{
	fault_expect();
	guest_run_el0((u64)user, (u64)word, 0);
	return fault_result(0);
}

static void check_fault(u32 line, struct fault f, u32 ec, const u8 *at)
{
	if (!f.taken || field_get(ESR_EC, f.esr) != ec || field_get(ESR_STATUS, f.esr) != STATUS_DEBUG ||
	    (at && f.elr != (u64)at))
		guest_fail(line, "taken %u, ESR 0x%lx, ELR 0x%lx; not class 0x%x at 0x%lx", f.taken, f.esr,
		           f.elr, ec, (u64)at);
}

static void breakpoints(void)
{
	set_mdscr(MDSCR_MDE);
	for (u32 n = 0; n < count(FIELD(15, 12)); n++) {
		set_break(n, user_store, AT_EL0);
		word[0] = 7;
		check_fault(__LINE__, run_user(), EC_BREAK_LOWER, user_store);
		CHECK_EQUAL(word[0], 7); /* stepped over, not executed */
		set_break(n, user_store, AT_EL1);
		CHECK(!run_user().taken);
		CHECK_EQUAL(word[0], 0);
		write_pair(BREAK_CONTROL, n, 0);
		CHECK(!run_user().taken);
	}
	set_break(0, user_store, AT_EL0);
	set_mdscr(0);
	CHECK(!run_user().taken); /* MDE is off */
	write_pair(BREAK_CONTROL, 0, 0);
}

static void breakpoint_at_el1(void)
{
	u64 at;

	set_mdscr(MDSCR_MDE | MDSCR_KDE);
	asm volatile("adr %0, 1f\n\tb 2f\n1:\tnop\n\tret\n2:" : "=r"(at));
	set_break(1, (const u8 *)at, AT_EL1);
	fault_expect();
	asm volatile("blr %0" ::"r"(at) : "x30", "memory"); /* PSTATE.D masks it */
	CHECK(!fault_result(0).taken);
	asm volatile("msr daifclr, #8");
	fault_expect();
	asm volatile("blr %0" ::"r"(at) : "x30", "memory");
	check_fault(__LINE__, fault_result(0), EC_BREAK, (const u8 *)at);
	asm volatile("msr daifset, #8");
	write_pair(BREAK_CONTROL, 1, 0);
}

static void watchpoints(void)
{
	struct fault f;
	u64 value;

	set_mdscr(MDSCR_MDE | MDSCR_KDE);
	for (u32 n = 0; n < count(FIELD(23, 20)); n++) {
		asm volatile("msr daifclr, #8"); /* run_user() sets it */
		word[1] = 5;
		set_watch(n, (u64)&word[1], STORES | AT_EL1 | BYTES(0xf0));
		check_fault(__LINE__, f = fault_write8((u64)&word[1] + 4, 1), EC_WATCH, NULL);
		CHECK(f.elr == f.at && f.far == (u64)&word[1] + 4 && (f.esr & ESR_WNR));
		CHECK(!fault_read64((u64)&word[1], &value).taken && value == 5); /* nothing was stored */
		CHECK(!fault_write8((u64)&word[1], 6).taken);                    /* another byte */
		CHECK(!fault_write64((u64)&word[2], 6).taken);
		set_watch(n, (u64)&word[1], LOADS | AT_EL1 | BYTES(0xff));
		check_fault(__LINE__, fault_read64((u64)&word[1], &value), EC_WATCH, NULL);
		set_watch(n, (u64)&word[0], STORES | AT_EL0 | BYTES(0xff));
		word[0] = 9; /* at EL1 */
		check_fault(__LINE__, run_user(), EC_WATCH_LOWER, user_store);
		CHECK_EQUAL(word[0], 9);
		write_pair(WATCH_CONTROL, n, 0);
		CHECK(!run_user().taken);
	}
}

/* From before the first instruction to the SVC, whose exception comes first. */
static void single_step(void)
{
	u32 want = 0;

	steps = 0;
	set_mdscr(MDSCR_SS);
	CHECK(!run_user().taken);
	set_mdscr(0);
	CHECK_EQUAL(steps, 1 + 1 + ROUNDS * 5 + 1);
	CHECK_EQUAL(stepped[want++], (u64)user);
	for (u32 round = 0; round < ROUNDS; round++)
		for (u32 n = 0; n < 5; n++)
			CHECK_EQUAL(stepped[want++], (u64)user_loop + 4 * n);
	CHECK_EQUAL(stepped[want++], (u64)user_store);
	CHECK_EQUAL(stepped[want++], (u64)user_end);
	steps = 0;
	CHECK(!run_user().taken);
	CHECK_EQUAL(steps, 0);
}

/* --- the registers are the vCPU's --- */

static const enum kind kinds[] = {BREAK_VALUE, BREAK_CONTROL, WATCH_VALUE, WATCH_CONTROL};

void irq(u32 intid) { timer_rested(intid); }

static u32 pairs(u32 kind) { return count(kind < 2 ? FIELD(15, 12) : FIELD(23, 20)); }

/* Values that differ from CPU to CPU, none of them enabled. */
static void keep(u64 seed)
{
	u64 kept[4][16], rounds = guest_rounds(20);

	write_register(dbgclaimset_el1, seed);
	for (u32 k = 0; k < 4; k++)
		for (u32 n = 0; n < pairs(k); n++) {
			write_pair(kinds[k], n, ((seed + n) * 0x12345678) & ~ENABLE);
			kept[k][n] = read_pair(kinds[k], n);
		}
	u64 claimed = read_register(dbgclaimclr_el1);
	set_mdscr(MDSCR_MDE);
	for (u64 i = 0; i < rounds; i++) {
		timer_rest(timer_milliseconds(1));
		for (u32 k = 0; k < 4; k++)
			for (u32 n = 0; n < pairs(k); n++)
				CHECK_EQUAL(read_pair(kinds[k], n), kept[k][n]);
		CHECK_EQUAL(read_register(mdscr_el1), MDSCR_MDE);
		CHECK_EQUAL(read_register(dbgclaimclr_el1), claimed);
	}
}

static void come_on(u64 seed)
{
	CHECK_EQUAL(read_register(mdscr_el1), 0);
	for (u32 n = 0; n < pairs(0); n++)
		CHECK_EQUAL(read_pair(BREAK_CONTROL, n), 0);
	for (u32 n = 0; n < pairs(2); n++)
		CHECK_EQUAL(read_pair(WATCH_CONTROL, n), 0);
	keep(seed);
}

void test(void)
{
	struct fault f = fault_execute(0xd4200000 | 42 << 5, 0, NULL); /* BRK #42 */

	CHECK_EQUAL(field_get(ESR_EC, f.esr), EC_BRK);
	CHECK_EQUAL(f.esr & 0xffff, 42);
	write_register(cntkctl_el1, 3);
	write_register(sctlr_el1, read_register(sctlr_el1) | BIT(15)); /* UCT: what `user` reads is EL0's */
	isb();
	breakpoints();
	breakpoint_at_el1();
	watchpoints();
	single_step();
	smp_start(1, come_on, guest_seed(3));
	keep(guest_seed(5));
	smp_wait_off(1);
	smp_start(1, come_on, guest_seed(9));
	smp_wait_off(1);
}
