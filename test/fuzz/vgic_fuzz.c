/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: guests and devices on the virtual GIC, which must equal its executable specification
 * after every step. The first bytes choose the machine, then each 16 are a step.
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=gnu11 -Itest/fake -Isrc
 * -Itest test/fuzz/vgic_fuzz.c src/virtual/vgic*.c src/virtual/reg.c test/model/vgic_*.c
 * test/fake/gich.c test/fake/spinlock.c
 */
#include <string.h>

#include "model/vgic_play.h"
#include "model/vgic_seams.h"

enum { STEPS = 400, STEP_SIZE = 16, HEAD_SIZE = 4 };

/* In EOImode 1, TDIR is what makes every sequence exact. */
static struct play_options options_of(const u8 *head)
{
	bool split = head[0] & 1;

	return (struct play_options){.vcpus = 1 + head[1] % 4,
	                             .lr_count = 1 + head[2] % 4,
	                             .split = split,
	                             .tdir = split || head[0] & 2,
	                             .counts_split_eoi = head[0] & 4,
	                             .few = !split && head[0] & 8,
	                             .software = head[0] & 16};
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct play_step steps[STEPS];
	const char *why = NULL;
	u32 count = 0;

	if (size < HEAD_SIZE)
		return 0;
	struct play_options options = options_of(data);
	for (size_t at = HEAD_SIZE; at + STEP_SIZE <= size && count < STEPS; at += STEP_SIZE)
		memcpy(&steps[count++], data + at, STEP_SIZE);
	if (play(&options, steps, count, &why) < count) {
		play_print(&options, steps, count);
		abort();
	}
	return 0;
}
