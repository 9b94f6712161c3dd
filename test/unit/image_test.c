/* SPDX-License-Identifier: Apache-2.0 */
/* Image kinds through describe(): each is told by its magic, placed by its header, refused with its reason. */
#include "unit/description.h"
#include "monitor/image.h"

#define TEST(name) cmocka_unit_test_setup(name, start)

static const struct vm_description *const vm = result.vms;

/* One VM of 16 MiB with the image. */
static void describe_image(const char *wanted)
{
	open_node("a");
	text("memory", "16M");
	kernel();
	close_node();
	expect(wanted);
	assert_int_equal(vm->refused, wanted[0] != 0);
}

/* The same, raw. */
static void describe_raw(u64 load, u64 entry, const char *wanted)
{
	open_node("a");
	text("memory", "16M");
	kernel();
	pair("load", load);
	pair("entry", entry);
	close_node();
	expect(wanted);
	assert_int_equal(vm->refused, wanted[0] != 0);
}

static void placed(enum image_kind kind, u64 load, u64 entry, u64 footprint)
{
	assert_int_equal(vm->kind, kind);
	assert_int_equal(vm->load.value, load);
	assert_int_equal(vm->entry.value, entry);
	assert_int_equal(vm->footprint, footprint);
}

/* --- arm64 Image --- */

static void linux_goes_above_the_tree(void **state)
{
	(void)state;
	make_linux(0, 3 * MIB, 0);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, 3 * MIB);
}

static void linux_text_offset_is_added(void **state)
{
	(void)state;
	make_linux(0x80000, 3 * MIB, 10);
	describe_image("");
	placed(IMAGE_LINUX, 0x40280000, 0x40280000, 3 * MIB);
}

static void linux_may_fill_its_memory(void **state)
{
	(void)state;
	make_linux(0, 14 * MIB, 0);
	describe_image("");
}

static void linux_one_byte_too_large_is_refused(void **state)
{
	(void)state;
	make_linux(0, 14 * MIB + 1, 0);
	describe_image("/a: kernel needs 14680065 bytes at 0x40200000; memory = 16 MiB ends at 0x41000000; "
		       "accepted: memory = 18 MiB or more\n");
}

static void linux_text_offset_outside_memory_is_refused(void **state)
{
	(void)state;
	make_linux(14 * MIB, MIB, 0);
	describe_image("/a: kernel would be at 0x41000000; accepted: within its memory, 0x40000000 to 0x40ffffff\n");
}

static void linux_text_offset_that_wraps_is_refused(void **state)
{
	(void)state;
	make_linux(~0xfffUL, MIB, 0);
	describe_image("/a: kernel: its arm64 Image header gives text_offset 0xfffffffffffff000; "
		       "accepted: a multiple of 4096 within its memory\n");
}

static void linux_text_offset_off_a_page_is_refused(void **state)
{
	(void)state;
	make_linux(0x802, MIB, 0);
	describe_image("/a: kernel: its arm64 Image header gives text_offset 0x802; "
		       "accepted: a multiple of 4096 within its memory\n");
}

static void linux_image_size_that_wraps_is_refused(void **state)
{
	(void)state;
	make_linux(0, ~0UL, 0);
	describe_image("/a: kernel needs 18446744073709551615 bytes at 0x40200000; memory = 16 MiB ends at 0x41000000; "
		       "accepted: memory = 1048576 MiB or more\n");
}

static void linux_file_longer_than_its_image_size_counts(void **state)
{
	(void)state;
	make_linux(0, 100, 0);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, 4096);
}

static void linux_without_image_size_is_refused(void **state)
{
	(void)state;
	make_linux(0x80000, 0, 0);
	describe_image("/a: kernel: its arm64 Image header gives no image_size, as before Linux 3.17; "
		       "accepted: a later kernel\n");
}

static void linux_big_endian_is_refused(void **state)
{
	(void)state;
	make_linux(0, MIB, 1);
	describe_image("/a: kernel: a big-endian arm64 Image; accepted: little-endian\n");
}

static void linux_with_load_is_refused(void **state)
{
	(void)state;
	describe_raw(0x40200000, 0x40200000,
		     "/a: load: the kernel is an arm64 Image, which says itself where it goes; "
		     "accepted: only with a raw image\n");
}

