/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Last words. Only our own bugs end here; a guest cannot. The first CPU to fail speaks, the
 * others stop; locks are not taken, because their holders may be the ones that failed.
 */
#include "monitor/panic.h"

#include "lib/printf.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/psci.h"
#include "machine/uart.h"
#include "monitor/console_view.h"
#include "monitor/irq.h"

/* What machine/vectors.S saved of EL2 when it took an exception of its own. */
struct panic_frame {
	u64 x[31];
	u64 sp;
};

u64 __stack_chk_guard = 0x00af31c7d95e2b04; /* replaced at boot (monitor/main.c) */

static u32 failing; /* index of the CPU that failed, plus 1 */
static u32 cpu_count;
static bool reboot, halt;

static void put(struct sink *to, char c)
{
	(void)to;
	console_put_panic(c);
}

__attribute__((format(printf, 1, 2))) static void say(const char *text, ...)
{
	struct sink sink = {put};
	va_list arguments;

	va_start(arguments, text);
	format(&sink, text, arguments);
	va_end(arguments);
}

void panic_init(const char *bootargs, u32 cpus)
{
	const char *word = console_word(bootargs, "panic=", "off");

	reboot = strcmp(word, "reboot") == 0;
	halt = strcmp(word, "halt") == 0;
	cpu_count = cpus;
}

bool panic_is_on(void) { return __atomic_load_n(&failing, __ATOMIC_RELAXED); }

void panic_check(void)
{
	if (panic_is_on())
		cpu_halt();
}

/* Only the first CPU returns from here. */
static void begin(void)
{
	u32 nobody = 0;

	if (!__atomic_compare_exchange_n(&failing, &nobody, cpu_index() + 1, false, __ATOMIC_ACQ_REL,
	                                 __ATOMIC_RELAXED))
		cpu_halt();
	for (u32 cpu = 0; cpu < cpu_count; cpu++)
		irq_kick_cpu(cpu);
	console_begin_panic();
}

_Noreturn static void end(void)
{
	say("corbel: all CPUs are stopped%s\n", halt     ? ""
	                                        : reboot ? "; the machine restarts"
	                                                 : "; the machine powers off");
	if (uart_ready())
		uart_drain();
	if (reboot)
		psci_system_reset();
	else if (!halt)
		psci_system_off();
	cpu_halt();
}

static void say_registers(void)
{
	struct cpu_syndrome s = cpu_syndrome();

	say("  esr_el2 %016lx  far_el2 %016lx  hpfar_el2 %016lx\n", s.syndrome, s.fault_address, s.fault_ipa);
	say("  elr_el2 %016lx  spsr_el2 %016lx  hcr_el2 %016lx  vttbr_el2 %016lx\n", s.return_address,
	    s.pstate, s.traps, s.stage2);
}

void panic(const char *required, const char *where)
{
	begin();
	say("corbel: CPU %u stopped: required: %s (%s, called from %lx)\n", cpu_index(), required, where,
	    (u64)__builtin_return_address(0));
	say_registers();
	end();
}

_Noreturn void panic_fault(u64 kind, const struct panic_frame *f);
_Noreturn void panic_bad_pstate(u64 mode);
_Noreturn void __stack_chk_fail(void);

/* From machine/vectors.S: EL2 itself took an exception. */
void panic_fault(u64 kind, const struct panic_frame *f)
{
	static const char *const kinds[] = {"synchronous exception", "interrupt", "fast interrupt", "SError"};

	begin();
	say("corbel: CPU %u stopped: %s at EL2\n", cpu_index(), kinds[kind & 3]);
	say_registers();
	for (u32 i = 0; i < 30; i += 3)
		say("  x%-2u %016lx  x%-2u %016lx  x%-2u %016lx\n", i, f->x[i], i + 1, f->x[i + 1], i + 2,
		    f->x[i + 2]);
	say("  x30 %016lx  sp  %016lx\n", f->x[30], f->sp);
	end();
}

void panic_bad_pstate(u64 mode)
{
	begin();
	say("corbel: CPU %u stopped: a guest's PSTATE names mode %lx, which is not EL0 or EL1\n", cpu_index(),
	    mode);
	end();
}

void __stack_chk_fail(void) { panic("the stack is intact", "stack protector"); }
