/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The performance monitors (Arm ARM D13) count EL0 and EL1 as their filters say, to the instruction, and nothing while
 * the hypervisor works; they overflow into an interrupt; each CPU has its own; a CPU that comes on finds them stopped.
 * Boot words: asleep-apart, a CPU in CPU_SUSPEND is not counted; cycles=N, an instruction takes N (else 1).
 */
#include "lib/guest.h"

#define PMCR_E  BIT(0)
#define PMCR_P  BIT(1)
#define PMCR_C  BIT(2)
#define PMCR_DP BIT(5)
#define PMCR_LC BIT(6)
#define PMCR_N  FIELD(15, 11)
#define NOT_EL1 BIT(31)
#define NOT_EL0 BIT(30)
#define EL2_TOO BIT(27) /* NSH: no guest may have that */
#define CYCLES  BIT(31)
#define ALL     0xffffffffUL
enum { SW_INCR = 0, INST_RETIRED = 8, CPU_CYCLES = 0x11 };
enum { PMU_INTID = 23, EC_TRAPPED = 0x18, OVERFLOWS = 6, TRIES = 3 };
enum { USER_EN = 1, USER_SW = 2, USER_CR = 4 };

extern u8 user_loop[], user_cycles[], user_increment[];
asm(".text\n"
    "user_loop:      subs x0, x0, #1\n"
    "                b.ne user_loop\n"
    "                svc  #0\n"
    "user_cycles:    mrs  x0, pmccntr_el0\n"
    "                svc  #0\n"
    "user_increment: msr  pmswinc_el0, x0\n"
    "                svc  #0\n");

static volatile u32 taken[CPUS_MAX];
static u64 instruction; /* so many cycles does one take */
static u32 ignored;     /* interrupts whose cause is left as it is */

void irq(u32 intid)
{
	if (intid == TIMER_VIRTUAL) {
		timer_rested(intid);
	} else {
		CHECK_EQUAL(intid, PMU_INTID);
		if (ignored)
			ignored--;
		else
			write_register(pmovsclr_el0, ALL);
		taken[guest_cpu()]++;
	}
	isb();
}

/* --- what is measured --- */

/* Two instructions a round. */
static void run_el1(u64 rounds) { asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds)::"cc"); }

static void run_el0(u64 rounds) { guest_run_el0((u64)user_loop, rounds, 0); }

/* Four instructions a round. */
static void run_calls(u64 rounds)
{
	asm volatile(
		"mov x19, %0\n1: movz x0, #0x8400, lsl #16\n\thvc #0\n\tsubs x19, x19, #1\n\tb.ne 1b" ::"r"(
			rounds)
		: "x0", "x1", "x2", "x3", "x19", "cc", "memory");
}

struct counts {
	u64 counter0, counter1, cycles;
};

static __attribute__((noinline)) struct counts count(void (*run)(u64 rounds), u64 rounds)
{
	write_register(pmcr_el0, PMCR_LC | PMCR_P | PMCR_C);
	write_register(pmcntenset_el0, CYCLES | 3);
	isb();
	write_register(pmcr_el0, PMCR_LC | PMCR_E);
	isb();
	run(rounds);
	isb();
	write_register(pmcr_el0, PMCR_LC);
	isb();
	return (struct counts){read_register(pmevcntr0_el0), read_register(pmevcntr1_el0),
	                       read_register(pmccntr_el0)};
}

/* QEMU also counts what other CPUs execute, if their turn comes meanwhile: not always. */
static struct counts least(void (*run)(u64 rounds), u64 rounds)
{
	struct counts found = {~0UL, ~0UL, ~0UL};

	for (u32 try = 0; try < TRIES; try++) {
		struct counts c = count(run, rounds);

		found = (struct counts){min_u64(found.counter0, c.counter0),
		                        min_u64(found.counter1, c.counter1), min_u64(found.cycles, c.cycles)};
	}
	return found;
}

/*
 * What `rounds` more of it count: what else is counted is the same each time, but the first, when QEMU translates the
 * code.
 */
static struct counts cost(void (*run)(u64 rounds), u64 rounds)
{
	count(run, rounds);
	struct counts once = least(run, rounds), twice = least(run, 2 * rounds);

	return (struct counts){twice.counter0 - once.counter0, twice.counter1 - once.counter1,
	                       twice.cycles - once.cycles};
}

/* --- tests --- */

static void set_filters(u64 counter0, u64 counter1, u64 cycles)
{
	write_register(pmevtyper0_el0, INST_RETIRED | counter0);
	write_register(pmevtyper1_el0, INST_RETIRED | counter1);
	write_register(pmccfiltr_el0, cycles);
	isb();
}

