/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's side of the fake virtual CPU interface, and what a test sets and asks. */
#pragma once
#include "machine/gich.h"

enum { GICH_FAKE_CPUS = 8, GICH_FAKE_SPURIOUS = 1023 };

/* ICH_MISR_EL2 */
enum {
	GICH_FAKE_EOI = 1 << 0,
	GICH_FAKE_U = 1 << 1,
	GICH_FAKE_LRENP = 1 << 2,
	GICH_FAKE_NP = 1 << 3,
	GICH_FAKE_VGRP0E = 1 << 4,
	GICH_FAKE_VGRP0D = 1 << 5,
	GICH_FAKE_VGRP1E = 1 << 6,
	GICH_FAKE_VGRP1D = 1 << 7,
};

struct gich_fake_options {
	u32 lr_count;
	u32 priority_bits;
	bool tdir;
	bool software;         /* list registers and the interface on them must not be used */
	bool counts_split_eoi; /* EOIcount counts a write of EOIR with EOImode 1, too, as QEMU does */
};

/* All CPUs as after power-on; the first is selected. */
void gich_fake_reset(const struct gich_fake_options *options);
/* Which CPU executes what follows. */
void gich_fake_select(u32 cpu);
u32 gich_fake_selected(void);
/* Called when a physical interrupt is deactivated on the selected CPU, by the guest or by us. May be NULL. */
extern void (*gich_fake_on_deactivate)(u32 cpu, u32 intid);
/* Called, once, when EL2 next looks which list registers are empty: what other CPUs do meanwhile. May be NULL. */
extern void (*gich_fake_on_look)(void);

/* What the guest on the selected CPU does. */
u32 gich_fake_ack(u32 group);             /* ICC_IAR<group>_EL1 */
void gich_fake_eoi(u32 group, u32 intid); /* ICC_EOIR<group>_EL1 */
bool gich_fake_dir(u32 intid);            /* ICC_DIR_EL1; false: it trapped */
void gich_fake_set_pmr(u32 priority);
void gich_fake_set_group(u32 group, bool enabled);
void gich_fake_set_eoimode(bool split);
void gich_fake_set_bpr(u32 group, u32 point);
void gich_fake_set_cbpr(bool common);
bool gich_fake_signals(u32 group); /* whether IRQ (1) or FIQ (0) is asserted */
u32 gich_fake_running(void);       /* ICC_RPR_EL1 */
u64 gich_fake_levels(u32 group);   /* ICC_AP<group>R0_EL1 */
bool gich_fake_is_set(u32 group);  /* HCR_EL2.VI (1), VF (0) */
u32 gich_fake_misr(void);          /* the maintenance interrupt is asserted if not 0 */
