/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why EL2 was entered, and what it cost: one row per kind of exit (its class, and what was asked
 * for), with a histogram of the instructions that EL2 executed for it. Lock: one, held while a row is
 * found or credited; histograms are added to atomically.
 */
#pragma once
#include <stdio.h>
#include "lib/types.h"

enum cause_kind { CAUSE_BOOT, CAUSE_WAIT, CAUSE_SYNC, CAUSE_IRQ, CAUSE_FIQ, CAUSE_SERROR, CAUSE_OTHER };

struct cause {
	enum cause_kind kind;
	u32 class; /* ESR_EL2.EC */
	u64 detail; /* of HVC and SMC x0, of a trapped system register its ISS, of an abort IPA and direction */
	u64 visits, instructions, least, most;
	u64 *places; /* executions, by instruction of the image; the last one is for all others. NULL: not wanted */
};

/* The image whose instructions histograms count; `wanted`: whether there are any. */
void cause_init(u64 image, u64 size, bool wanted);
/* The row of what the vectors of EL2 were just entered for, at `pc`. */
struct cause *cause_of_exit(u64 pc, u64 esr);
struct cause *cause_of(enum cause_kind kind);
void cause_credit(struct cause *cause, u64 instructions);
/* Index of an instruction in histograms. */
u64 cause_place(u64 pc);
/* Members of a JSON object that name a row. */
void cause_print_name(FILE *to, const struct cause *cause);
const char *cause_kind_name(enum cause_kind kind);
void cause_print(FILE *to);
void cause_print_profile(FILE *to);
