/* SPDX-License-Identifier: Apache-2.0 */
/* TLB maintenance is counted, so that a test can ask whether it happened. */
#pragma once
#include "lib/types.h"

extern u64 fake_tlb_vmid_flushes, fake_tlb_el2_flushes;
extern u64 fake_tlb_last_vttbr;
/* Called at each invalidation of a stage 2, so that a test can look at the tables just then; may be NULL. */
extern void (*fake_tlb_on_flush)(void);

static inline void tlb_flush_window(va_t at, u64 size)
{
	(void)at;
	(void)size;
}

extern u64 fake_tlb_guest_flushes;
/* Called at each invalidation of all guests' translations; may be NULL. */
extern void (*fake_tlb_on_flush_guests)(void);

static inline void tlb_flush_guests(void)
{
	fake_tlb_guest_flushes++;
	if (fake_tlb_on_flush_guests)
		fake_tlb_on_flush_guests();
}

extern u64 fake_tlb_local_flushes;
static inline void tlb_flush_current_local(void) { fake_tlb_local_flushes++; }

static inline void tlb_flush_el2(void) { fake_tlb_el2_flushes++; }

static inline void tlb_flush_vmid(u64 vttbr)
{
	fake_tlb_vmid_flushes++;
	fake_tlb_last_vttbr = vttbr;
	if (fake_tlb_on_flush)
		fake_tlb_on_flush();
}
