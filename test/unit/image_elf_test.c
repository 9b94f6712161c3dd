/* SPDX-License-Identifier: Apache-2.0 */
/* ELF64 images: placed by their segments, refused with the reason. */
#include "unit/described_image.h"

/* --- ELF64 --- */

CASE(elf_goes_where_it_says)
{
	struct image_segment segment;

	make_elf(3, 0x40300010);
	elf_segment(0, 4096, 0x40300000, 1000, 5000);
	put_le(ELF_SEGMENTS + ELF_SEGMENT_SIZE, 4, 2); /* PT_DYNAMIC: not loaded */
	elf_segment(2, 5096, 0x40280000, 96, 96);
	describe_image("");
	placed(IMAGE_ELF, 0x40280000, 0x40300010, 0x80000 + 5000);
	assert_true(image_segment(vm, 0, &segment));
	assert_int_equal(segment.to.value, 0x40300000);
	assert_ptr_equal(segment.file.bytes, vm->kernel.bytes + 4096);
	assert_int_equal(segment.file.size, 1000);
	assert_int_equal(segment.size, 5000);
	assert_true(image_segment(vm, 1, &segment));
	assert_int_equal(segment.to.value, 0x40280000);
	assert_int_equal(segment.file.size, 96);
	assert_false(image_segment(vm, 2, &segment));
}

CASE(elf_entry_is_translated)
{
	make_elf(1, 0xffff000000001004);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	put_le(ELF_SEGMENTS + 16, 8, 0xffff000000001000);
	describe_image("");
	placed(IMAGE_ELF, 0x40300000, 0x40300004, 100);
}

CASE(elf_of_type_dyn_is_accepted)
{
	make_elf(1, 0x40300000);
	put_le(16, 2, 3);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("");
}

CASE(elf_outside_memory_is_refused)
{
	make_elf(1, 0x80000);
	elf_segment(0, 4096, 0x80000, 100, 100);
	describe_image("/a: kernel: ELF segment 0 would be at 0x80000; accepted: within its memory, "
	               "0x40000000 to 0x40ffffff\n");
}

CASE(elf_larger_than_memory_is_refused)
{
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 14 * MIB);
	describe_image(
		"/a: kernel: ELF segment 0 needs 14680064 bytes at 0x40300000; memory = 16 MiB ends at "
		"0x41000000; accepted: memory = 18 MiB or more\n");
}

CASE(elf_over_the_tree_names_both)
{
	make_elf(1, 0x4000f000);
	elf_segment(0, 4096, 0x4000f000, 100, 8192);
	describe_image("/a: kernel: ELF segment 0 (0x4000f000 to 0x40010fff) overlaps its device tree "
	               "(0x40000000 to "
	               "0x4000ffff); accepted: 0x40010000 or above\n");
}

CASE(elf_segments_that_overlap_name_both)
{
	make_elf(2, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 4096);
	elf_segment(1, 4096, 0x40300fff, 100, 100);
	describe_image(
		"/a: kernel: ELF segment 1 (0x40300fff to 0x40301062) overlaps segment 0 (0x40300000 to "
		"0x40300fff); accepted: apart\n");
}

CASE(elf_segments_that_touch_are_accepted)
{
	make_elf(2, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 4096);
	elf_segment(1, 4096, 0x40301000, 100, 100);
	describe_image("");
}

CASE(elf_cut_within_a_segment_is_truncated)
{
	make_elf(1, 0x40300000);
	elf_segment(0, 8000, 0x40300000, 193, 193);
	describe_image("/a: kernel: ELF segment 0 is truncated: 193 bytes at byte 8000 of a file of 8192\n");
}

CASE(elf_segment_offset_that_wraps_is_truncated)
{
	make_elf(1, 0x40300000);
	elf_segment(0, ~0UL, 0x40300000, 16, 16);
	describe_image("/a: kernel: ELF segment 0 is truncated: 16 bytes at byte 18446744073709551615 of a "
	               "file of 8192\n");
}

CASE(elf_segment_size_that_wraps_is_refused)
{
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 16, ~0UL);
	describe_image("/a: kernel: ELF segment 0 needs 18446744073709551615 bytes at 0x40300000; memory = "
	               "16 MiB ends at "
	               "0x41000000; accepted: memory = 1048576 MiB or more\n");
}

CASE(elf_cut_within_its_header_is_truncated)
{
	make_elf(1, 0x40300000);
	image_size = 63;
	describe_image("/a: kernel: the ELF is truncated: 63 bytes of 64 or more\n");
}

CASE(elf_cut_within_its_program_headers_is_truncated)
{
	make_elf(2, 0x40300000);
	image_size = 175;
	describe_image(
		"/a: kernel: the ELF is truncated: its program headers end at byte 176, the file at 175\n");
}

CASE(elf_program_headers_far_away_are_truncated)
{
	make_elf(1, 0x40300000);
	put_le(32, 8, ~0UL);
	describe_image(
		"/a: kernel: the ELF is truncated: its program headers end at byte 18446744073709551615, "
		"the file at 8192\n");
}

