/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each CPU did last: a ring of fixed records, always written, kept over a warm reset.
 * A ring belongs to its CPU: nobody else writes it, so there is no lock. A reader may see the
 * record that is being written half; the one after the head is the oldest.
 */
#pragma once
#include "lib/types.h"

enum trace_kind {
	TRACE_EXIT,      /* a synchronous exception: syndrome = ESR_EL2, subject = IPA or function */
	TRACE_INTERRUPT, /* syndrome = its enum counter_cause */
	TRACE_SERROR,
	TRACE_BOOT,  /* the ring goes on from here after a (warm) reset of the machine */
	TRACE_START, /* a vCPU starts: pc = entry */
	TRACE_STOP,  /* a vCPU is off, or its VM ended */
};

/* Of `subject`: who in bits 63..48, as trace_who() packs it; what the kind says in bits 47..0. */
struct trace_record {
	u64 time; /* CNTPCT_EL0 when the guest stopped */
	u64 pc;   /* of the guest */
	u64 subject;
	u32 syndrome;
	u32 ticks; /* until the record was written, at the end of the exit */
};

enum { TRACE_RECORDS = 512, TRACE_SUBJECT_BITS = 48, TRACE_VERSION = 1 };
#define TRACE_MAGIC 0x6563617274627263UL /* "crbtrace" in memory */

/* One CPU's, in pages of its own. Little endian; tools find it by its magic in a dump of memory. */
struct trace {
	u64 magic;
	u32 version;
	u32 cpu;
	u64 frequency; /* of the counter, Hz */
	u64 head;      /* records ever written; the next goes to head % TRACE_RECORDS */
	u64 reserved[4];
	struct trace_record records[TRACE_RECORDS];
};

/* The ring of a CPU; NULL if there is no such CPU. */
struct trace *trace_of(u32 cpu);
enum { TRACE_PAGES = 5 }; /* that a ring takes */
/* Boot: makes the ring of a CPU in memory that a warm reset keeps, or goes on with the one that is there. */
void trace_init(u32 cpu, void *memory);

/* vm: its id (0: none), below 64; vcpu: below 64. */
static inline u64 trace_who(u32 vm, u32 vcpu, enum trace_kind kind)
{
	return (u64)(vm << 10 | vcpu << 4 | kind) << TRACE_SUBJECT_BITS;
}

static inline u64 trace_subject(u64 who, u64 subject)
{
	u64 mask = ~0UL << TRACE_SUBJECT_BITS;

	return (who & mask) | (subject & ~mask); /* one instruction, BFI */
}

static inline void trace_add(struct trace *t, const struct trace_record *r)
{
#ifndef TRACE_UNWRITTEN /* make bench-untraced: what it costs is what a build without it saves */
	t->records[t->head++ % TRACE_RECORDS] = *r;
#else
	(void)t, (void)r;
#endif
}
