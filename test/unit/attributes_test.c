/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Combining of memory attributes against the Arm ARM's tables (D8.6), written out as tables of words; and what
 * each kind of mapping that EL2 makes means for a guest, whatever its stage 1 says.
 */
#include "alone.h"
#include "lib/bits.h"
#include "machine/attributes.h"
#include "machine/sysreg.h"

enum { MAIRS = 256 };
static const u8 shareabilities[] = {0, 2, 3};

/* --- the tables --- */

/* Rows: stage 1; columns: stage 2; both in the order NC, WT, WB. */
static const char *const cacheability[3][3] = {
	{"NC", "NC", "NC"},
	{"NC", "WT", "WT"},
	{"NC", "WT", "WB"},
};
static const char *const cacheability_words[] = {"NC", "WT", "WB"};

/* Rows and columns: nGnRnE, nGnRE, nGRE, GRE. */
static const char *const device[4][4] = {
	{"nGnRnE", "nGnRnE", "nGnRnE", "nGnRnE"},
	{"nGnRnE", "nGnRE", "nGnRE", "nGnRE"},
	{"nGnRnE", "nGnRE", "nGRE", "nGRE"},
	{"nGnRnE", "nGnRE", "nGRE", "GRE"},
};
static const char *const device_words[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};

/* Rows and columns: none, (reserved), outer, inner. */
static const u8 shareability[4][4] = {{0, 0, 2, 3}, {0, 0, 0, 0}, {2, 0, 2, 2}, {3, 0, 2, 3}};

/* MAIR's nibbles of Normal memory (D19.2.97): cacheability, with its hints and T for transient. */
static const char *const nibbles[16] = {
	NULL,    "WT-T-W", "WT-T-R", "WT-T-RW", "NC",    "WB-T-W", "WB-T-R", "WB-T-RW",
	"WT---", "WT---W", "WT---R", "WT---RW", "WB---", "WB---W", "WB---R", "WB---RW",
};

/* --- looking things up in them --- */

static u32 place(const char *const *words, u32 count, const char *word, u32 letters)
{
	for (u32 i = 0; i < count; i++)
		if (words[i] && !strncmp(words[i], word, letters ? letters : strlen(word) + 1))
			return i;
	fail_msg("%s is in no table", word);
	return 0;
}

static u8 nibble(const char *word) { return (u8)place(nibbles, 16, word, 0); }

/* What nibble of Normal memory has this cacheability, and the hints of `hints` (those of 0xf if it has none). */
static u8 with_hints(const char *what, u8 hints)
{
	char word[16];

	if (!strcmp(what, "NC"))
		return nibble("NC");
	snprintf(word, sizeof(word), "%s%s", what, nibbles[hints][2] ? nibbles[hints] + 2 : "---RW");
	return nibble(word);
}

static u8 one_nibble(u8 stage1, const char *stage2)
{
	u32 row = place(cacheability_words, 3, nibbles[stage1], 2);

	return with_hints(cacheability[row][place(cacheability_words, 3, stage2, 0)], stage1);
}

static u8 device_kind(const char *word) { return (u8)(place(device_words, 4, word, 0) << 2); }

static bool is_normal(u8 kind) { return kind >= 0x10; }

/* MemAttr without FWB: NULL for Device and for what is reserved. */
static const char *outer_of(u32 memattr)
{
	static const char *const words[] = {NULL, "NC", "WT", "WB"};

	return words[memattr >> 2];
}

static const char *inner_of(u32 memattr)
{
	static const char *const words[] = {NULL, "NC", "WT", "WB"};

	return words[memattr & 3];
}

static u8 expected_kind(u8 stage1, u32 memattr)
{
	if (is_normal(stage1) && outer_of(memattr))
		return (u8)(one_nibble(stage1 >> 4, outer_of(memattr)) << 4 |
		            one_nibble(stage1 & 15, inner_of(memattr)));
	if (is_normal(stage1))
		return device_kind(device_words[memattr & 3]);
	if (outer_of(memattr))
		return stage1;
	return device_kind(device[stage1 >> 2][memattr & 3]);
}

