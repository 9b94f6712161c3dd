/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime of the test kernels: small programs at EL1 that run on QEMU's bare virt board
 * and, unchanged, as guests of Corbel. One program tests one behaviour: it defines test(),
 * which returns if all is well; the runtime then prints "PASS name" and powers off.
 *
 * CPUs are told apart by MPIDR_EL1.Aff0. The MMU is off unless a test turns it on; with it off,
 * CPUs share plain stores and loads only (exclusives need Normal memory: Arm ARM B2.9).
 * Written for emulators: no cache maintenance between MMU off and on.
 */
#pragma once
#include "lib/bits.h"
#include "lib/types.h"

enum { CPUS_MAX = 8 };

/* Registers of the interrupted program, in the order of vectors.S. */
struct frame {
	u64 x[31], elr, spsr, esr, far;
};

/* What became of an instruction that was expected to fault. */
struct fault {
	bool taken;
	u32 vector; /* index in the vector table: 4 current EL with SP_ELx, 8 lower EL */
	u64 esr, elr, far, spsr;
	u64 at; /* address of the instruction, where the helper knows it */
};

struct cpu {
	u32 index;
	bool expecting;
	struct fault fault;
	u32 spurious;              /* interrupts that were gone when acknowledged */
	bool no_end;               /* irq() ends its interrupts itself */
	void (*main)(u64 context); /* smp_start() */
	volatile u32 starts;       /* how often it came on */
};

extern struct cpu cpus[CPUS_MAX];
/* x0..x30 as each CPU found them at its first instruction, and the virtual counter then. */
extern u64 boot_registers[CPUS_MAX][32];
enum { BOOT_COUNTER = 31 };
extern const char guest_name[];
extern u8 image_start[], image_end[];

/* --- what a test defines; only test() must be --- */
void test(void);
void irq(u32 intid); /* an interrupt of group 1 was acknowledged; ended after the return */
void fiq(void);      /* an interrupt of group 0 is signalled */
bool exception(struct frame *f,
               u64 vector); /* looks at each before the runtime; true: it has dealt with it */
void first_words(u32 cpu);  /* runs on each CPU before the runtime touches a system register but SP */

/* --- guest.c --- */
__attribute__((format(printf, 1, 2))) void guest_print(const char *text, ...);
__attribute__((format(printf, 3, 4), noreturn)) void guest_fail_at(const char *file, u32 line,
                                                                   const char *text, ...);
#define guest_fail(line, ...) guest_fail_at(__FILE_NAME__, line, __VA_ARGS__)
u32 guest_cpu(void);         /* index of the calling CPU */
u64 guest_rounds(u64 usual); /* how often to repeat: the boot word rounds=N, or as usual */
/* Where a CPU's patterns begin, far from those of all other copies of this program (boot word copy=N). */
u64 guest_seed(u64 seed);
/* How many bits of physical address this CPU says it has (ID_AA64MMFR0_EL1.PARange), 48 at most. */
u64 guest_physical_bits(void);
/* Executes {insn; ret} with x0 = argument, returns x0. */
u64 guest_execute(u32 insn, u64 argument);
/* Runs entry(argument) at EL0 with SP_EL0 = stack until it executes SVC; returns its x0. */
u64 guest_run_el0(u64 entry, u64 argument, u64 stack);
/* Runs AArch32 at EL0 until SVC: x[0..14] are R0 to R14, before and after; x[15] is the PC, x[16] PSTATE. */
void el0_enter_aarch32(u64 *x);
/* SYSTEM_RESET, marked in the clock, which keeps running; and whether this boot is the one after. */
_Noreturn void guest_reboot(void);
bool guest_rebooted(void);

