/* SPDX-License-Identifier: Apache-2.0 */
/* An event of perf_event_open() for this process on whatever CPU it runs, and the loop that is counted by it. */
#ifndef EVENT_H
#define EVENT_H
#include <stdbool.h>
#include <stdint.h>

#include <linux/perf_event.h>

/* What is counted: PERF_COUNT_HW_INSTRUCTIONS, ...; at which exception levels. */
struct event_kind {
	uint64_t what;
	bool not_user, not_kernel;
	uint64_t period; /* 0: no interrupts */
};

/* The file descriptor, or -1 if the machine has no such event; it is stopped. */
int event_open(struct event_kind kind, int leader);
void event_start(int fd);
uint64_t
event_stop(int fd); /* the count since it was started; it was counted all the time, or the test is broken */

/* Two instructions a round. */
extern const uint32_t event_loop[], event_loop_end[];
void event_run(uint64_t rounds);

#endif
