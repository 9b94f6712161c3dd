/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of one row, kept as distinct values and how often each came: there are few. */
#include "bench.h"

void figure_add(struct figure *f, s64 value)
{
	u32 i = 0;

	if (f->count == SAMPLES)
		guest_fail(__LINE__, "more than %u samples", SAMPLES);
	while (i < f->distinct && f->value[i] != value)
		i++;
	if (i == f->distinct) {
		f->value[f->distinct++] = value;
		f->often[i] = 0;
	}
	f->often[i]++;
	f->count++;
}

s64 figure_mode(const struct figure *f)
{
	u32 best = 0;

	for (u32 i = 1; i < f->distinct; i++)
		if (f->often[i] > f->often[best] ||
		    (f->often[i] == f->often[best] && f->value[i] < f->value[best]))
			best = i;
	return f->value[best];
}

s64 figure_worst(const struct figure *f)
{
	s64 worst = f->value[0];

	for (u32 i = 1; i < f->distinct; i++)
		if (f->value[i] > worst)
			worst = f->value[i];
	return worst;
}
