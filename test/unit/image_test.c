/* SPDX-License-Identifier: Apache-2.0 */
/* Raw images, and what is no image: each stranger is named. */
#include "unit/described_image.h"

/* --- raw --- */

CASE(raw_goes_where_it_is_told)
{
	struct image_segment segment;

	make_raw(4096);
	describe_raw(0x40010000, 0x40010ffc, "");
	placed(IMAGE_RAW, 0x40010000, 0x40010ffc, 4096);
	assert_true(image_segment(vm, 0, &segment));
	assert_int_equal(segment.to.value, 0x40010000);
	assert_int_equal(segment.size, 4096);
	assert_int_equal(segment.file.size, 4096);
	assert_false(image_segment(vm, 1, &segment));
}

CASE(raw_may_end_with_its_memory)
{
	make_raw(4096);
	describe_raw(0x40fff000, 0x40fff000, "");
}

CASE(raw_without_entry_is_refused)
{
	make_raw(64);
	open_node("a");
	kernel();
	cell("load", 0x40200000);
	close_node();
	expect("/a: entry is missing: a raw image needs both load and entry\n");
}

CASE(raw_without_load_is_refused)
{
	make_raw(64);
	open_node("a");
	kernel();
	cell("entry", 0x40200000);
	close_node();
	expect("/a: load is missing: a raw image needs both load and entry\n");
}

CASE(raw_over_the_tree_names_both)
{
	make_raw(4096);
	describe_raw(0x40000000, 0x40000000,
	             "/a: kernel (0x40000000 to 0x40000fff) overlaps its device tree (0x40000000 "
	             "to 0x4000ffff); accepted: 0x40010000 or above\n");
}

CASE(raw_below_memory_is_refused)
{
	make_raw(4096);
	describe_raw(0, 0,
	             "/a: kernel would be at 0x0; accepted: within its memory, 0x40000000 to 0x40ffffff\n");
}

CASE(raw_beyond_memory_is_refused)
{
	make_raw(4096);
	describe_raw(0x40fff001, 0x40fff004,
	             "/a: kernel needs 4096 bytes at 0x40fff001; memory = 16 MiB ends at 0x41000000; "
	             "accepted: memory = 18 MiB or more\n");
}

CASE(raw_entry_before_the_image_is_refused)
{
	make_raw(64);
	describe_raw(0x40200000, 0x401ffffc,
	             "/a: entry: 0x401ffffc; accepted: a multiple of 4 within the image, "
	             "0x40200000 to 0x4020003f\n");
}

CASE(raw_entry_behind_the_image_is_refused)
{
	make_raw(64);
	describe_raw(0x40200000, 0x40200040,
	             "/a: entry: 0x40200040; accepted: a multiple of 4 within the image, "
	             "0x40200000 to 0x4020003f\n");
}

CASE(raw_entry_off_an_instruction_is_refused)
{
	make_raw(64);
	describe_raw(0x40200000, 0x40200002,
	             "/a: entry: 0x40200002; accepted: a multiple of 4 within the image, "
	             "0x40200000 to 0x4020003f\n");
}

CASE(raw_module_is_believed_unseen)
{
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

CASE(text_is_no_image)
{
	bad_magic(0, "hello", 5,
	          "/a: kernel: 4096 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at "
	          "byte 56), an ELF64, or a raw image with load and entry\n");
}

CASE(gzip_is_unpacked_on_the_host)
{
	bad_magic(0, "\x1f\x8b\x08", 3,
	          "/a: kernel: the image is gzip'd; EL2 holds no decompressor; unpack it on the host "
	          "('./corbel run' does)\n");
}

CASE(gzip_is_not_raw_either)
{
	make_raw(4096);
	memcpy(image, "\x1f\x8b\x08", 3);
	describe_raw(0x40200000, 0x40200000,
	             "/a: kernel: the image is gzip'd; EL2 holds no decompressor; unpack it on the "
	             "host ('./corbel run' does)\n");
}

CASE(zboot_is_unpacked_on_the_host)
{
	bad_magic(0, "MZ\0\0zimg", 8,
	          "/a: kernel: the image is an EFI zboot kernel (compressed); EL2 holds no decompressor; "
	          "unpack it on the host, or build with CONFIG_EFI_ZBOOT=n\n");
}

CASE(zstd_is_told)
{
	bad_magic(0, "\x28\xb5\x2f\xfd", 4,
	          "/a: kernel: the image is compressed with zstd; EL2 holds no decompressor; unpack "
	          "it on the host\n");
}

CASE(xz_is_told)
{
	bad_magic(0,
	          "\xfd"
	          "7zXZ\0",
	          6,
	          "/a: kernel: the image is compressed with xz; EL2 holds no decompressor; unpack it on "
	          "the host\n");
}

CASE(x86_kernel_is_told)
{
	bad_magic(0x202, "HdrS", 4,
	          "/a: kernel: the image is a Linux kernel for x86; accepted: a 64-bit Arm kernel\n");
}

CASE(arm32_kernel_is_told)
{
	bad_magic(0x24, "\x18\x28\x6f\x01", 4,
	          "/a: kernel: the image is a Linux zImage for 32-bit Arm; accepted: a 64-bit "
	          "Arm kernel\n");
}

CASE(uimage_is_told)
{
	bad_magic(0, "\x27\x05\x19\x56", 4,
	          "/a: kernel: the image is a U-Boot uImage; accepted: the image inside, without "
	          "U-Boot's header\n");
}

CASE(fit_is_told)
{
	bad_magic(0, "\xd0\x0d\xfe\xed", 4,
	          "/a: kernel: the image is a device tree or FIT image; accepted: the kernel "
	          "itself\n");
}

CASE(other_code_with_load_and_entry_is_raw)
{
	make_raw(4096);
	memcpy(image, "\x28\xb5\x2f\xfd", 4);
	describe_raw(0x40200000, 0x40200004, "");
	placed(IMAGE_RAW, 0x40200000, 0x40200004, 4096);
}

CASE(image_of_one_byte_is_no_image)
{
	make_raw(1);
	describe_image("/a: kernel: 1 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at "
	               "byte 56), "
	               "an ELF64, or a raw image with load and entry\n");
}

CASE(image_errors_name_the_vm_not_the_shared_node)
{
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
	expect("/a: kernel: 64 bytes that are not an image; accepted: an arm64 Image (\"ARM\\x64\" at byte "
	       "56), "
	       "an ELF64, or a raw image with load and entry\n");
}

static const struct CMUnitTest tests[] = {
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

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
