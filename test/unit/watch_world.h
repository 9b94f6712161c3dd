/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for reports through the fake serial line, and takes its frames apart. */
#pragma once
#include "monitor/console_view.h"
#include "monitor/counters.h"
#include "monitor/trace.h"
#include "monitor/watch.h"
#include "world.h"

#define ESCAPE "\x1d"

static char heard[128][1 << 18]; /* by the letter of the source */
static u32 heard_size[128];

static inline void types(const char *keys, u32 size)
{
	fake_uart_type(keys, size);
	console_interrupt();
}

/* CPU 0's deadlines and the UART's interrupt, until nothing is left to do. */
static inline void runs(u32 milliseconds)
{
	on_cpu(0);
	for (u32 i = 0; i < 10 * milliseconds; i++) {
		timer_fake_advance(timer_frequency() / 10000);
		deadline_run();
		if (fake_uart_wants_room())
			console_interrupt();
	}
}

/* Takes the frames apart, as a program on the other end does. */
static inline void listen(void)
{
	u32 size;
	u8 source = '@';
	const char *at = fake_uart_output(&size), *end = at + size;

	while (at < end) {
		if (*at == 0x10 && at[1] == 'o') {
			source = (u8)at[2];
			assert_true(source == '!' || (source >= '@' && source <= 'B'));
			at += 3;
			continue;
		}
		assert_true(*at != 0x10 || at[1] == 0x10);
		at += *at == 0x10;
		heard[source][heard_size[source]++] = *at++;
		assert_true(heard_size[source] < sizeof(heard[0]) - 1);
	}
}

static inline const char *report(void)
{
	listen();
	return heard['!'];
}

static inline bool has_line(const char *text, const char *wanted)
{
	size_t size = strlen(wanted);

	for (const char *at = text; (at = strstr(at, wanted)); at++)
		if ((at == text || at[-1] == '\n') && at[size] == '\n')
			return true;
	return false;
}

static inline u32 count(const char *text, const char *what)
{
	u32 found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

/* What a test says of a vCPU, as if it had run. */
static inline struct counters *counters_of(struct vcpu *v)
{
	memset(&v->counters, 0, sizeof(v->counters));
	return &v->counters;
}

static inline struct trace *ring(u32 cpu)
{
	trace_of(cpu)->head = 0;
	return trace_of(cpu);
}

static inline void records(struct trace *t, u32 how_many)
{
	for (u32 i = 0; i < how_many; i++)
		trace_add(t, &(struct trace_record){.time = 0x1000 + t->head, .pc = 0x40200000 + t->head});
}
