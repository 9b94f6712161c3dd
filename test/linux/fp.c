/* SPDX-License-Identifier: Apache-2.0 */
/* V0 to V31, FPCR and FPSR of every process stay its own under load on all CPUs. Argument: seconds. */
#include "check.h"
#include "crowd.h"
#include "registers.h"
#include <stdlib.h>
#include <string.h>

enum { FPCR_RMODE = 22, FPSR_FLAGS = 0x1f };

static void begin(struct member *member) { srandom(member->number + 1); }

static void turn(struct member *member)
{
	struct fp_image filled, found;

	for (unsigned i = 0; i < sizeof filled.q; i++)
		filled.q[i] = (uint8_t)random();
	filled.fpcr = (member->number + member->rounds) % 4 << FPCR_RMODE;
	filled.fpsr = (uint64_t)random() & FPSR_FLAGS;
	fp_keep(&filled, &found, registers_until());
	if (memcmp(&filled, &found, sizeof filled) == 0)
		return;
	for (unsigned n = 0; n < 32; n++)
		if (memcmp(filled.q + n * 16, found.q + n * 16, 16))
			check(false, "member %u, round %lu: V%u changed", member->number,
			      (unsigned long)member->rounds, n);
	check(filled.fpcr == found.fpcr && filled.fpsr == found.fpsr,
	      "member %u: FPCR %lx is %lx, FPSR %lx is %lx", member->number, (unsigned long)filled.fpcr,
	      (unsigned long)found.fpcr, (unsigned long)filled.fpsr, (unsigned long)found.fpsr);
}

int main(int count, char **words)
{
	unsigned seconds = count > 1 ? (unsigned)atoi(words[1]) : 3, members;

	crowd_rounds(begin, turn, seconds, &members);
	check(check_status() == CHECK_HELD, "each kept V0 to V31, FPCR and FPSR");
	return check_status();
}
