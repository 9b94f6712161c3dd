/* SPDX-License-Identifier: Apache-2.0 */
/* Events of perf: pinned, so that the kernel never shares a counter among several. */
#include "event.h"
#include "check.h"
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

asm(".text\n.balign 64\n.globl event_run\n.type event_run, %function\n"
    "event_run:\n.globl event_loop\nevent_loop:\n"
    "	subs	x0, x0, #1\n"
    "	b.ne	event_run\n"
    ".globl event_loop_end\nevent_loop_end:\n"
    "	ret\n");

int event_open(struct event_kind kind, int leader)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof attributes,
		.config = kind.what,
		.disabled = leader < 0,
		.pinned = leader < 0,
		.exclude_user = kind.not_user,
		.exclude_kernel = kind.not_kernel,
		.exclude_hv = 1,
		.sample_period = kind.period,
		.wakeup_events = kind.period ? 1 : 0,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, leader, 0);
}

void event_start(int fd)
{
	NEED(ioctl(fd, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP) == 0);
	NEED(ioctl(fd, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) == 0);
}

uint64_t event_stop(int fd)
{
	struct {
		uint64_t value, enabled, running;
	} found;

	NEED(ioctl(fd, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP) == 0);
	NEED(read(fd, &found, sizeof found) == sizeof found);
	NEED(found.enabled == found.running);
	return found.value;
}
