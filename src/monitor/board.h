/* SPDX-License-Identifier: Apache-2.0 */
/* The real machine as its device tree describes it, read in one walk (a look-up by path costs far more). */
#pragma once
#include "lib/types.h"
#include "machine/cpu.h"

enum { BOARD_BANKS = 8, BOARD_RESERVED = 64, BOARD_DEPTH = 8, BOARD_SEED = 64 };

struct board_range {
	pa_t base;
	u64 size;
};

struct board {
	struct board_range banks[BOARD_BANKS]; /* RAM */
	u32 bank_count;
	struct board_range reserved[BOARD_RESERVED]; /* of it, what firmware keeps, and boot modules */
	u32 reserved_count;
	bool reserved_too_many;
	u64 affinity[CPU_MAX]; /* in the tree's order */
	u32 cpu_count;
	struct board_range gic_dist, gic_redist; /* size 0: none */
	struct board_range uart, rtc;
	u32 uart_intid;
	u32 pmu_intid; /* the PPI of the CPUs' PMU; 0: none, or not the same for all */
	bool psci;
	struct board_range initrd; /* the description of the VMs; size 0: none */
	const char *bootargs;      /* "" if none */
	u8 seed[BOARD_SEED];       /* /chosen rng-seed and kaslr-seed */
	u32 seed_size;
};

/* How much of the tree, whose header is mapped and good, holds anything: QEMU's lies in a MiB, mostly empty. In bytes. */
u64 board_tree_size(const void *fdt);
/* NULL, or a sentence: what the tree lacks. board_tree_size() bytes of `fdt` are mapped. */
const char *board_read(const void *fdt, struct board *board);
/* The CPU with this affinity, which is the one that boots, becomes number 0. */
void board_put_first(struct board *board, u64 affinity);
/* Keeps a range of RAM out of the ledger's free memory; an empty one is nothing. */
void board_reserve(struct board *b, struct board_range range);
