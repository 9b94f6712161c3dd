/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crowd: several processes per CPU at once, so that what a process has in registers is put away and brought back.
 * The work of a member is done in its own process; it says with check() what it finds.
 */
#ifndef CROWD_H
#define CROWD_H
#include <stdint.h>

enum { CROWD_PER_CPU = 3, CROWD_NOTE = 1024 };

struct member {
	unsigned number;
	uint64_t rounds;
	uint8_t note[CROWD_NOTE]; /* what the parent may look at afterwards */
};

/*
 * Every member repeats turn() for so many seconds, while the parent moves the members from CPU to CPU: a process that
 * calls the kernel by itself gives up its SVE registers, one that is moved from outside must not. Checks that each was
 * interrupted often. Returns the members, *count of them.
 */
const struct member *crowd_rounds(void (*begin)(struct member *), void (*turn)(struct member *),
                                  unsigned seconds, unsigned *count);

/* Every member does work() once, members on each CPU, which they keep. */
void crowd_once(void (*work)(unsigned number));
/* The same, but one CPU after the other, while the others idle. */
void crowd_by_cpu(void (*work)(unsigned number));

unsigned crowd_cpus(void);
void crowd_pin(int pid, unsigned cpu); /* 0: this process */
uint64_t crowd_ns(void);               /* CLOCK_MONOTONIC */

#endif