static void linux_with_entry_is_refused(void **state)
{
	(void)state;
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

static void linux_with_efi_stub_is_accepted(void **state)
{
	(void)state;
	make_efi_linux(4096);
	describe_image("");
	placed(IMAGE_LINUX, 0x40200000, 0x40200000, MIB);
}

static void linux_cut_short_is_truncated(void **state)
{
	(void)state;
	make_efi_linux(4097);
	describe_image("/a: kernel: the arm64 Image is truncated: 4096 bytes of 4097 or more\n");
}

static void linux_cut_within_its_section_table_is_truncated(void **state)
{
	(void)state;
	make_efi_linux(4096);
	image_size = 130;
	describe_image("/a: kernel: the arm64 Image is truncated: 130 bytes of 144 or more\n");
}

static void linux_cut_within_its_efi_header_is_truncated(void **state)
{
	(void)state;
	make_efi_linux(4096);
	image_size = 70;
	describe_image("/a: kernel: the arm64 Image is truncated: 70 bytes of 88 or more\n");
}

static void linux_efi_header_far_away_is_truncated(void **state)
{
	(void)state;
	make_efi_linux(4096);
	put_le(60, 4, 0xffffffff);
	describe_image("/a: kernel: the arm64 Image is truncated: 4096 bytes of 4294967319 or more\n");
}

static void linux_without_a_pe_signature_is_taken_as_it_is(void **state)
{
	(void)state;
	make_efi_linux(4097);
	image[64] = 'X';
	describe_image("");
}

static void linux_cut_within_its_header_is_no_image(void **state)
{
	(void)state;
	make_linux(0, MIB, 0);
	image_size = 63;
	describe_image("/a: kernel: 63 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at byte 56), "
		       "an ELF64, or a raw image with load and entry\n");
}

static void linux_page_size_is_read(void **state)
{
	static const u32 pages[] = {0, 4, 16, 64};
	struct sink sink = {put_error};
	struct report report;
	struct image out;

	(void)state;
	report_start(&report, &sink);
	for (u32 i = 0; i < 4; i++) {
		struct image_request request = {.memory = 16 * MIB};

		make_linux(0, MIB, i << 1);
		request.file = (struct blob){.bytes = image, .size = image_size};
		assert_true(image_read(&report, &request, &out));
		assert_int_equal(out.page_kib, pages[i]);
	}
}

/* --- ELF64 --- */

static void elf_goes_where_it_says(void **state)
{
	struct image_segment segment;

	(void)state;
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

static void elf_entry_is_translated(void **state)
{
	(void)state;
	make_elf(1, 0xffff000000001004);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	put_le(ELF_SEGMENTS + 16, 8, 0xffff000000001000);
	describe_image("");
	placed(IMAGE_ELF, 0x40300000, 0x40300004, 100);
}

static void elf_of_type_dyn_is_accepted(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	put_le(16, 2, 3);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("");
}

static void elf_outside_memory_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x80000);
	elf_segment(0, 4096, 0x80000, 100, 100);
	describe_image("/a: kernel: ELF segment 0 would be at 0x80000; accepted: within its memory, "
		       "0x40000000 to 0x40ffffff\n");
}

static void elf_larger_than_memory_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 14 * MIB);
	describe_image("/a: kernel: ELF segment 0 needs 14680064 bytes at 0x40300000; memory = 16 MiB ends at "
		       "0x41000000; accepted: memory = 18 MiB or more\n");
}

static void elf_over_the_tree_names_both(void **state)
{
	(void)state;
	make_elf(1, 0x4000f000);
	elf_segment(0, 4096, 0x4000f000, 100, 8192);
	describe_image("/a: kernel: ELF segment 0 (0x4000f000 to 0x40010fff) overlaps its device tree (0x40000000 to "
		       "0x4000ffff); accepted: 0x40010000 or above\n");
}

static void elf_segments_that_overlap_name_both(void **state)
{
	(void)state;
	make_elf(2, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 4096);
	elf_segment(1, 4096, 0x40300fff, 100, 100);
	describe_image("/a: kernel: ELF segment 1 (0x40300fff to 0x40301062) overlaps segment 0 (0x40300000 to "
		       "0x40300fff); accepted: apart\n");
}

static void elf_segments_that_touch_are_accepted(void **state)
{
	(void)state;
	make_elf(2, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 4096);
	elf_segment(1, 4096, 0x40301000, 100, 100);
	describe_image("");
}

