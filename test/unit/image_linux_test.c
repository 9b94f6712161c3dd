/* SPDX-License-Identifier: Apache-2.0 */
/* arm64 Images: placed by their header, refused with the reason. */
#include "unit/described_image.h"

/* --- arm64 Image --- */

CASE(linux_goes_above_the_tree)
{
	make_linux(0, 3 * MIB, 0);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, 3 * MIB);
}

CASE(linux_text_offset_is_added)
{
	make_linux(0x80000, 3 * MIB, 10);
	describe_image("");
	placed(IMAGE_LINUX, 0x40280000, 0x40280000, 3 * MIB);
}

CASE(linux_may_fill_its_memory)
{
	make_linux(0, 14 * MIB, 0);
	describe_image("");
}

CASE(linux_one_byte_too_large_is_refused)
{
	make_linux(0, 14 * MIB + 1, 0);
	describe_image("/a: kernel needs 14680065 bytes at 0x40200000; memory = 16 MiB ends at 0x41000000; "
	               "accepted: memory = 18 MiB or more\n");
}

CASE(linux_text_offset_outside_memory_is_refused)
{
	make_linux(14 * MIB, MIB, 0);
	describe_image(
		"/a: kernel would be at 0x41000000; accepted: within its memory, 0x40000000 to 0x40ffffff\n");
}

CASE(linux_text_offset_that_wraps_is_refused)
{
	make_linux(~0xfffUL, MIB, 0);
	describe_image("/a: kernel: its arm64 Image header gives text_offset 0xfffffffffffff000; "
	               "accepted: a multiple of 4096 within its memory\n");
}

CASE(linux_text_offset_off_a_page_is_refused)
{
	make_linux(0x802, MIB, 0);
	describe_image("/a: kernel: its arm64 Image header gives text_offset 0x802; "
	               "accepted: a multiple of 4096 within its memory\n");
}

CASE(linux_image_size_that_wraps_is_refused)
{
	make_linux(0, ~0UL, 0);
	describe_image("/a: kernel needs 18446744073709551615 bytes at 0x40200000; memory = 16 MiB ends at "
	               "0x41000000; "
	               "accepted: memory = 1048576 MiB or more\n");
}

CASE(linux_file_longer_than_its_image_size_counts)
{
	make_linux(0, 100, 0);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, 4096);
}

CASE(linux_without_image_size_is_refused)
{
	make_linux(0x80000, 0, 0);
	describe_image("/a: kernel: its arm64 Image header gives no image_size, as before Linux 3.17; "
	               "accepted: a later kernel\n");
}

CASE(linux_big_endian_is_refused)
{
	make_linux(0, MIB, 1);
	describe_image("/a: kernel: a big-endian arm64 Image; accepted: little-endian\n");
}

CASE(linux_with_load_is_refused)
{
	describe_raw(0x40200000, 0x40200000,
	             "/a: load: the kernel is an arm64 Image, which says itself where it goes; "
	             "accepted: only with a raw image\n");
}

CASE(linux_with_entry_is_refused)
{
	open_node("a");
	kernel();
	cell("entry", 0x40200000);
	close_node();
	expect("/a: entry: the kernel is an arm64 Image, which says itself where it goes; "
	       "accepted: only with a raw image\n");
}

/* As Debian's: an EFI program, whose one section ends with the file. */
static void make_efi_linux(u32 section_end)
{
	make_linux(0, MIB, 10);
	put_le(0, 2, 0x5a4d);
	put_le(60, 4, 64);
	memcpy(image + 64, "PE\0\0", 4);
	put_le(64 + 6, 2, 1);
	put_le(64 + 20, 2, 16);
	put_le(64 + 24 + 16 + 16, 4, section_end - 256);
	put_le(64 + 24 + 16 + 20, 4, 256);
}

CASE(linux_with_efi_stub_is_accepted)
{
	make_efi_linux(4096);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, MIB);
}

CASE(linux_cut_short_is_truncated)
{
	make_efi_linux(4097);
	describe_image("/a: kernel: the arm64 Image is truncated: 4096 bytes of 4097 or more\n");
}

CASE(linux_cut_within_its_section_table_is_truncated)
{
	make_efi_linux(4096);
	image_size = 130;
	describe_image("/a: kernel: the arm64 Image is truncated: 130 bytes of 144 or more\n");
}

CASE(linux_cut_within_its_efi_header_is_truncated)
{
	make_efi_linux(4096);
	image_size = 70;
	describe_image("/a: kernel: the arm64 Image is truncated: 70 bytes of 88 or more\n");
}

CASE(linux_efi_header_far_away_is_truncated)
{
	make_efi_linux(4096);
	put_le(60, 4, 0xffffffff);
	describe_image("/a: kernel: the arm64 Image is truncated: 4096 bytes of 4294967319 or more\n");
}

CASE(linux_without_a_pe_signature_is_taken_as_it_is)
{
	make_efi_linux(4097);
	image[64] = 'X';
	describe_image("");
}

CASE(linux_cut_within_its_header_is_no_image)
{
	make_linux(0, MIB, 0);
	image_size = 63;
	describe_image("/a: kernel: 63 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" "
	               "at byte 56), "
	               "an ELF64, or a raw image with load and entry\n");
}

CASE(linux_page_size_is_read)
{
	static const u32 pages[] = {0, 4, 16, 64};
	struct sink sink = {put_error};
	struct report report;
	struct image out;

	report_start(&report, &sink);
	for (u32 i = 0; i < 4; i++) {
		struct image_request request = {.memory = 16 * MIB};

		make_linux(0, MIB, i << 1);
		request.file = (struct blob){.bytes = image, .size = image_size};
		assert_true(image_read(&report, &request, &out));
		assert_int_equal(out.page_kib, pages[i]);
	}
}

static const struct CMUnitTest tests[] = {
	TEST(linux_goes_above_the_tree),
	TEST(linux_text_offset_is_added),
	TEST(linux_may_fill_its_memory),
	TEST(linux_one_byte_too_large_is_refused),
	TEST(linux_text_offset_outside_memory_is_refused),
	TEST(linux_text_offset_that_wraps_is_refused),
	TEST(linux_text_offset_off_a_page_is_refused),
	TEST(linux_image_size_that_wraps_is_refused),
	TEST(linux_file_longer_than_its_image_size_counts),
	TEST(linux_without_image_size_is_refused),
	TEST(linux_big_endian_is_refused),
	TEST(linux_with_load_is_refused),
	TEST(linux_with_entry_is_refused),
	TEST(linux_with_efi_stub_is_accepted),
	TEST(linux_cut_short_is_truncated),
	TEST(linux_cut_within_its_section_table_is_truncated),
	TEST(linux_cut_within_its_efi_header_is_truncated),
	TEST(linux_efi_header_far_away_is_truncated),
	TEST(linux_without_a_pe_signature_is_taken_as_it_is),
	TEST(linux_cut_within_its_header_is_no_image),
	TEST(linux_page_size_is_read),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
