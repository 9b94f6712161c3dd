/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMSAv8-64 translation tables with the 4 KiB granule (Arm ARM D8): one walker for
 * EL2's own stage 1 and for the stage 2 of guests.
 *
 * Invariants: a valid entry is never changed into another valid one (break-before-make,
 * D8.14.1); no mapping is writable and executable at EL2. The caller's lock guards a table.
 */
#pragma once
#include "lib/pool.h"
#include "lib/types.h"

struct mmu_table {
	u64 *root;
	u32 root_pages;  /* concatenated tables at the first level (stage 2) */
	u32 first_level; /* of the walk: 0..3 */
	u32 input_bits;
	bool stage2;
	struct pool *pool; /* where further tables come from */
	u64 vttbr;         /* stage 2: VTTBR_EL2 of those who use it; what to invalidate by */
};

enum mmu_kind {
	MMU_EL2_CODE,    /* read, execute */
	MMU_EL2_CONST,   /* read */
	MMU_EL2_DATA,    /* read, write */
	MMU_EL2_DEVICE,  /* read, write, Device-nGnRE */
	MMU_GUEST_RAM,   /* stage 2: read, write, execute; Normal, write-back, inner shareable */
	MMU_GUEST_CONST, /* the same, but only read */
};

struct mmu_range {
	u64 input; /* virtual address or IPA */
	pa_t output;
	u64 size; /* all three page aligned */
};

/*
 * Maps with the largest blocks that alignment allows. Checked whole first: BUSY if any part
 * is mapped already, BAD_VALUE outside the input range, NO_MEMORY if the pool lacks tables;
 * then nothing has changed.
 */
enum status mmu_map(struct mmu_table *t, struct mmu_range r, enum mmu_kind kind);
/*
 * Removes whatever is mapped in [input, input + size), splitting blocks at the edges, and
 * invalidates the TLBs. NO_MEMORY (nothing changed) if the pool has no table for a split.
 */
enum status mmu_unmap(struct mmu_table *t, u64 input, u64 size);
/* Whether `input` is mapped, where to, and how far the same entry goes on from there. */
bool mmu_query(const struct mmu_table *t, u64 input, pa_t *output, u64 *left);
/* Stage 2: its number in TLBs is this from now on. Returns VTTBR_EL2. */
u64 mmu_set_vmid(struct mmu_table *t, u32 vmid);
/* Forgets what TLBs hold of this table's translations; for stage 2, of the guest's stage 1 too. */
void mmu_flush(const struct mmu_table *t);
/* Gives all tables but the root back to the pool. Nothing may be mapped that is still in use. */
void mmu_destroy(struct mmu_table *t);

/* --- EL2's own address space --- */

/* From machine/start.S with the MMU off: maps the image where it was linked. Returns TTBR0_EL2. */
u64 mmu_boot(u64 load_address);
/* Tables beyond the first few come from here, once there is a pool. */
void mmu_use_pool(struct pool *pool);
/* The boot is over, and its stack left: gives the pool what of the image only the boot needed. Returns bytes. */
u64 mmu_end_boot(struct pool *pool);
/* Maps physical memory or a device at its place in the linear map, for good. What is there already stays as it is. */
void *mmu_map_linear(pa_t at, u64 size, enum mmu_kind kind);
/* Where a linearly mapped physical address is, and back (also for the image itself). */
void *mmu_pointer(pa_t at);
pa_t mmu_physical(const void *pointer);
/* Maps the stack of CPU `cpu` and makes its window; returns the stack's top, 0 if out of memory. */
u64 mmu_prepare_cpu(u32 cpu);

/*
 * A per-CPU window onto physical pages that EL2 does not map: guest memory. At most
 * MMU_WINDOW_SIZE from a page-aligned address; one at a time on a CPU; close it at once.
 */
#define MMU_WINDOW_SIZE (508 * KIB)
void *mmu_window_open(pa_t at, u64 size);
void mmu_window_close(u64 size);

enum { MMU_STACK_SIZE = 12288 };
