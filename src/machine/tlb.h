/* SPDX-License-Identifier: Apache-2.0 */
/* The only TLB maintenance (Arm ARM D8.13), each with the barriers that make it hold. */
#pragma once
#include "lib/types.h"
#include "machine/barrier.h"
#include "machine/sysreg.h"

/* EL2's own mappings of a few pages, on this CPU only (window slots). */
static inline void tlb_flush_window(va_t at, u64 size)
{
	dsb(nshst); /* the changed descriptors before the invalidation */
	for (u64 offset = 0; offset < size; offset += PAGE_SIZE)
		asm volatile("tlbi vae2, %0" ::"r"((at.value + offset) >> PAGE_SHIFT) : "memory");
	dsb(nsh);
	isb();
}

/* What this CPU's TLBs hold of guests, of any VMID: at boot, it may be firmware's. */
static inline void tlb_flush_guests_local(void)
{
	asm volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	isb();
}

/* What this CPU holds of the guest whose VMID is in VTTBR_EL2: stage 1, and instructions by virtual address. */
static inline void tlb_flush_current_local(void)
{
	asm volatile("tlbi vmalle1\n\tic iallu" ::: "memory");
	dsb(nsh);
	isb();
}

/* What all CPUs' TLBs hold of guests, of any VMID. */
static inline void tlb_flush_guests(void)
{
	dsb(ishst);
	asm volatile("tlbi alle1is" ::: "memory");
	dsb(ish);
	isb();
}

/* All of EL2's own mappings, on all CPUs. */
static inline void tlb_flush_el2(void)
{
	dsb(ishst);
	asm volatile("tlbi alle2is" ::: "memory");
	dsb(ish);
	isb();
}

/*
 * All of one guest's mappings, both stages, on all CPUs. TLBI by VMID means the current VMID,
 * so the register is borrowed; EL2 itself is not translated by it.
 */
static inline void tlb_flush_vmid(u64 vttbr)
{
	u64 current = read_sysreg(vttbr_el2);

	dsb(ishst);
	write_sysreg(vttbr_el2, vttbr);
	isb(); /* the TLBI must see the VMID */
	asm volatile("tlbi vmalls12e1is" ::: "memory");
	dsb(ish);
	write_sysreg(vttbr_el2, current);
	isb();
}