static void elf_cut_within_a_segment_is_truncated(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, 8000, 0x40300000, 193, 193);
	describe_image("/a: kernel: ELF segment 0 is truncated: 193 bytes at byte 8000 of a file of 8192\n");
}

static void elf_segment_offset_that_wraps_is_truncated(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, ~0UL, 0x40300000, 16, 16);
	describe_image("/a: kernel: ELF segment 0 is truncated: 16 bytes at byte 18446744073709551615 of a file of 8192\n");
}

static void elf_segment_size_that_wraps_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 16, ~0UL);
	describe_image("/a: kernel: ELF segment 0 needs 18446744073709551615 bytes at 0x40300000; memory = 16 MiB ends at "
		       "0x41000000; accepted: memory = 1048576 MiB or more\n");
}

static void elf_cut_within_its_header_is_truncated(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	image_size = 63;
	describe_image("/a: kernel: the ELF is truncated: 63 bytes of 64 or more\n");
}

static void elf_cut_within_its_program_headers_is_truncated(void **state)
{
	(void)state;
	make_elf(2, 0x40300000);
	image_size = 175;
	describe_image("/a: kernel: the ELF is truncated: its program headers end at byte 176, the file at 175\n");
}

static void elf_program_headers_far_away_are_truncated(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	put_le(32, 8, ~0UL);
	describe_image("/a: kernel: the ELF is truncated: its program headers end at byte 18446744073709551615, "
		       "the file at 8192\n");
}

static void elf_with_more_in_the_file_than_in_memory_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 101, 100);
	describe_image("/a: kernel: ELF segment 0 has 101 bytes in the file for 100 in memory; accepted: no more\n");
}

static void elf_entry_outside_its_segments_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300064);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("/a: kernel: the ELF's entry 0x40300064; accepted: a multiple of 4 within one of its segments\n");
}

static void elf_entry_off_an_instruction_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300002);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_image("/a: kernel: the ELF's entry 0x40300002; accepted: a multiple of 4 within one of its segments\n");
}

static void elf_for_another_machine_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0);
	put_le(18, 2, 62);
	describe_image("/a: kernel: a 64-bit little-endian ELF for machine 62; accepted: 64-bit little-endian for "
		       "machine 183 (AArch64)\n");
}

static void elf_of_32_bits_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0);
	image[4] = 1;
	put_le(18, 2, 40);
	describe_image("/a: kernel: a 32-bit little-endian ELF for machine 40; accepted: 64-bit little-endian for "
		       "machine 183 (AArch64)\n");
}

static void elf_big_endian_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0);
	image[5] = 2;
	describe_image("/a: kernel: a 64-bit big-endian ELF for machine 183; accepted: 64-bit little-endian for "
		       "machine 183 (AArch64)\n");
}

static void elf_object_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0);
	put_le(16, 2, 1);
	describe_image("/a: kernel: an ELF of type 1; accepted: an executable (2 or 3)\n");
}

static void elf_without_program_headers_is_refused(void **state)
{
	(void)state;
	make_elf(0, 0);
	describe_image("/a: kernel: an ELF with 0 program headers of 56 bytes; accepted: 1 to 64 of 56\n");
}

static void elf_with_too_many_program_headers_is_refused(void **state)
{
	(void)state;
	make_elf(65, 0);
	describe_image("/a: kernel: an ELF with 65 program headers of 56 bytes; accepted: 1 to 64 of 56\n");
}

static void elf_with_other_program_headers_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0);
	put_le(54, 2, 32);
	describe_image("/a: kernel: an ELF with 1 program headers of 32 bytes; accepted: 1 to 64 of 56\n");
}

static void elf_with_nothing_to_load_is_refused(void **state)
{
	(void)state;
	make_elf(2, 0);
	elf_segment(0, 4096, 0x40300000, 0, 0);
	describe_image("/a: kernel: an ELF with nothing to load; accepted: a PT_LOAD segment or more\n");
}

static void elf_with_load_is_refused(void **state)
{
	(void)state;
	make_elf(1, 0x40300000);
	elf_segment(0, 4096, 0x40300000, 100, 100);
	describe_raw(0x40300000, 0x40300000, "/a: load: the kernel is an ELF64, which says itself where it goes; "
					     "accepted: only with a raw image\n");
}

