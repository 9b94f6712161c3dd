/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: who owns every page of RAM and every CPU. The only caller of stage-2 map and unmap.
 *
 * Invariant (ledger_check): a page is mapped in a stage 2 exactly if it is private to that VM, and
 * then once. Pages of RAM that nobody owns or that the hypervisor owns are in no stage 2.
 * Everything is checked before anything changes; what follows the checks cannot fail.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"
#include "monitor/space.h"

enum page_state {
	PAGE_FREE,
	PAGE_HYPERVISOR, /* the image, EL2's pool */
	PAGE_MODULE,     /* what the boot loader placed: the machine's tree, the VMs' pristine images */
	PAGE_FIRMWARE,   /* reserved by the machine's tree */
	PAGE_PRIVATE,    /* a VM's memory */
};

enum { LEDGER_BANKS = BOUND_LEDGER_BANKS, LEDGER_UNIT = 2 << 20, LEDGER_NOBODY = 0 };

/* Bytes of book-keeping that ledger_add_bank() needs for a bank of `size` bytes. */
u64 ledger_cost(u64 size);
/* Boot only. `books` is ledger_cost(size) zeroed bytes that stay the ledger's. */
enum status ledger_add_bank(pa_t base, u64 size, void *books);
/* Boot only: marks whole pages around the range; parts outside the banks do not matter. */
void ledger_reserve(pa_t base, u64 size, enum page_state state);

/*
 * Gives `size` bytes (a multiple of 2 MiB) of free memory to VM `owner` and maps them at `ipa`.
 * NO_MEMORY if there is too little free memory or no room for tables; then nothing has changed.
 * The pages are not scrubbed: the new owner's first act is to clear them, before any vCPU runs.
 */
enum status ledger_give_memory(struct space *space, u32 owner, ipa_t at, u64 size);
/*
 * A page of EL2's own is there for the guest to read, and nobody's to give or take; one for a space. NO_MEMORY without tables
 * for it, BUSY if something else is there.
 */
enum status ledger_show(struct space *space, ipa_t at, const void *page);
/*
 * Pages of EL2's own, zeroed, from the pool that also has the tables, for which the ledger's lock stands guard: `count` in a row (a
 * power of two), which stay with whoever takes them, or NULL. A single one may be given back.
 */
void *ledger_take_pages(struct pool *pool, u64 count);
void ledger_give_page(struct pool *pool, void *page);
/* Unmaps and frees all memory of `owner`; its space has no mapping left. */
void ledger_take_memory(struct space *space, u32 owner);
/* Free bytes in whole units, what ledger_give_memory() can hand out. */
u64 ledger_free(void);

/* A CPU is dedicated to one VM. BUSY if it has another owner. */
enum status ledger_give_cpu(u32 cpu, u32 owner);
void ledger_take_cpu(u32 cpu, u32 owner);
u32 ledger_cpu_owner(u32 cpu);

/* Tells the invariant which space belongs to `owner`; NULL: none (any more). */
void ledger_register_space(u32 owner, const struct space *space);
/* NULL, or the sentence of the first broken invariant. Walks everything: debug builds and tests. */
const char *ledger_check(void);
