/* SPDX-License-Identifier: Apache-2.0 */
/* The expansions of context.def: reset, load, save, access by name, and the debug pairs. */
#include "machine/context.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/barrier.h"
#include "machine/cpu.h"
#include "machine/sysreg.h"

#define ALWAYS()   true
#define CLAIM_TAGS 0xff
#define TCR_EPD0   BIT(7)
#define TCR_EPD1   BIT(23)

const char *context_name(enum context_register which)
{
	static const char *const names[CONTEXT_COUNT] = {
#define ROW(name, vhe_name, feature, reset) #name,
#include "machine/context.def"
#undef ROW
	};
	return names[which];
}

void context_reset(struct context *c)
{
	memset(c, 0, sizeof(*c));
#define ROW(name, vhe_name, feature, reset) c->name = (reset);
#include "machine/context.def"
#undef ROW
}

/* Pair n of each kind exists if n is below the CPU's count; the names cannot be computed. */
#define EACH_PAIR(DO) \
	DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

static void debug_load(const struct context *c)
{
	u32 breakpoints = cpu_breakpoints(), watchpoints = cpu_watchpoints();

#define LOAD(n)                                                          \
	if (n < breakpoints) {                                           \
		write_sysreg(dbgbvr##n##_el1, c->breakpoint_value[n]);   \
		write_sysreg(dbgbcr##n##_el1, c->breakpoint_control[n]); \
	}                                                                \
	if (n < watchpoints) {                                           \
		write_sysreg(dbgwvr##n##_el1, c->watchpoint_value[n]);   \
		write_sysreg(dbgwcr##n##_el1, c->watchpoint_control[n]); \
	}
	EACH_PAIR(LOAD)
	write_sysreg(dbgclaimclr_el1, CLAIM_TAGS);
	write_sysreg(dbgclaimset_el1, c->claim_tags);
#undef LOAD
}

static void debug_save(struct context *c)
{
	u32 breakpoints = cpu_breakpoints(), watchpoints = cpu_watchpoints();

#define SAVE(n)                                                          \
	if (n < breakpoints) {                                           \
		c->breakpoint_value[n] = read_sysreg(dbgbvr##n##_el1);   \
		c->breakpoint_control[n] = read_sysreg(dbgbcr##n##_el1); \
	}                                                                \
	if (n < watchpoints) {                                           \
		c->watchpoint_value[n] = read_sysreg(dbgwvr##n##_el1);   \
		c->watchpoint_control[n] = read_sysreg(dbgwcr##n##_el1); \
	}
	EACH_PAIR(SAVE)
	c->claim_tags = read_sysreg(dbgclaimclr_el1); /* reads as the tags that are set */
#undef SAVE
}

void context_read_fault(struct exit *e)
{
	e->far = read_sysreg(far_el2);
	e->hpfar = read_sysreg(hpfar_el2);
}

void context_load(const struct context *c)
{
	debug_load(c);
#define ROW(name, vhe_name, feature, reset) \
	if (feature())                      \
		write_sysreg(name, c->name);
#include "machine/context.def"
#undef ROW
	isb(); /* before EL2 looks at the guest through them */
}

void context_save(struct context *c)
{
	debug_save(c);
	if (cpu_has_mte()) { /* tag check faults that are still to be told, into TFSR_EL1 and TFSRE0_EL1 (D10.4.1) */
		dsb(nsh);
		isb();
	}
#define ROW(name, vhe_name, feature, reset) \
	if (feature())                      \
		c->name = read_sysreg(name);
#include "machine/context.def"
#undef ROW
	/* The timers stay armed in the CPU otherwise, and would interrupt whoever runs next. */
	write_sysreg(cntv_ctl_el0, 0);
	if (cpu_has_cntpoff())
		write_sysreg(cntp_ctl_el0, 0);
	isb();
}

void context_leave(void)
{
	dsb(ish);
	write_sysreg(tcr_el1, TCR_EPD0 | TCR_EPD1);
	isb();
}

u64 context_read_loaded(enum context_register which)
{
	switch (which) {
#define ROW(name, vhe_name, feature, reset) \
	case CONTEXT_##name:                \
		return feature() ? read_sysreg(name) : 0;
#include "machine/context.def"
#undef ROW
	case CONTEXT_COUNT:
		break;
	}
	return 0;
}

void context_write_loaded(enum context_register which, u64 value)
{
	switch (which) {
#define ROW(name, vhe_name, feature, reset)        \
	case CONTEXT_##name:                       \
		if (feature())                     \
			write_sysreg(name, value); \
		break;
#include "machine/context.def"
#undef ROW
	case CONTEXT_COUNT:
		break;
	}
}

static u64 *slot(struct context *c, enum context_register which)
{
	return (u64 *)c + which; /* the rows come first, in order */
}

u64 context_read_saved(const struct context *c, enum context_register which)
{
	return *((const u64 *)c + which);
}

void context_write_saved(struct context *c, enum context_register which, u64 value)
{
	*slot(c, which) = value;
}
