/* SPDX-License-Identifier: Apache-2.0 */
/* V0 to V31, FPCR and FPSR of every process stay its own under load on all CPUs. Argument: seconds. */
#include "check.h"
#include "crowd.h"
#include "registers.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FPCR_RMODE = 22, FPSR_FLAGS = 0x1f, NAPS = 40, NAP_NS = 5000000 };

static void begin(struct member *member) { srandom(member->number + 1); }

static struct fp_image fill(const struct member *member)
{
	struct fp_image filled;

	for (unsigned i = 0; i < sizeof filled.q; i++)
		filled.q[i] = (uint8_t)random();
	filled.fpcr = (member->number + member->rounds) % 4 << FPCR_RMODE;
	filled.fpsr = (uint64_t)random() & FPSR_FLAGS;
	return filled;
}

static void compare(const struct member *member, const struct fp_image *filled, const struct fp_image *found)
{
	if (memcmp(filled, found, sizeof *filled) == 0)
		return;
	for (unsigned n = 0; n < 32; n++)
		if (memcmp(filled->q + n * 16, found->q + n * 16, 16))
			check(false, "member %u, round %lu: V%u changed", member->number,
			      (unsigned long)member->rounds, n);
	check(filled->fpcr == found->fpcr && filled->fpsr == found->fpsr,
	      "member %u: FPCR %lx is %lx, FPSR %lx is %lx", member->number, (unsigned long)filled->fpcr,
	      (unsigned long)found->fpcr, (unsigned long)filled->fpsr, (unsigned long)found->fpsr);
}

static void turn(struct member *member)
{
	struct fp_image filled = fill(member), found;

	fp_keep(&filled, &found, registers_until());
	compare(member, &filled, &found);
}

/* Alone and asleep: its CPU idles, and may put them away; the kernel does not, for nobody else wants them. */
static void nap(void)
{
	struct member member = {0};

	for (; member.rounds < NAPS; member.rounds++) {
		struct fp_image filled, found;

		crowd_pin(0, (unsigned)member.rounds % crowd_cpus());
		filled = fill(&member);
		fp_nap(&filled, &found, &(struct timespec){.tv_nsec = NAP_NS});
		compare(&member, &filled, &found);
	}
	check(check_status() == CHECK_HELD, "kept over %d naps", NAPS);
}

int main(int count, char **words)
{
	unsigned seconds = count > 1 ? (unsigned)atoi(words[1]) : 3, members;

	nap();
	crowd_rounds(begin, turn, seconds, &members);
	check(check_status() == CHECK_HELD, "each kept V0 to V31, FPCR and FPSR");
	return check_status();
}