static void elf_with_64_segments_is_accepted(void **state)
{
	struct image_segment segment;

	(void)state;
	make_elf(64, 0x40300000);
	for (u32 i = 0; i < 64; i++)
		elf_segment(i, 4096, 0x40300000 + i * 4096, 16, 4096);
	describe_image("");
	assert_true(image_segment(vm, 63, &segment));
	assert_int_equal(segment.to.value, 0x4033f000);
	assert_false(image_segment(vm, 64, &segment));
}

/* --- raw --- */

static void raw_goes_where_it_is_told(void **state)
{
	struct image_segment segment;

	(void)state;
	make_raw(4096);
	describe_raw(0x40010000, 0x40010ffc, "");
	placed(IMAGE_RAW, 0x40010000, 0x40010ffc, 4096);
	assert_true(image_segment(vm, 0, &segment));
	assert_int_equal(segment.to.value, 0x40010000);
	assert_int_equal(segment.size, 4096);
	assert_int_equal(segment.file.size, 4096);
	assert_false(image_segment(vm, 1, &segment));
}

static void raw_may_end_with_its_memory(void **state)
{
	(void)state;
	make_raw(4096);
	describe_raw(0x40fff000, 0x40fff000, "");
}

static void raw_without_entry_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	open_node("a");
	kernel();
	cell("load", 0x40200000);
	close_node();
	expect("/a: entry is missing: a raw image needs both load and entry\n");
}

static void raw_without_load_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	open_node("a");
	kernel();
	cell("entry", 0x40200000);
	close_node();
	expect("/a: load is missing: a raw image needs both load and entry\n");
}

static void raw_over_the_tree_names_both(void **state)
{
	(void)state;
	make_raw(4096);
	describe_raw(0x40000000, 0x40000000, "/a: kernel (0x40000000 to 0x40000fff) overlaps its device tree (0x40000000 "
					     "to 0x4000ffff); accepted: 0x40010000 or above\n");
}

static void raw_below_memory_is_refused(void **state)
{
	(void)state;
	make_raw(4096);
	describe_raw(0, 0, "/a: kernel would be at 0x0; accepted: within its memory, 0x40000000 to 0x40ffffff\n");
}

static void raw_beyond_memory_is_refused(void **state)
{
	(void)state;
	make_raw(4096);
	describe_raw(0x40fff001, 0x40fff004, "/a: kernel needs 4096 bytes at 0x40fff001; memory = 16 MiB ends at 0x41000000; "
					     "accepted: memory = 18 MiB or more\n");
}

static void raw_entry_before_the_image_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	describe_raw(0x40200000, 0x401ffffc, "/a: entry: 0x401ffffc; accepted: a multiple of 4 within the image, "
					     "0x40200000 to 0x4020003f\n");
}

static void raw_entry_behind_the_image_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	describe_raw(0x40200000, 0x40200040, "/a: entry: 0x40200040; accepted: a multiple of 4 within the image, "
					     "0x40200000 to 0x4020003f\n");
}

static void raw_entry_off_an_instruction_is_refused(void **state)
{
	(void)state;
	make_raw(64);
	describe_raw(0x40200000, 0x40200002, "/a: entry: 0x40200002; accepted: a multiple of 4 within the image, "
					     "0x40200000 to 0x4020003f\n");
}

static void raw_module_is_believed_unseen(void **state)
{
	(void)state;
	open_node("a");
	cell("load", 0x40200000);
	cell("entry", 0x40200000);
	module("m", "multiboot,kernel", 0x48000000, MIB);
	close_node();
	expect("");
	placed(IMAGE_RAW, 0x40200000, 0x40200000, MIB);
}

/* --- what is no image --- */

static void bad_magic(u32 at, const char *magic, u32 size, const char *wanted)
{
	make_raw(4096);
	memcpy(image + at, magic, size);
	describe_image(wanted);
}

static void text_is_no_image(void **state)
{
	(void)state;
	bad_magic(0, "hello", 5, "/a: kernel: 4096 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at "
				 "byte 56), an ELF64, or a raw image with load and entry\n");
}

static void gzip_is_unpacked_on_the_host(void **state)
{
	(void)state;
	bad_magic(0, "\x1f\x8b\x08", 3, "/a: kernel: the image is gzip'd; EL2 holds no decompressor; unpack it on the host "
					"('./corbel run' does)\n");
}

