/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vCPU leaves in the CPU: its general registers, EL1/EL0 system
 * registers and FP/SIMD file, as plain values; and the way in and out of it.
 */
#pragma once
#include "lib/types.h"

/* General registers at the moment the guest stopped (Arm ARM D1.2). */
struct regs {
	u64 x[31];
	u64 pc;
	u64 pstate; /* in SPSR format */
};

/* Why it stopped; decoded only in monitor/dispatch.c. Lies right behind struct regs. */
struct exit {
	u64 esr;
	u64 stack; /* machine/vectors.S: the monitor's, while the guest runs */
	u64 far, hpfar;
};
/* Fills in the last two: only an abort has them, so only an abort pays for them. */
void context_read_fault(struct exit *e);

struct fpu {
	__uint128_t q[32]; /* with SVE P0 to P15 instead */
	u64 fpcr;
	u64 fpsr;
	u8 ffr[32]; /* of SVE */
};

/* SCTLR_EL1 out of reset: MMU, caches and alignment checks off, RES1 bits of Armv8.0 set. */
#define SCTLR_EL1_RESET 0x30d00980UL
#define DEBUG_PAIRS     16 /* breakpoint and watchpoint register pairs the architecture can have */

struct context {
#define ROW(name, vhe_name, feature, reset) u64 name;
#include "machine/context.def"
#undef ROW
	u64 breakpoint_control[DEBUG_PAIRS], breakpoint_value[DEBUG_PAIRS];
	u64 watchpoint_control[DEBUG_PAIRS], watchpoint_value[DEBUG_PAIRS];
	u64 claim_tags; /* DBGCLAIMSET_EL1, DBGCLAIMCLR_EL1 */
};

/* Names of the rows, for the accessor and the dump. */
enum context_register {
#define ROW(name, vhe_name, feature, reset) CONTEXT_##name,
#include "machine/context.def"
#undef ROW
	CONTEXT_COUNT
};

const char *context_name(enum context_register which);
void context_reset(struct context *c);
void context_load(const struct context *c);
void context_save(struct context *c);
/*
 * Its guest may go on on another CPU, or another guest here: its maintenance of TLBs and caches is complete, and until
 * the next context_load() nothing walks its tables, not even by speculation (errata 1319367, 1530923 and their like).
 */
void context_leave(void);
/* Of the context that is loaded on this CPU. */
u64 context_read_loaded(enum context_register which);
void context_write_loaded(enum context_register which, u64 value);
/* Of one that is not. */
u64 context_read_saved(const struct context *c, enum context_register which);
void context_write_saved(struct context *c, enum context_register which, u64 value);

/* FP/SIMD of a vCPU without SVE. */
void fpu_load(const struct fpu *f);
void fpu_save(struct fpu *f);
/* One register, 16 bytes, of the file that is loaded on this CPU. */
void fpu_read(u32 n, void *to);
void fpu_write(u32 n, const void *from);
/*
 * With it: Z0 to Z31 are in `vectors`, one after the other, each as long as cpu_vector_bytes() says, so that they
 * fill whole pages; the rest is in f. cpu_give_sve() has been called.
 */
void fpu_load_vectors(const struct fpu *f, const u8 *vectors);
u64 fpu_vector_bytes(void);   /* EL2's own at the moment */
void fpu_clear_vectors(void); /* all of them, FPCR and FPSR */
void fpu_save_vectors(struct fpu *f, u8 *vectors);
static inline u64 fpu_vectors_size(u64 bytes) { return 32 * bytes; }

/*
 * Runs the loaded vCPU. Each time it stops, `r` and the struct exit behind it are filled in, and one of the
 * functions of monitor/dispatch.h says whether it goes on at once; if not, this returns.
 * Refuses (panic) a PSTATE that names anything above EL1.
 */
void guest_enter(struct regs *r);
