/* SPDX-License-Identifier: Apache-2.0 */
/* The counter and EL2's physical timer (CNTHP); the guest's offsets (Arm ARM D12.2). */
#include "machine/timer.h"

#include "machine/barrier.h"
#include "machine/cpu.h"
#include "machine/sysreg.h"

static u64 frequency; /* as of the boot CPU; firmware sets all alike */

u64 timer_now(void)
{
	isb(); /* not read ahead of what came before (D12.1.2) */
	return read_sysreg(cntpct_el0);
}

u64 timer_count(void) { return read_sysreg(cntpct_el0); }

u64 timer_frequency(void) { return frequency; }

void timer_arm(u64 when)
{
	write_sysreg(cnthp_cval_el2, when);
	write_sysreg(cnthp_ctl_el2, when == ~0UL ? 0 : TIMER_CTL_ENABLE);
	isb(); /* before the loop looks for the interrupt */
}

void timer_init_cpu(void)
{
	u64 read = read_sysreg(cntfrq_el0);

	if (!frequency)
		frequency = read ? read : 62500000; /* firmware forgot: any fixed rate keeps time running */
	timer_arm(~0UL);
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntvoff_el2, 0);
}

void timer_guest_offset(u64 offset)
{
	write_sysreg(cntvoff_el2, offset);
	if (cpu_has_cntpoff())
		write_sysreg(cntpoff_el2, offset);
}

u64 timer_guest_lateness(void) { return read_sysreg(cntvct_el0) - read_sysreg(cntv_cval_el0); }

static bool line(u64 control)
{
	return (control & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK | TIMER_CTL_ISTATUS)) ==
	       (TIMER_CTL_ENABLE | TIMER_CTL_ISTATUS);
}

bool timer_guest_virtual_line(void) { return line(read_sysreg(cntv_ctl_el0)); }

bool timer_guest_physical_line(void) { return cpu_has_cntpoff() && line(read_sysreg(cntp_ctl_el0)); }