static void gzip_is_not_raw_either(void **state)
{
	(void)state;
	make_raw(4096);
	memcpy(image, "\x1f\x8b\x08", 3);
	describe_raw(0x40200000, 0x40200000, "/a: kernel: the image is gzip'd; EL2 holds no decompressor; unpack it on the "
					     "host ('./corbel run' does)\n");
}

static void zboot_is_unpacked_on_the_host(void **state)
{
	(void)state;
	bad_magic(0, "MZ\0\0zimg", 8, "/a: kernel: the image is an EFI zboot kernel (compressed); EL2 holds no decompressor; "
				      "unpack it on the host, or build with CONFIG_EFI_ZBOOT=n\n");
}

static void zstd_is_told(void **state)
{
	(void)state;
	bad_magic(0, "\x28\xb5\x2f\xfd", 4, "/a: kernel: the image is compressed with zstd; EL2 holds no decompressor; unpack "
					    "it on the host\n");
}

static void xz_is_told(void **state)
{
	(void)state;
	bad_magic(0, "\xfd" "7zXZ\0", 6, "/a: kernel: the image is compressed with xz; EL2 holds no decompressor; unpack it on "
					"the host\n");
}

static void x86_kernel_is_told(void **state)
{
	(void)state;
	bad_magic(0x202, "HdrS", 4, "/a: kernel: the image is a Linux kernel for x86; accepted: a 64-bit Arm kernel\n");
}

static void arm32_kernel_is_told(void **state)
{
	(void)state;
	bad_magic(0x24, "\x18\x28\x6f\x01", 4, "/a: kernel: the image is a Linux zImage for 32-bit Arm; accepted: a 64-bit "
					       "Arm kernel\n");
}

static void uimage_is_told(void **state)
{
	(void)state;
	bad_magic(0, "\x27\x05\x19\x56", 4, "/a: kernel: the image is a U-Boot uImage; accepted: the image inside, without "
					    "U-Boot's header\n");
}

static void fit_is_told(void **state)
{
	(void)state;
	bad_magic(0, "\xd0\x0d\xfe\xed", 4, "/a: kernel: the image is a device tree or FIT image; accepted: the kernel "
					    "itself\n");
}

static void other_code_with_load_and_entry_is_raw(void **state)
{
	(void)state;
	make_raw(4096);
	memcpy(image, "\x28\xb5\x2f\xfd", 4);
	describe_raw(0x40200000, 0x40200004, "");
	placed(IMAGE_RAW, 0x40200000, 0x40200004, 4096);
}

static void image_of_one_byte_is_no_image(void **state)
{
	(void)state;
	make_raw(1);
	describe_image("/a: kernel: 1 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at byte 56), "
		       "an ELF64, or a raw image with load and entry\n");
}

static void image_errors_name_the_vm_not_the_shared_node(void **state)
{
	(void)state;
	make_raw(64);
	open_node("images");
	open_node("bad");
	bytes("data", image, image_size);
	cell("phandle", 1);
	close_node();
	close_node();
	open_node("a");
	cell("kernel", 1);
	close_node();
	expect("/a: kernel: 64 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at byte 56), "
	       "an ELF64, or a raw image with load and entry\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		TEST(raw_goes_where_it_is_told),
		TEST(raw_may_end_with_its_memory),
		TEST(raw_without_entry_is_refused),
		TEST(raw_without_load_is_refused),
		TEST(raw_over_the_tree_names_both),
		TEST(raw_below_memory_is_refused),
		TEST(raw_beyond_memory_is_refused),
		TEST(raw_entry_before_the_image_is_refused),
		TEST(raw_entry_behind_the_image_is_refused),
		TEST(raw_entry_off_an_instruction_is_refused),
		TEST(raw_module_is_believed_unseen),
		TEST(text_is_no_image),
		TEST(gzip_is_unpacked_on_the_host),
		TEST(gzip_is_not_raw_either),
		TEST(zboot_is_unpacked_on_the_host),
		TEST(zstd_is_told),
		TEST(xz_is_told),
		TEST(x86_kernel_is_told),
		TEST(arm32_kernel_is_told),
		TEST(uimage_is_told),
		TEST(fit_is_told),
		TEST(other_code_with_load_and_entry_is_raw),
		TEST(image_of_one_byte_is_no_image),
		TEST(image_errors_name_the_vm_not_the_shared_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
