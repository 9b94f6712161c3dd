/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMIDs: by which TLBs tell address spaces apart (VTTBR_EL2.VMID, 8 or 16 bits). There may be more spaces in a
 * machine's life than numbers, so numbers are valid for a generation; when they run out the next one begins, and
 * all TLBs forget guests.
 *
 * Invariant: of all translations that are in TLBs or can come into them, those with one number are of one space.
 */
#pragma once
#include "lib/types.h"

/* A space's; zeroed: it has none yet. */
struct vmid {
	u64 tag; /* its generation, and in bits 15..0 the number; vmid_lock writes it, any CPU reads it */
};

/*
 * Boot: numbers 1..last can be used; `last` is at least the number of CPUs. `spend`: a space that is entered on no
 * other CPU gets a new one each time, so that generations pass quickly (for tests).
 */
void vmid_init(u32 last, bool spend);
/* Its number; it gets one if it has none of this generation. */
u32 vmid_assign(struct vmid *v);
/* This CPU is going to use the space: its number, which stays its own until vmid_leave(). One space at a time. */
u32 vmid_enter(struct vmid *v);
/* This CPU does not use it any more: VTTBR_EL2 is something else. */
void vmid_leave(void);
