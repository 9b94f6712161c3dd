/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's frame: boot, print, fail, and what a test may leave undefined. Only one CPU prints at a time.
 */
#include "lib/guest.h"
#include "lib/printf.h"

extern u8 vectors[];
void guest_boot(u64 tree, u32 cpu);
void tree_init(u64 address);
u64 el0_enter(u64 entry, u64 argument, u64 stack);

struct cpu cpus[CPUS_MAX];
const char guest_name[] = GUEST_NAME;

enum { REBOOTED_AT = 0x7ff00000 }; /* a day in 2037 */

static void put(struct sink *to, char c)
{
	(void)to;
	while (read32(PL011 + UART_FR) & UART_FR_TXFF)
		asm volatile("yield");
	write32(PL011 + UART_DR, (u8)c);
}

static struct sink uart = {.put = put};

void guest_print(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(&uart, text, arguments);
	va_end(arguments);
}

void guest_fail_at(const char *file, u32 line, const char *text, ...)
{
	va_list arguments;

	irq_mask();
	guest_print("FAIL %s: %s:%u, CPU %u: ", guest_name, file, line, guest_cpu());
	va_start(arguments, text);
	format(&uart, text, arguments);
	va_end(arguments);
	guest_print("\n");
	psci_system_off();
}

u32 guest_cpu(void) { return (u32)(read_register(mpidr_el1) & 0xff); }

u64 guest_rounds(u64 usual)
{
	u64 asked = tree_number("rounds");

	return asked ? asked : usual;
}

u64 guest_seed(u64 seed) { return seed + tree_number("copy") * 10000000; }

u64 guest_physical_bits(void)
{
	static const u8 bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[read_register(id_aa64mmfr0_el1) & 7];
}

u64 guest_execute(u32 insn, u64 argument)
{
	/* A page for each CPU: QEMU notes by the page whether code was changed, and two CPUs' changes would race. */
	static u32 code[CPUS_MAX][1024] __attribute__((aligned(4096)));
	u32 *here = code[guest_cpu()];
	register u64 x0 asm("x0") = argument;

	here[0] = insn;
	here[1] = 0xd65f03c0; /* RET */
	asm volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" ::"r"(here) : "memory");
	asm volatile("blr %1" : "+r"(x0) : "r"(here) : "x30", "memory");
	return x0;
}

u64 guest_run_el0(u64 entry, u64 argument, u64 stack) { return el0_enter(entry, argument, stack); }

void guest_reboot(void)
{
	write32(PL031 + RTC_LR, REBOOTED_AT);
	guest_fail(__LINE__, "SYSTEM_RESET answered %ld", (long)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0));
}

bool guest_rebooted(void) { return read32(PL031 + RTC_DR) >= REBOOTED_AT; }

__attribute__((weak)) void fiq(void) { guest_fail(0, "unexpected FIQ"); }
__attribute__((weak)) bool exception(struct frame *f, u64 vector) { return (void)f, (void)vector, false; }
__attribute__((weak)) void irq(u32 intid) { guest_fail(0, "unexpected interrupt %u", intid); }
__attribute__((weak)) void first_words(u32 cpu) { (void)cpu; }

void guest_boot(u64 tree, u32 cpu)
{
	first_words(cpu);
	write_register(vbar_el1, (u64)vectors);
	isb();
	cpus[cpu].index = cpu;
	tree_init(tree);
	gic_init_dist();
	gic_init_cpu();
	test();
	irq_mask();
	guest_print("PASS %s\n", guest_name);
	psci_system_off();
}
