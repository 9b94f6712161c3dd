/* SPDX-License-Identifier: Apache-2.0 */
/* The rings' memory. What an earlier life of the machine left stays: whoever reads tells lives apart by TRACE_BOOT. */
#include "monitor/trace.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/timer.h"

_Static_assert(sizeof(struct trace) <= TRACE_PAGES * (u64)PAGE_SIZE, "TRACE_PAGES");
_Static_assert((TRACE_RECORDS & (TRACE_RECORDS - 1)) == 0, "the index is a mask");

static struct trace *traces[CPU_MAX];

struct trace *trace_of(u32 cpu) { return cpu < CPU_MAX ? traces[cpu] : NULL; }

void trace_init(u32 cpu, void *memory)
{
	struct trace *t = memory;

	if (t->magic != TRACE_MAGIC || t->version != TRACE_VERSION || t->cpu != cpu) {
		memset(t, 0, offsetof(struct trace, records)); /* what is behind `head` is nothing yet */
		t->version = TRACE_VERSION;
		t->cpu = cpu;
		t->magic = TRACE_MAGIC;
	}
	t->frequency = timer_frequency();
	traces[cpu] = t;
	trace_add(t, &(struct trace_record){.time = timer_now(), .subject = trace_who(0, 0, TRACE_BOOT)});
}