CASE(elf_with_more_in_the_file_than_in_memory_is_refused)
{
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 101, 100);
	describe_image(
		"/a: kernel: ELF segment 0 has 101 bytes in the file for 100 in memory; accepted: no more\n");
}

CASE(elf_entry_outside_its_segments_is_refused)
{
	make_elf(1, 0x40300064);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("/a: kernel: the ELF's entry 0x40300064; accepted: a multiple of 4 within one of its "
	               "segments\n");
}

CASE(elf_entry_off_an_instruction_is_refused)
{
	make_elf(1, 0x40300002);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("/a: kernel: the ELF's entry 0x40300002; accepted: a multiple of 4 within one of its "
	               "segments\n");
}

CASE(elf_for_another_machine_is_refused)
{
	make_elf(1, 0);
	put_le(18, 2, 62);
	describe_image(
		"/a: kernel: a 64-bit little-endian ELF for machine 62; accepted: 64-bit little-endian for "
		"machine 183 (AArch64)\n");
}

CASE(elf_of_32_bits_is_refused)
{
	make_elf(1, 0);
	image[4] = 1;
	put_le(18, 2, 40);
	describe_image(
		"/a: kernel: a 32-bit little-endian ELF for machine 40; accepted: 64-bit little-endian for "
		"machine 183 (AArch64)\n");
}

CASE(elf_big_endian_is_refused)
{
	make_elf(1, 0);
	image[5] = 2;
	describe_image(
		"/a: kernel: a 64-bit big-endian ELF for machine 183; accepted: 64-bit little-endian for "
		"machine 183 (AArch64)\n");
}

CASE(elf_object_is_refused)
{
	make_elf(1, 0);
	put_le(16, 2, 1);
	describe_image("/a: kernel: an ELF of type 1; accepted: an executable (2 or 3)\n");
}

CASE(elf_without_program_headers_is_refused)
{
	make_elf(0, 0);
	describe_image("/a: kernel: an ELF with 0 program headers of 56 bytes; accepted: 1 to 64 of 56\n");
}

CASE(elf_with_too_many_program_headers_is_refused)
{
	make_elf(65, 0);
	describe_image("/a: kernel: an ELF with 65 program headers of 56 bytes; accepted: 1 to 64 of 56\n");
}

CASE(elf_with_other_program_headers_is_refused)
{
	make_elf(1, 0);
	put_le(54, 2, 32);
	describe_image("/a: kernel: an ELF with 1 program headers of 32 bytes; accepted: 1 to 64 of 56\n");
}

CASE(elf_with_nothing_to_load_is_refused)
{
	make_elf(2, 0);
	elf_segment(0, 4096, 0x40300000, 0, 0);
	describe_image("/a: kernel: an ELF with nothing to load; accepted: a PT_LOAD segment or more\n");
}

CASE(elf_with_load_is_refused)
{
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_raw(0x40300000, 0x40300000,
	             "/a: load: the kernel is an ELF64, which says itself where it goes; "
	             "accepted: only with a raw image\n");
}

CASE(elf_with_64_segments_is_accepted)
{
	struct image_segment segment;

	make_elf(64, 0x40300000);
	for (u32 i = 0; i < 64; i++)
		elf_segment(i, 4096, 0x40300000 + i * 4096, 16, 4096);
	describe_image("");
	assert_true(image_segment(vm, 63, &segment));
	assert_int_equal(segment.to.value, 0x4033f000);
	assert_false(image_segment(vm, 64, &segment));
}

static const struct CMUnitTest tests[] = {
	TEST(elf_goes_where_it_says),
	TEST(elf_entry_is_translated),
	TEST(elf_of_type_dyn_is_accepted),
	TEST(elf_outside_memory_is_refused),
	TEST(elf_larger_than_memory_is_refused),
	TEST(elf_over_the_tree_names_both),
	TEST(elf_segments_that_overlap_name_both),
	TEST(elf_segments_that_touch_are_accepted),
	TEST(elf_cut_within_a_segment_is_truncated),
	TEST(elf_segment_offset_that_wraps_is_truncated),
	TEST(elf_segment_size_that_wraps_is_refused),
	TEST(elf_cut_within_its_header_is_truncated),
	TEST(elf_cut_within_its_program_headers_is_truncated),
	TEST(elf_program_headers_far_away_are_truncated),
	TEST(elf_with_more_in_the_file_than_in_memory_is_refused),
	TEST(elf_entry_outside_its_segments_is_refused),
	TEST(elf_entry_off_an_instruction_is_refused),
	TEST(elf_for_another_machine_is_refused),
	TEST(elf_of_32_bits_is_refused),
	TEST(elf_big_endian_is_refused),
	TEST(elf_object_is_refused),
	TEST(elf_without_program_headers_is_refused),
	TEST(elf_with_too_many_program_headers_is_refused),
	TEST(elf_with_other_program_headers_is_refused),
	TEST(elf_with_nothing_to_load_is_refused),
	TEST(elf_with_load_is_refused),
	TEST(elf_with_64_segments_is_accepted),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