static u8 expected_kind_fwb(u8 stage1, u32 memattr)
{
	switch (memattr) {
	case 5:
		return is_normal(stage1) ? 0x44 : stage1;
	case 6:
		return is_normal(stage1)
		               ? (u8)(with_hints("WB", stage1 >> 4) << 4 | with_hints("WB", stage1 & 15))
		               : 0xff;
	case 7:
		return stage1;
	default:
		return is_normal(stage1) ? device_kind(device_words[memattr])
		                         : device_kind(device[stage1 >> 2][memattr]);
	}
}

static bool is_defined(u32 kind)
{
	return kind < 16 ? kind % 4 == 0 : nibbles[kind >> 4] && nibbles[kind & 15];
}

static bool memattr_is_defined(u32 memattr, u64 hcr)
{
	if (hcr & HCR_FWB)
		return memattr < 8 && memattr != 4;
	return memattr < 4 || inner_of(memattr);
}

static u64 leaf(u32 memattr, u32 sh) { return 1 | (u64)memattr << 2 | (u64)sh << 8; }

static struct attributes combined(u32 kind, u32 sh, u64 leaf, u64 hcr)
{
	return attributes_combine((struct attributes){(u8)kind, (u8)sh}, leaf, hcr);
}

/* --- the sweep --- */

static void check(u8 kind, u8 sh1, u32 memattr, u8 sh2, u64 hcr)
{
	struct attributes got = combined(kind, sh1, leaf(memattr, sh2), hcr);
	u8 one = hcr & HCR_DC ? 0xff : kind, sh = shareability[hcr & HCR_DC ? 0 : sh1][sh2];
	u8 want = hcr & HCR_FWB ? expected_kind_fwb(one, memattr) : expected_kind(one, memattr);

	if (hcr & HCR_CD && is_normal(want))
		want = 0x44;
	if (!is_normal(want) || want == 0x44)
		sh = 2;
	if (got.kind != want || got.shareability != sh)
		fail_msg("stage 1 %02x/%u, stage 2 %x/%u, HCR %lx: %02x/%u, not %02x/%u", kind, sh1, memattr,
		         sh2, hcr, got.kind, got.shareability, want, sh);
}

static void every_combination_is_the_tables(void **s)
{
	u64 hcr;

	(void)s;
	for (u32 choice = 0; choice < 8; choice++) {
		hcr = (choice & 1 ? HCR_CD : 0) | (choice & 2 ? HCR_DC : 0) | (choice & 4 ? HCR_FWB : 0);
		for (u32 kind = 0; kind < MAIRS; kind++)
			for (u32 memattr = 0; memattr < 16; memattr++)
				for (u32 pair = 0;
				     pair < 9 && is_defined(kind) && memattr_is_defined(memattr, hcr); pair++)
					check((u8)kind, shareabilities[pair / 3], memattr,
					      shareabilities[pair % 3], hcr);
	}
}

/* Tags are of write-back memory with all hints, and only if it is still that in the end (D10.2). */
static void tags_remain_where_write_back_does(void **s)
{
	(void)s;
	for (u32 choice = 0; choice < 8; choice++) {
		u64 hcr = (choice & 1 ? HCR_CD : 0) | (choice & 2 ? HCR_DC : 0) | (choice & 4 ? HCR_FWB : 0);

		for (u32 memattr = 0; memattr < 16; memattr++) {
			if (!memattr_is_defined(memattr, hcr))
				continue;
			struct attributes plain = combined(0xff, 3, leaf(memattr, 3), hcr);
			struct attributes tagged = combined(0xf0, 3, leaf(memattr, 3), hcr | HCR_DCT);

			assert_int_equal(tagged.kind, plain.kind == 0xff ? 0xf0 : plain.kind);
			assert_int_equal(tagged.shareability, plain.shareability);
		}
	}
	assert_int_equal(combined(0xf0, 3, leaf(0xf, 3), 0).kind, 0xf0);
	assert_int_equal(combined(0xf0, 3, leaf(6, 3), HCR_FWB).kind, 0xf0);
	assert_int_equal(combined(0xf0, 3, leaf(0xa, 3), 0).kind, 0xbb);
	assert_int_equal(combined(0x00, 2, leaf(6, 3), HCR_FWB).kind, 0xff); /* forced, but without */
	assert_int_equal(combined(0xf0, 3, leaf(0xf, 3), HCR_DC).kind, 0xff);
}

