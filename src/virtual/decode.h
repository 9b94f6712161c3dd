/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A64 loads and stores as data, for the data aborts that come without a syndrome of the access
 * (ESR_EL2.ISS.ISV = 0). Pure: an instruction word in, a description out; monitor/emulate.c performs it.
 */
#pragma once
#include "lib/bounds.h"
#include "lib/types.h"

/*
 * What becomes of an instruction whose address is emulated device memory:
 *
 *   kind      forms                                          answer
 *   OTHER     no load or store                               executed again: it is not the one that trapped
 *   ACCESS    LDR, STR, LDP, STP, LDNP, STNP, LDPSW, every   performed, an element after the other
 *             index mode, literals, LDTR, STTR; LDAR, STLR,
 *             LDLAR, STLLR, LDAPR, LDAPUR, STLUR, LDIAPP,
 *             STILP, LDAP1, STL1; LDRAA, LDRAB; B, H, S, D,
 *             Q registers; LD1 to LD4, ST1 to ST4, LDnR;
 *             STGP, STZG, STZ2G: what they store besides tags
 *   PREFETCH  PRFM, PRFUM, RPRFM                             nothing: no prefetch faults (C3.2.13)
 *   TAG       STG, ST2G, STGM, LDG, LDGM                     a device has no tags: a store does nothing, a load
 *                                                            finds 0 (D10.2)
 *   ATOMIC    exclusives, CAS, CASP, SWP, LDADD and its      data abort, unsupported exclusive or atomic
 *             like, LD64B, ST64B                             access: a device need not support them (B2.2.6)
 *   ZERO      DC ZVA, DC GVA, DC GZVA, STZGM                 alignment fault: the memory type is Device
 *   REFUSED   all else in the encoding space of loads and    synchronous external abort: no device takes them
 *             stores: SVE, SME, MOPS, unallocated
 */
enum decode_kind {
	DECODE_OTHER,
	DECODE_ACCESS,
	DECODE_PREFETCH,
	DECODE_TAG,
	DECODE_ATOMIC,
	DECODE_ZERO,
	DECODE_REFUSED,
};

enum { DECODE_REGISTERS = BOUND_REGISTERS, DECODE_REGISTER_SIZE = BOUND_BYTES };
enum { DECODE_XZR = 31, DECODE_SP = 32, DECODE_PC = 33 }; /* as base or index */
enum decode_index { DECODE_OFFSET, DECODE_PRE, DECODE_POST };

/*
 * Element k in the order of memory, of registers * lanes, belongs to register k / (structure * lanes) + k % structure
 * and lane first_lane + k / structure % lanes.
 */
struct decode {
	enum decode_kind kind;
	bool write;
	bool vector; /* the registers are V registers */
	u8 size; /* bytes of an element: 1, 2, 4, 8, 16; ZERO: 1, the block is not told by the instruction; TAG: 16 */
	u8 registers;            /* 1 to 4 */
	u8 rt[DECODE_REGISTERS]; /* a general one: 31 is XZR */
	u8 extend;               /* general registers: sign-extended to this many bytes; 0: by zeroes */
	u8 lanes, structure, first_lane; /* TAG: lanes as many elements as it may be aligned to */
	u8 copies;                       /* LDnR: lanes that the one element fills; else 1 */
	bool merge; /* the other lanes, or bits, of the register keep their values; else they become 0 */

	u8 base;   /* 0 to 30, DECODE_SP, DECODE_PC; ZERO: or DECODE_XZR */
	u8 index;  /* 0 to 30, DECODE_XZR: none */
	u8 option; /* of the index: UXTW 2, UXTX 3, SXTW 6, SXTX 7; then shifted */
	u8 shift;
	enum decode_index mode; /* PRE and POST write the base back */
	s64 offset;
	bool unprivileged;  /* LDTR, STTR */
	bool authenticated; /* LDRAA, LDRAB: the base is not the address, the address after AUTDA is */
};

struct decode decode(u32 instruction);
/* Extends and shifts what the index register holds (C3.2.3, ExtendReg). */
u64 decode_index(const struct decode *d, u64 value);
/* Bytes from the first to behind the last. */
static inline u32 decode_span(const struct decode *d) { return (u32)d->size * d->registers * d->lanes; }