#define CHECK(condition)                                                \
	do {                                                            \
		if (!(condition))                                       \
			guest_fail(__LINE__, "not so: %s", #condition); \
	} while (0)
#define CHECK_EQUAL(got, want)                                                               \
	do {                                                                                 \
		u64 is_ = (u64)(got), must_be_ = (u64)(want);                                \
		if (is_ != must_be_)                                                         \
			guest_fail(__LINE__, "%s is 0x%lx, not 0x%lx", #got, is_, must_be_); \
	} while (0)
/* Waits, and fails after so many seconds of the guest's time. */
#define WAIT_SECONDS(condition, seconds)                                                    \
	do {                                                                                \
		u64 limit_ = timer_now() + (seconds)*timer_frequency();                     \
		while (!(condition)) {                                                      \
			if (timer_now() > limit_)                                           \
				guest_fail(__LINE__, "waited in vain for: %s", #condition); \
			asm volatile("yield" ::: "memory");                                 \
		}                                                                           \
	} while (0)
#define WAIT_FOR(condition) WAIT_SECONDS(condition, 20)

/* --- registers --- */
#define read_register(name)                                              \
	({                                                               \
		u64 value_;                                              \
		asm volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                  \
	})
#define write_register(name, value) asm volatile("msr " #name ", %x0" ::"rZ"((u64)(value)) : "memory")
static inline void isb(void) { asm volatile("isb" ::: "memory"); }
static inline void dsb(void) { asm volatile("dsb sy" ::: "memory"); }
static inline void wfi(void) { asm volatile("dsb sy\n\twfi" ::: "memory"); }
static inline void irq_mask(void) { asm volatile("msr daifset, #2" ::: "memory"); }
static inline void irq_unmask(void) { asm volatile("msr daifclr, #2\n\tisb" ::: "memory"); }

static inline u8 read8(u64 at)
{
	u8 v;
	asm volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}
static inline u32 read32(u64 at)
{
	u32 v;
	asm volatile("ldr %w0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}
static inline u64 read64(u64 at)
{
	u64 v;
	asm volatile("ldr %0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}
static inline void write8(u64 at, u8 v) { asm volatile("strb %w0, [%1]" ::"r"(v), "r"(at) : "memory"); }
static inline void write32(u64 at, u32 v) { asm volatile("str %w0, [%1]" ::"r"(v), "r"(at) : "memory"); }
static inline void write64(u64 at, u64 v) { asm volatile("str %0, [%1]" ::"r"(v), "r"(at) : "memory"); }

/* --- fault.c: exceptions --- */
#define ESR_EC     FIELD(31, 26)
#define ESR_IL     BIT(25)
#define ESR_ISS    FIELD(24, 0)
#define ESR_WNR    BIT(6)
#define ESR_STATUS FIELD(5, 0)
enum {
	EC_UNKNOWN = 0,
	EC_WFX = 0x01,
	EC_SVC_AARCH32 = 0x11,
	EC_SVC = 0x15,
	EC_SYSREG = 0x18,
	EC_FETCH_LOWER = 0x20,
	EC_FETCH = 0x21,
	EC_DATA_LOWER = 0x24,
	EC_DATA = 0x25
};
enum { STATUS_EXTERNAL = 0x10, STATUS_ALIGNMENT = 0x21 };
/* The next synchronous exception on this CPU is recorded and its instruction stepped over (a fetch: returned
 * from). */
void fault_expect(void);
struct fault fault_result(u64 at);
struct fault fault_read64(u64 address, u64 *value);
struct fault fault_read8(u64 address, u64 *value);
struct fault fault_write64(u64 address, u64 value);
struct fault fault_write8(u64 address, u64 value);
struct fault fault_fetch(u64 address);
struct fault fault_execute(u32 insn, u64 argument, u64 *result);
/* Fails unless `f` is of that class, for that address, with that ISS.DFSC or ISS.IFSC. */
void fault_check_status(u32 line, const struct fault *f, u64 class, u64 address, u64 status);
/* Fails unless `f` is an external abort of class `ec` for `address`, at its instruction. */
void fault_check_external(u32 line, const struct fault *f, u32 ec, u64 address, bool write);
/* Fails unless `f` is an Undefined Instruction exception from EL1, at its instruction. */
void fault_check_undefined(u32 line, const struct fault *f);

/* --- tree.c: the device tree in x0 --- */
/* Where the devices are: as on virt, unless the tree says otherwise. */
struct machine {
	u64 gicd, gicr, uart, rtc, gpio;
	u64 watchdog, refresh; /* its frames; 0: the machine has none */
	u32 timer;             /* INTID of the virtual timer */
	bool smc;              /* the firmware is called by SMC, not by HVC */
};
extern struct machine machine;
u64 tree_memory(u64 *end);  /* first address of the bank that holds this program, or 0 */
u64 tree_memory_size(void); /* its size */
u32 tree_cpu_count(void);
const char *tree_bootargs(void);
bool tree_word(const char *word);  /* is `word` one of the boot words? */
u64 tree_number(const char *name); /* of the boot word name=decimal, or 0 */
u64 tree_address(void);
u64 tree_size(void);
u64 tree_initrd(u64 *end); /* start, or 0 */

/* --- timer.c --- */
enum { TIMER_VIRTUAL = 27, TIMER_PHYSICAL = 30 };
u64 timer_now(void);
u64 timer_frequency(void);
u64 timer_milliseconds(u64 count); /* in ticks */
void timer_sleep(u64 ticks);       /* spins */
/* An interrupt of the virtual timer: counted, and the next comes half a millisecond later. */
void timer_tick(u32 intid);
extern volatile u32 timer_ticks[]; /* so many, by CPU */
void timer_suspend(void);          /* until the next of them: the vCPU leaves its CPU */
/* The vCPU leaves its CPU for so long, by the virtual timer, whose interrupt goes to timer_rested(). Interrupts are masked. */
void timer_rest(u64 ticks);
void timer_rested(u32 intid);

/* --- timer_test.c: one generic timer, told by its registers --- */
struct timer_registers {
	u32 intid;
	u64 (*control)(void), (*compare)(void), (*value)(void), (*count)(void);
	void (*control_set)(u64 to), (*compare_set)(u64 to), (*value_set)(u64 to);
};
void timer_test(const struct timer_registers *registers);
void timer_test_irq(u32 intid);

/* --- psci.c: PSCI 1.1 (DEN0022), by HVC unless the tree names SMC --- */
enum {
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_SUSPEND = 0xc4000001,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0xc4000003,
	PSCI_AFFINITY_INFO = 0xc4000004,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
	PSCI_FEATURES = 0x8400000a,
	SMCCC_VERSION = 0x80000000,
};
enum {
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_ALREADY_ON = -4,
	PSCI_INVALID_ADDRESS = -9
};
s64 psci_call(u64 function, u64 a, u64 b, u64 c);
/* The call with x0..x30 = x[0..30]; on return x[] is what they then held. */
void psci_raw_hvc(u64 *x);
void psci_raw_smc(u64 *x);
_Noreturn void psci_system_off(void);

/* --- smp.c --- */
/* PSCI CPU_ON; the CPU runs main(context) with its interrupts masked and its GIC interface on; then it goes
 * off. */
s64 smp_try(u32 cpu, void (*main)(u64 context), u64 context);
void smp_start(u32 cpu, void (*main)(u64 context), u64 context); /* ... and waits for it */
s64 smp_state(u32 cpu); /* AFFINITY_INFO: 0 on, 1 off, 2 on its way */
void smp_wait_off(u32 cpu);

/* --- gic.c: GICv3 with one security state, all in group 1 --- */
#define GICD (machine.gicd)
#define GICR (machine.gicr)
enum {
	GICD_CTLR = 0,
	GICD_TYPER = 4,
	GICD_IGROUPR = 0x80,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_ISPENDR = 0x200,
	GICD_ICPENDR = 0x280,
	GICD_ISACTIVER = 0x300,
	GICD_ICACTIVER = 0x380,
	GICD_IPRIORITYR = 0x400,
	GICD_ICFGR = 0xc00,
	GICD_IROUTER = 0x6000,
	GICR_TYPER = 8,
	GICR_WAKER = 0x14,
	GICR_SGI = 0x10000,
	GICR_FRAME = 0x20000,
};
enum { GIC_SPURIOUS = 1023 };
u64 gic_redist(u32 cpu); /* its RD_base */
/* Where the registers of `intid` are: the distributor, or SGI_base of `cpu`. */
u64 gic_frame(u32 cpu, u32 intid);
void gic_init_dist(void);
void gic_init_cpu(void);
void gic_enable(u32 cpu, u32 intid, u8 priority); /* private ones of `cpu`; an SPI is routed to it */
void gic_disable(u32 cpu, u32 intid);
void gic_edge(u32 cpu, u32 intid, bool edge);
void gic_set_bit(u32 cpu, u32 intid, u32 bank); /* bank: GICD_ISPENDR and its like */
bool gic_bit(u32 cpu, u32 intid, u32 bank);
void gic_sgi(u32 cpu, u32 intid);
void gic_sgi_others(u32 intid); /* ICC_SGI1R_EL1.IRM */
u32 gic_acknowledge(void);
void gic_end(u32 intid);
void gic_deactivate(u32 intid);
void gic_irq(void); /* from vectors.S */

/* --- mmu.c: stage 1 in blocks of 1 GiB --- */
#define RAM_BASE     0x40000000UL  /* itself, executable, EL1 only */
#define USER_RAM     0xc0000000UL  /* RAM_BASE again, for EL0 */
#define USER_NOTHING 0x100000000UL /* IPA 0x80000000, where no memory is, for EL0 */
#define NOTHING      0x200000000UL /* itself, Normal memory as far as stage 1 is concerned */
#define LOW_NORMAL   0x300000000UL /* IPA 0 to 2 GiB, devices and RAM, as Normal executable memory */
#define HOLE         0x0b000000UL  /* an IPA between devices */
void mmu_on(void);

/* --- mte.c: as mmu_on(), and what is Normal memory has tags; an address may carry one --- */
#define MTE_TAG FIELD(59, 56)
#define MTE_TCO s3_3_c4_c2_7
enum { MTE_IGNORE, MTE_SYNCHRONOUS, MTE_ASYNCHRONOUS }; /* what becomes of a wrong tag: SCTLR_EL1.TCF */
void mte_on(u64 check);
void mte_check(u64 how);
void mte_set(u64 address); /* gives 16 bytes the tag that the address carries */
u64 mte_get(u64 address);

/* --- devices --- */
#define PL011    (machine.uart)
#define PL031    (machine.rtc)
#define PL061    (machine.gpio)
#define WATCHDOG (machine.watchdog)
enum { UART_DR = 0, UART_FR = 0x18, UART_FR_TXFF = 0x20, UART_INTID = 33 };
enum {
	RTC_DR = 0,
	RTC_MR = 4,
	RTC_LR = 8,
	RTC_CR = 0xc,
	RTC_IMSC = 0x10,
	RTC_RIS = 0x14,
	RTC_MIS = 0x18,
	RTC_ICR = 0x1c,
	RTC_INTID = 34
};
enum {
	GPIO_DATA = 0x3fc, /* all pins; of pin n alone at 4 << n */
	GPIO_DIR = 0x400,
	GPIO_IS = 0x404,
	GPIO_IBE = 0x408,
	GPIO_IEV = 0x40c,
	GPIO_IE = 0x410,
	GPIO_RIS = 0x414,
	GPIO_MIS = 0x418,
	GPIO_IC = 0x41c,
	GPIO_AFSEL = 0x420,
	GPIO_INTID = 39
};
