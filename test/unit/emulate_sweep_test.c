/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores by chance: words of their encoding space, what the distribution's disassembler calls them, and the
 * interpreter of that text. What it does not understand no decoder may perform.
 */
#include "emulate_world.h"

#include <ctype.h>

enum { WORDS = 60000 };

static u32 random_word(void)
{
	static u64 state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 16);
}

/* In the space of loads and stores, X0 the base; every third among the structures, the ordered or the pairs. */
static u32 load_or_store(u32 n)
{
	static const u32 groups[] = {0x0c000000, 0x0d000000, 0x08000000, 0x19000000, 0x38200000, 0x28000000};
	u32 word = ((random_word() & ~0x0a000000U) | 0x08000000) & ~(31U << 5);

	if (n % 3 == 0)
		word = (word & ~0x3f000000U) | groups[random_word() % ARRAY_COUNT(groups)];
	if (n % 2 == 0)
		word &= ~0x001e0000U; /* Rm 0 or 1: as many forms have it */
	return word;
}

/* What the disassembler does not know: features newer than it, bits that should be one, pairs into one register. */
static bool is_unknown_to_it(u32 word)
{
	static const struct {
		u32 mask, value;
	} known[] = {
		{0x3fa00000, 0x08800000}, {0x3f200c00, 0x1d000800}, {0x3fa00c00, 0x19000800},
		{0xbfbffc00, 0x99800800}, {0xfe400000, 0x68400000}, {0xbfbffc00, 0x0d018400},
	};

	for (u32 i = 0; i < ARRAY_COUNT(known); i++)
		if ((word & known[i].mask) == known[i].value)
			return true;
	return false;
}

/* Sizes of FEAT_LRCPC3 that do not exist, but in newer disassemblers. */
static bool is_invented(u32 word) { return (word & 0xbf200c00) == 0x19000800; }

/* The disassembler writes the target of a literal, counted from the first word. */
static void make_relative(char *text, u64 at)
{
	char *target = strstr(text, ", 0x");

	if (target)
		sprintf(target, ", .%+ld", (long)(strtoul(target + 2, NULL, 16) - at));
}

static struct a64_state with_small_indices(void)
{
	struct a64_state s = fresh(MIDDLE);

	for (u32 i = 1; i < 31; i++)
		s.x[i] = 8 * i;
	return s;
}

/* What of the architecture's choices the model makes otherwise: a load into its own base, written back. */
static bool is_open(const struct decode *d)
{
	return !d->write && !d->vector && d->mode != DECODE_OFFSET &&
	       (d->rt[0] == 0 || (d->registers > 1 && d->rt[1] == 0));
}

static bool compare(u32 word, const char *text)
{
	static u8 after[sizeof(bytes)];
	const struct a64_memory memory = {DEVICE, sizeof(after), after};
	struct a64_state s = with_small_indices();
	struct decode d = decode(word);
	struct a64_effect e;

	if ((strstr(text, "undefined") && is_unknown_to_it(word)) || is_invented(word))
		return false;
	if (a64_model_address(text, &s, &e) != (d.kind == DECODE_ACCESS))
		fail_msg("%08x %s: kind %u", word, text, d.kind);
	memcpy(after, bytes, sizeof(bytes));
	if (d.kind != DECODE_ACCESS || is_open(&d))
		return false;
	struct a64_state before = s;

	if (!a64_model_execute(text, &s, &memory, &e))
		return false; /* the literal is elsewhere */
	put_code(word);
	give(&before);
	faults(v, BLIND(e.write), e.address, e.address);
	is(&s, text);
	assert_memory_equal(bytes, after, sizeof(bytes));
	return true;
}

static void random_words_do_what_the_disassembler_says(void **s)
{
	char name[] = "/tmp/corbel-words-XXXXXX", command[200], line[200], text[160];
	FILE *words = fdopen(mkstemp(name), "w");
	u32 performed = 0, lines = 0, at, word;

	(void)s;
	for (u32 i = 0; i < WORDS; i++) {
		word = load_or_store(i);
		assert_int_equal(fwrite(&word, 4, 1, words), 1);
	}
	fclose(words);
	snprintf(command, sizeof(command), A64_OBJDUMP " -D -b binary -m aarch64 %s", name);
	FILE *listing = popen(command, "r");

	while (fgets(line, sizeof(line), listing))
		if (sscanf(line, " %x: %x %159[^\n/]", &at, &word, text) == 3) {
			for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
				*--end = 0;
			make_relative(text, at);
			performed += compare(word, text);
			lines++;
		}
	assert_int_equal(pclose(listing), 0);
	unlink(name);
	assert_int_equal(lines, WORDS);
	assert_true(performed > WORDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(random_words_do_what_the_disassembler_says),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
