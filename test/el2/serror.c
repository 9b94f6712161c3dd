/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual SErrors on the CPU itself: the hypervisor's own way into a guest and its own switch of EL1's registers, with
 * short programs at EL1 and EL0 (HCR_EL2.VSE, VSESR_EL2, VDISR_EL2: Arm ARM D1.3.6). QEMU makes no physical SError;
 * one that an ESB has deferred is made by writing DISR_EL1.
 */
#include "lib/require.h"
#include "machine/context.h"
#include "machine/cpu.h"
#include "machine/sysreg.h"
#include "said.h"

#define SERROR      (0x2fUL << 26 | BIT(25)) /* ESR_EL1.EC, IL */
#define ISS         (BIT(24) | 0x155aaaUL)
#define OTHER_ISS   0xc11UL
#define ISR_A       BIT(8)
#define EL1H_MASKED 0x3c5UL
#define EL0_OPEN    0x2c0UL /* all but A masked */
#define USER_OPEN   0x0d0UL /* AArch32, likewise: I, F */

struct vcpu {
	struct regs regs; /* machine/vectors.S wants these two first */
	struct exit exit;
	struct context context;
};

int main(void);
struct vcpu *dispatch(struct vcpu *v);
struct vcpu *dispatch_interrupt(struct vcpu *v);
struct vcpu *dispatch_serror(struct vcpu *v);
_Noreturn void panic_fault(void);
_Noreturn void panic_bad_pstate(void);

extern u8 vectors[], guest_vectors[], guest_unmasks[], guest_asks[], guest_defers[], guest_reads_disr[],
	guest_stays[];

static struct vcpu one, two;
static u64 checked, failed;

void panic(const char *sentence, const char *where)
{
	say("FAIL: %s (%s)\n", sentence, where);
	cpu_halt();
}

void panic_fault(void) { panic("exception at EL2", ""); }
void panic_bad_pstate(void) { panic("bad PSTATE", ""); }

/* Whatever stops the guest, it is looked at by who entered it. */
struct vcpu *dispatch(struct vcpu *v) { return (void)v, NULL; }
struct vcpu *dispatch_interrupt(struct vcpu *v) { return (void)v, NULL; }
struct vcpu *dispatch_serror(struct vcpu *v) { return (void)v, NULL; }

static void check(const char *what, u64 got, u64 wanted)
{
	checked++;
	if (got == wanted)
		return;
	failed++;
	say("differs: %s: %lx, not %lx\n", what, got, wanted);
}

/* It begins with this PSTATE, and stops by an HVC. */
static void runs(struct vcpu *v, const u8 *program, u64 pstate)
{
	v->regs = (struct regs){.pc = (u64)program, .pstate = pstate};
	guest_enter(&v->regs);
	check("it stops by HVC", v->exit.esr >> 26, 0x16);
}

static void has_taken(const struct vcpu *v, u64 vector)
{
	check("by HVC 1", v->exit.esr & 0xffff, 1);
	check("vector", v->regs.x[0], vector);
	check("ESR_EL1", v->regs.x[1], SERROR | (cpu_has_ras() ? ISS : 0)); /* without RAS QEMU's choice */
	check("none waits any more", cpu_virtual_serror_waits(), false);
}

static void has_not(const struct vcpu *v) { check("by HVC 0", v->exit.esr & 0xffff, 0); }

static void gives(u64 iss)
{
	if (cpu_has_ras())
		write_sysreg(vsesr_el2, iss);
	cpu_raise_virtual_serror();
}

static void loads(struct vcpu *v, u64 own)
{
	cpu_set_guest(0, 0x80000000, own);
	context_load(&v->context);
}

static u64 leaves(struct vcpu *v)
{
	u64 own = cpu_virtual_serror_waits() ? HCR_VSE : 0;

	context_save(&v->context);
	cpu_set_guest(0, 0, 0);
	return own;
}

static void is_delivered_by_the_cpu(void)
{
	gives(ISS);
	runs(&one, guest_asks, EL1H_MASKED);
	has_not(&one);
	check("ISR_EL1.A while it is masked", one.regs.x[2] & ISR_A, ISR_A);
	check("it waits", cpu_virtual_serror_waits(), true);
	runs(&one, guest_unmasks, EL1H_MASKED);
	has_taken(&one, 0x380);
	runs(&one, guest_unmasks, EL1H_MASKED);
	has_not(&one);
	check("ISR_EL1.A without one", one.regs.x[2] & ISR_A, 0);
}

static void is_delivered_to_el1_from_el0(void)
{
	gives(ISS);
	runs(&one, guest_stays, EL0_OPEN);
	has_taken(&one, 0x580);
	gives(ISS);
	runs(&one, guest_stays, USER_OPEN);
	has_taken(&one, 0x780);
}

static void moves_with_its_vcpu(void)
{
	gives(ISS);
	u64 own = leaves(&one);
	loads(&two, 0);
	runs(&two, guest_unmasks, EL1H_MASKED);
	has_not(&two);
	if (cpu_has_ras())
		write_sysreg(vsesr_el2, OTHER_ISS);
	leaves(&two);
	loads(&one, own);
	runs(&one, guest_unmasks, EL1H_MASKED);
	has_taken(&one, 0x380);
	check("it is not kept", leaves(&one), 0);
	loads(&one, 0);
}

/* An ESB takes a masked one; without RAS it is a NOP. */
static void is_deferred_by_esb(void)
{
	gives(ISS);
	runs(&one, guest_defers, EL1H_MASKED);
	has_not(&one);
	check("ISR_EL1.A after ESB", one.regs.x[2] & ISR_A, cpu_has_ras() ? 0 : ISR_A);
	check("VSE after ESB", cpu_virtual_serror_waits(), !cpu_has_ras());
	cpu_set_guest(0, 0x80000000, 0);
	if (!cpu_has_ras())
		return;
	leaves(&one);
	loads(&two, 0);
	runs(&two, guest_reads_disr, EL1H_MASKED);
	check("another vCPU's DISR_EL1", two.regs.x[3], 0);
	leaves(&two);
	loads(&one, 0);
	runs(&one, guest_reads_disr, EL1H_MASKED);
	check("its own DISR_EL1", one.regs.x[3], DISR_A | ISS);
}

static void of_the_machine_is_taken(void)
{
	u64 iss = 7;

	check("none waits at EL2", cpu_take_serror(&iss), false);
	if (!cpu_has_ras())
		return;
	write_sysreg(disr_el1, DISR_A | OTHER_ISS);
	check("one waits at EL2", cpu_take_serror(&iss), true);
	check("its syndrome", iss, OTHER_ISS);
	check("DISR_EL1 is clear", read_sysreg(disr_el1), 0);
	check("none waits after it", cpu_take_serror(&iss), false);
}

int main(void)
{
	write_sysreg(vbar_el2, (u64)vectors);
	write_sysreg(hcr_el2, HCR_RW | HCR_AMO | HCR_FMO | HCR_IMO);
	context_reset(&one.context);
	context_reset(&two.context);
	one.context.vbar_el1 = two.context.vbar_el1 = (u64)guest_vectors;
	loads(&one, 0);
	is_delivered_by_the_cpu();
	is_delivered_to_el1_from_el0();
	moves_with_its_vcpu();
	is_deferred_by_esb();
	of_the_machine_is_taken();
	say("%lu checked, RAS %s, %lu differ\n", checked, cpu_has_ras() ? "yes" : "no", failed);
	return 0;
}
