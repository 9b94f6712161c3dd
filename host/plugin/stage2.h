/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage-2 tables of all VMs, as a copy that follows EL2's stores.
 *
 * Which pages are tables is learnt from the machine: a root from VTTBR_EL2 as EL2 writes it (how it is
 * walked from VTCR_EL2), and from there every page that a valid table descriptor names, at once and whenever one
 * is stored. Nothing is known of a VM before its root is loaded for the first time; nothing can be in
 * a TLB either. A page stops being a table when no valid descriptor leads to it any more and no TLB can
 * (break.h says when); a root, when it has no valid descriptor left and likewise; it is learnt again with the next load.
 *
 * 4 KiB granule only. Tables are read at `linear` + physical address in EL2's own address space. Stores by
 * DC ZVA, of which QEMU does not tell the physical address, are found through the same map, and the
 * page is read again. Lock: the caller's.
 */
#pragma once
#include "lib/types.h"

#define STAGE2_OUTPUT FIELD(47, 12)

struct stage2 {
	u64 root, vmid;
	u32 pages, level; /* of the root */
};

/* A page of a table: its own address, and whose input addresses from where it translates, at which level. */
struct stage2_table {
	u64 page, ipa;
	u64 entry[512];
	u32 level;
	bool detached, stale;
	struct stage2 *space;
	struct stage2_table *next;
};

struct stage2_change {
	const struct stage2_table *table;
	u32 index;
	u64 old, new;
};

/* What is told of an entry that changed or was learnt (then `old` is 0). */
typedef void (*stage2_told)(const struct stage2_change *change, void *context);

void stage2_init(u64 linear);
/* EL2 loads VTTBR_EL2, or runs with it. Cheap if the root is known. */
void stage2_load(u64 vttbr, stage2_told told, void *context);
/* Cheap test without the lock: may this physical address lie in a table? */
bool stage2_may_hold(u64 address);
/* EL2 stored `size` bytes, 1 to 16, at a physical address. */
void stage2_store(u64 address, const u8 *bytes, u32 size, stage2_told told, void *context);
/* DC ZVA at a virtual address; what it changed is told by the next stage2_settle(). The first two need no lock. */
bool stage2_may_zero(u64 at);
bool stage2_is_stale(void);
void stage2_zero(u64 at);
void stage2_settle(stage2_told told, void *context);
/* No TLB holds anything of a change in this space any more: forgets its detached tables, and its root if empty. */
void stage2_forget(struct stage2 *space);

u64 stage2_entry_ipa(const struct stage2_table *table, u32 index);
u64 stage2_entry_size(u32 level);
bool stage2_is_table(u64 entry, u32 level);
u64 stage2_tables(void);