static void filters(void)
{
	struct counts c;

	set_filters(NOT_EL0, NOT_EL1, 0);
	c = cost(run_el1, 1000);
	CHECK_EQUAL(c.counter0, 2000);
	CHECK_EQUAL(c.counter1, 0);
	CHECK_EQUAL(c.cycles, 2000 * instruction);
	CHECK_EQUAL(count(run_el1, 1000).counter1, 0);
	c = cost(run_el0, 1000);
	CHECK_EQUAL(c.counter0, 0);
	CHECK_EQUAL(c.counter1, 2000);
	CHECK_EQUAL(c.cycles, 2000 * instruction);
	set_filters(NOT_EL0 | NOT_EL1, 0, NOT_EL0 | NOT_EL1);
	c = count(run_el0, 1000);
	CHECK_EQUAL(c.counter0, 0);
	CHECK(c.counter1 >= 2000);
	CHECK_EQUAL(c.cycles, 0);
}

/* A firmware call is four instructions of ours however many the hypervisor takes, and whatever we ask for. */
static void calls(u64 filter)
{
	struct counts c;

	set_filters(filter, filter | NOT_EL1, filter);
	c = cost(run_calls, 50);
	CHECK_EQUAL(c.counter0, 200);
	CHECK_EQUAL(c.counter1, 0);
	CHECK_EQUAL(c.cycles, 200 * instruction);
}

static void control(void)
{
	set_filters(0, 0, 0);
	write_register(pmevcntr0_el0, 5);
	write_register(pmccntr_el0, 0x1234567890);
	CHECK_EQUAL(read_register(pmevcntr0_el0), 5);
	run_el1(100);
	CHECK_EQUAL(read_register(pmevcntr0_el0), 5); /* E is 0 */
	CHECK_EQUAL(read_register(pmccntr_el0), 0x1234567890);
	write_register(pmcr_el0, PMCR_LC | PMCR_DP | PMCR_P);
	CHECK_EQUAL(read_register(pmcr_el0) & 0x7f, PMCR_LC | PMCR_DP); /* P reads as zero */
	CHECK_EQUAL(read_register(pmevcntr0_el0), 0);
	CHECK_EQUAL(read_register(pmccntr_el0), 0x1234567890);
	write_register(pmcr_el0, PMCR_LC | PMCR_C);
	CHECK_EQUAL(read_register(pmccntr_el0), 0);
	write_register(pmcntenclr_el0, 2);
	CHECK_EQUAL(read_register(pmcntenset_el0), CYCLES | 1);
	CHECK_EQUAL(read_register(pmcntenclr_el0), CYCLES | 1);
	write_register(pmselr_el0, 1);
	isb();
	write_register(pmxevtyper_el0, NOT_EL0 | CPU_CYCLES);
	write_register(pmxevcntr_el0, 77);
	isb();
	CHECK_EQUAL(read_register(pmevtyper1_el0), NOT_EL0 | CPU_CYCLES);
	CHECK_EQUAL(read_register(pmevcntr1_el0), 77);
	write_register(pmselr_el0, 31);
	isb();
	write_register(pmxevtyper_el0, NOT_EL0);
	isb();
	CHECK_EQUAL(read_register(pmccfiltr_el0), NOT_EL0);
}

static void increments(void)
{
	write_register(pmuserenr_el0, USER_SW);
	write_register(pmevtyper0_el0, SW_INCR);
	write_register(pmevtyper1_el0, SW_INCR | NOT_EL0);
	write_register(pmcntenset_el0, 3);
	write_register(pmcr_el0, PMCR_LC | PMCR_P | PMCR_E);
	isb();
	for (u32 i = 0; i < 5; i++)
		write_register(pmswinc_el0, 3);
	write_register(pmswinc_el0, 2);
	guest_run_el0((u64)user_increment, 3, 0);
	isb();
	CHECK_EQUAL(read_register(pmevcntr0_el0), 6);
	CHECK_EQUAL(read_register(pmevcntr1_el0), 6);
	write_register(pmevcntr0_el0, ALL);
	write_register(pmovsclr_el0, ALL);
	isb();
	write_register(pmswinc_el0, 1);
	isb();
	CHECK_EQUAL(read_register(pmevcntr0_el0) & ALL, 0);
	CHECK_EQUAL(read_register(pmovsset_el0), 1);
	write_register(pmcr_el0, PMCR_LC);
	write_register(pmovsclr_el0, ALL);
}

static void user_enable(void)
{
	write_register(pmuserenr_el0, 0);
	write_register(pmccntr_el0, 0x4321);
	isb();
	fault_expect();
	guest_run_el0((u64)user_cycles, 0, 0);
	struct fault f = fault_result(0);
	CHECK(f.taken && f.vector == 8);
	CHECK_EQUAL(field_get(ESR_EC, f.esr), EC_TRAPPED);
	for (u32 allow = USER_EN; allow <= USER_CR; allow += USER_CR - USER_EN) {
		write_register(pmuserenr_el0, allow);
		isb();
		CHECK_EQUAL(guest_run_el0((u64)user_cycles, 0, 0), 0x4321);
	}
	write_register(pmuserenr_el0, 0);
	isb();
}

