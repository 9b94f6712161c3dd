/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Z0 to Z31, P0 to P15, FFR and the vector length of every process stay its own under load on all CPUs. Argument:
 * seconds.
 */
#include "check.h"
#include "crowd.h"
#include "registers.h"
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

#include <asm/hwcap.h>

enum { LENGTHS = 5 }; /* 16 to 256 bytes, where the CPU has them */

/* Each member takes a length of its own; the kernel gives the nearest below. */
static void begin(struct member *member)
{
	long length = prctl(PR_SVE_SET_VL, 16 << member->number % LENGTHS) & PR_SVE_VL_LEN_MASK;

	srandom(member->number + 1);
	NEED(length >= 16 && length <= SVE_BYTES_MAX);
	memcpy(member->note, &length, sizeof length);
}

static long length_of(const struct member *member)
{
	long length;

	memcpy(&length, member->note, sizeof length);
	return length;
}

static void fill(struct sve_image *image, unsigned bytes)
{
	unsigned first = (unsigned)random() %
	                 (bytes + 1); /* FFR is 1s, then 0s (Arm ARM, SETFFR and first-faulting loads) */

	memset(image, 0, sizeof *image);
	for (unsigned i = 0; i < 32 * bytes; i++)
		image->z[i] = (uint8_t)random();
	for (unsigned i = 0; i < 16 * bytes / 8; i++)
		image->p[i] = (uint8_t)random();
	for (unsigned i = 0; i < first; i++)
		image->ffr[i / 8] |= (uint8_t)(1 << i % 8);
}

static void compare(const char *what, unsigned count, unsigned bytes, const uint8_t *filled,
                    const uint8_t *found)
{
	for (unsigned n = 0; n < count; n++)
		if (memcmp(filled + n * bytes, found + n * bytes, bytes))
			check(false, "%s%u changed", what, n);
}

static void turn(struct member *member)
{
	static struct sve_image filled, found;
	unsigned bytes = (unsigned)length_of(member);

	fill(&filled, bytes);
	memset(&found, 0, sizeof found);
	sve_keep(&filled, &found, registers_until());
	compare("Z", 32, bytes, filled.z, found.z);
	compare("P", 16, bytes / 8, filled.p, found.p);
	compare("FFR of process ", 1, bytes / 8, filled.ffr, found.ffr);
	if (sve_length() != bytes)
		check(false, "the length was %u bytes and is %lu", bytes, (unsigned long)sve_length());
}

int main(int count, char **words)
{
	unsigned seconds = count > 1 ? (unsigned)atoi(words[1]) : 3, members, kinds = 0;
	const struct member *all;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		check_absent("SVE");
	long greatest = prctl(PR_SVE_SET_VL, SVE_BYTES_MAX) & PR_SVE_VL_LEN_MASK;
	all = crowd_rounds(begin, turn, seconds, &members);
	for (long length = 16; length <= greatest; length *= 2) {
		unsigned i = 0;

		while (i < members && length_of(&all[i]) != length)
			i++;
		kinds += i < members;
	}
	check(check_status() == CHECK_HELD, "each kept Z0 to Z31, P0 to P15 and FFR");
	check(kinds > 1 || greatest == 16, "%u vector lengths at once, the greatest %ld bytes", kinds,
	      greatest);
	return check_status();
}