/* --- a few by hand, so that the tables are not trusted alone --- */

static void the_weaker_cacheability_wins_with_hints_of_stage_1(void **s)
{
	(void)s;
	assert_int_equal(combined(0xee, 3, leaf(0xf, 3), 0).kind, 0xee);
	assert_int_equal(combined(0xff, 3, leaf(0xa, 3), 0).kind, 0xbb);
	assert_int_equal(combined(0x77, 3, leaf(0xa, 3), 0).kind, 0x33); /* transient stays transient */
	assert_int_equal(combined(0xf4, 3, leaf(0xb, 3), 0).kind, 0xb4);
	assert_int_equal(combined(0xbb, 3, leaf(0x5, 3), 0).kind, 0x44);
}

static void device_wins_and_the_stricter_device(void **s)
{
	(void)s;
	assert_int_equal(combined(0xff, 3, leaf(0x3, 0), 0).kind, 0x0c);
	assert_int_equal(combined(0x44, 3, leaf(0x3, 0), 0).kind, 0x0c);
	assert_int_equal(combined(0x08, 3, leaf(0x5, 0), 0).kind, 0x08);
	assert_int_equal(combined(0x08, 3, leaf(0x1, 0), 0).kind, 0x04);
	assert_int_equal(combined(0x00, 3, leaf(0x3, 0), HCR_FWB).kind, 0x00);
}

static void what_is_not_cached_is_outer_shareable(void **s)
{
	(void)s;
	assert_int_equal(combined(0x44, 0, leaf(0xf, 0), 0).shareability, OUTER_SHAREABLE);
	assert_int_equal(combined(0x04, 3, leaf(0xf, 3), 0).shareability, OUTER_SHAREABLE);
	assert_int_equal(combined(0x4f, 0, leaf(0xf, 0), 0).shareability, NON_SHAREABLE);
	assert_int_equal(combined(0xff, 0, leaf(0xf, 3), 0).shareability, INNER_SHAREABLE);
}

static void forced_write_back_keeps_hints_that_are_there(void **s)
{
	(void)s;
	assert_int_equal(combined(0x00, 2, leaf(6, 3), HCR_FWB).kind, 0xff);
	assert_int_equal(combined(0x44, 2, leaf(6, 3), HCR_FWB).kind, 0xff);
	assert_int_equal(combined(0xa9, 2, leaf(6, 3), HCR_FWB).kind, 0xed);
	assert_int_equal(combined(0x14, 2, leaf(6, 3), HCR_FWB).kind, 0x5f);
}

static void dc_is_write_back_of_nobody_but_stage_2_s(void **s)
{
	(void)s;
	struct attributes off = attributes_combine(ATTRIBUTES_STAGE1_OFF, leaf(0xf, 3), HCR_DC);

	assert_int_equal(off.kind, 0xff);
	assert_int_equal(off.shareability, INNER_SHAREABLE);
	off = attributes_combine(ATTRIBUTES_STAGE1_OFF, leaf(0xf, 3), 0);
	assert_int_equal(off.kind, DEVICE_nGnRnE);
	assert_int_equal(off.shareability, OUTER_SHAREABLE);
}

static void cd_disables_caches_with_fwb_too(void **s)
{
	(void)s;
	assert_int_equal(combined(0xff, 3, leaf(6, 3), HCR_FWB | HCR_CD).kind, 0x44);
	assert_int_equal(combined(0xff, 3, leaf(1, 3), HCR_FWB | HCR_CD).kind, 0x04);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_is_the_tables),
		cmocka_unit_test(tags_remain_where_write_back_does),
		cmocka_unit_test(the_weaker_cacheability_wins_with_hints_of_stage_1),
		cmocka_unit_test(device_wins_and_the_stricter_device),
		cmocka_unit_test(what_is_not_cached_is_outer_shareable),
		cmocka_unit_test(forced_write_back_keeps_hints_that_are_there),
		cmocka_unit_test(dc_is_write_back_of_nobody_but_stage_2_s),
		cmocka_unit_test(cd_disables_caches_with_fwb_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