/* QEMU's timer is one count early; then it looks again when the program does, or at a change of exception level. */
static bool counters_looked_at(void)
{
	run_el1(1000);
	return (read_register(pmevcntr0_el0) | read_register(pmccntr_el0)) != 0;
}

/* Level-sensitive: what the handler leaves comes again, what it clears does not. */
static void overflow(void)
{
	u32 cpu = guest_cpu();

	gic_enable(cpu, PMU_INTID, 0x80);
	set_filters(0, 0, 0);
	write_register(pmintenset_el1, CYCLES | 1);
	write_register(pmcntenset_el0, CYCLES | 1);
	irq_unmask();
	for (u32 i = 0; i < OVERFLOWS; i++) {
		u32 before = taken[cpu];
		bool by_cycles = i % 2;

		write_register(pmevcntr0_el0, by_cycles ? 0 : 0xfffffc00);
		write_register(pmccntr_el0, by_cycles ? -1024 * instruction : 0);
		ignored = i % 3;
		isb();
		write_register(pmcr_el0, PMCR_LC | PMCR_E);
		WAIT_FOR(counters_looked_at() && taken[cpu] == before + i % 3 + 1);
		run_el1(1000);
		CHECK_EQUAL(taken[cpu], before + i % 3 + 1);
		write_register(pmcr_el0, PMCR_LC);
		isb();
		CHECK_EQUAL(read_register(pmovsset_el0), 0);
	}
	irq_mask();
	write_register(pmintenclr_el1, ALL);
	CHECK_EQUAL(cpus[cpu].spurious, 0);
}

/* --- the registers are the vCPU's --- */

static void check_reset(void)
{
	CHECK_EQUAL(read_register(pmcr_el0) & PMCR_E, 0);
	CHECK_EQUAL(read_register(pmuserenr_el0), 0);
	CHECK_EQUAL(read_register(pmcntenset_el0), 0);
	CHECK_EQUAL(read_register(pmintenset_el1), 0);
	CHECK_EQUAL(read_register(pmovsset_el0), 0);
	CHECK_EQUAL(read_register(pmccntr_el0), 0);
	CHECK_EQUAL(read_register(pmevcntr0_el0), 0);
	CHECK_EQUAL(read_register(pmevcntr1_el0), 0);
}

static void keep(u64 seed)
{
	set_filters(NOT_EL0, NOT_EL1, EL2_TOO);
	write_register(pmcntenclr_el0, ALL);
	write_register(pmcntenset_el0, CYCLES | 2);
	write_register(pmovsset_el0, 1);
	write_register(pmselr_el0, seed & 1);
	write_register(pmuserenr_el0, USER_EN);
	write_register(pmevcntr0_el0, seed);
	for (u32 i = 0; i < 5; i++) {
		write_register(pmccntr_el0, 0);
		write_register(pmcr_el0, PMCR_LC | PMCR_E);
		isb();
		timer_rest(timer_milliseconds(20));
		write_register(pmcr_el0, PMCR_LC);
		isb();
		u64 counted = read_register(pmccntr_el0);

		CHECK(counted > 0);
		if (tree_word("asleep-apart"))
			CHECK(counted < 1000000); /* of 20 million */
		CHECK_EQUAL(read_register(pmevcntr0_el0), seed);
		CHECK_EQUAL(read_register(pmevtyper0_el0), INST_RETIRED | NOT_EL0);
		CHECK_EQUAL(read_register(pmcntenset_el0), CYCLES | 2);
		CHECK_EQUAL(read_register(pmovsset_el0), 1);
		CHECK_EQUAL(read_register(pmselr_el0), seed & 1);
		CHECK_EQUAL(read_register(pmuserenr_el0), USER_EN);
	}
}

static void come_on(u64 seed)
{
	check_reset();
	keep(seed);
}

void test(void)
{
	u64 version = field_get(FIELD(11, 8), read_register(id_aa64dfr0_el1)), said = tree_number("cycles");

	instruction = said ? said : 1;
	CHECK(version && version != 15);
	guest_print("PMU version %lu, %lu counters\n", version, field_get(PMCR_N, read_register(pmcr_el0)));
	CHECK(field_get(PMCR_N, read_register(pmcr_el0)) >= 2);
	CHECK(read_register(pmceid0_el0) & BIT(CPU_CYCLES) && read_register(pmceid0_el0) & BIT(INST_RETIRED));
	check_reset();
	filters();
	calls(0);
	calls(EL2_TOO);
	control();
	increments();
	user_enable();
	overflow();
	smp_start(1, come_on, guest_seed(3));
	keep(guest_seed(6));
	smp_wait_off(1);
	smp_start(1, come_on, guest_seed(9));
	smp_wait_off(1);
}
