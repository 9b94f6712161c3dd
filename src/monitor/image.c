/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of guest images, told by their magic.
 * Header fields are untrusted: each is checked before it is used, sums cannot wrap, and nothing
 * outside the file's bytes is read. No state, no locks.
 * Linux Documentation/arch/arm64/booting.rst §4; System V ABI, Object Files; ELF for the Arm 64-bit
 * Architecture (IHI 0056); Microsoft PE Format (for the length of an Image that is an EFI program).
 */
#include "monitor/image.h"
#include "lib/bits.h"
#include "lib/string.h"

enum {
	LINUX_HEADER_SIZE = 64,
	LINUX_TEXT_OFFSET = 8,
	LINUX_IMAGE_SIZE = 16,
	LINUX_FLAGS = 24,
	LINUX_MAGIC = 56,
	LINUX_PE_OFFSET = 60,
	PE_HEADER_SIZE = 24,
	PE_SECTION_SIZE = 40,
	ELF_HEADER_SIZE = 64,
	ELF_PROGRAM_SIZE = 56,
	ELF_LOAD = 1,
	ELF_AARCH64 = 183,
};
#define LINUX_FLAGS_BIG_ENDIAN BIT(0)
#define LINUX_FLAGS_PAGE       FIELD(2, 1)
/* "a 2MB aligned base": the first that leaves the tree's block alone. */
#define LINUX_BASE (DESCRIBE_RAM_BASE + 2 * MIB)

static u32 le16(const u8 *p) { return p[0] | (u32)p[1] << 8; }
static u32 le32(const u8 *p) { return le16(p) | le16(p + 2) << 16; }
static u64 le64(const u8 *p) { return le32(p) | (u64)le32(p + 4) << 32; }

static bool starts_with(struct blob file, u64 at, const char *magic, u64 size)
{
	return file.size >= at + size && memcmp(file.bytes + at, magic, size) == 0;
}

const char *image_kind_name(enum image_kind kind)
{
	static const char *const names[] = {
		[IMAGE_LINUX] = "arm64 Image", [IMAGE_ELF] = "ELF64", [IMAGE_RAW] = "raw"};

	return names[kind];
}

/* --- what is not a guest image, so that the error can say what it is --- */

static const struct {
	u32 at, size;
	const char *magic, *what, *remedy;
} strangers[] = {
	{0, 3, "\x1f\x8b\x08", "gzip'd",
         "EL2 holds no decompressor; unpack it on the host ('./corbel run' does)"},
	{4, 4, "zimg", "an EFI zboot kernel (compressed)",
         "EL2 holds no decompressor; unpack it on the host, or build with CONFIG_EFI_ZBOOT=n"},
	{0, 4, "\x28\xb5\x2f\xfd", "compressed with zstd",
         "EL2 holds no decompressor; unpack it on the host"},
	{0, 6,
         "\xfd"
         "7zXZ\0",
         "compressed with xz", "EL2 holds no decompressor; unpack it on the host"},
	{0, 3, "BZh", "compressed with bzip2", "EL2 holds no decompressor; unpack it on the host"},
	{0, 4, "\x02\x21\x4c\x18", "compressed with lz4", "EL2 holds no decompressor; unpack it on the host"},
	{0, 4, "\x04\x22\x4d\x18", "compressed with lz4", "EL2 holds no decompressor; unpack it on the host"},
	{0x202, 4, "HdrS", "a Linux kernel for x86", "accepted: a 64-bit Arm kernel"},
	{0x24, 4, "\x18\x28\x6f\x01", "a Linux zImage for 32-bit Arm", "accepted: a 64-bit Arm kernel"},
	{0, 4, "\x27\x05\x19\x56", "a U-Boot uImage", "accepted: the image inside, without U-Boot's header"},
	{0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image", "accepted: the kernel itself"},
};

enum { STRANGERS_ALWAYS = 2 }; /* so unlikely as code that `load` and `entry` do not make them raw */

static bool is_stranger(struct report *r, struct blob file, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++) {
		if (starts_with(file, strangers[i].at, strangers[i].magic, strangers[i].size)) {
			report_error(r, "kernel: the image is %s; %s", strangers[i].what,
			             strangers[i].remedy);
			return true;
		}
	}
	return false;
}

/* --- places --- */

static u64 ram_end(const struct image_request *q) { return DESCRIBE_RAM_BASE + q->memory; }

/* `what` at [from, from + size) lies in the VM's memory and beside its tree. */
static bool fits(struct report *r, const struct image_request *q, const char *what, u64 from, u64 size)
{
	u64 tree_end = DESCRIBE_RAM_BASE + DESCRIBE_TREE_SIZE;

	if (from < DESCRIBE_RAM_BASE || from >= ram_end(q)) {
		report_error(r, "%s would be at 0x%lx; accepted: within its memory, 0x%lx to 0x%lx", what,
		             from, DESCRIBE_RAM_BASE, ram_end(q) - 1);
		return false;
	}
	if (size > ram_end(q) - from) {
		report_error(r,
		             "%s needs %lu bytes at 0x%lx; memory = %lu %s ends at 0x%lx; accepted: memory = "
		             "%lu MiB or more",
		             what, size, from, report_amount(q->memory), report_unit(q->memory), ram_end(q),
		             size > BIT(40) ? BIT(40) / MIB
		                            : align_up(from - DESCRIBE_RAM_BASE + size, 2 * MIB) / MIB);
		return false;
	}
	if (from < tree_end) {
		report_error(r,
		             "%s (0x%lx to 0x%lx) overlaps its device tree (0x%lx to 0x%lx); accepted: 0x%lx "
		             "or above",
		             what, from, from + size - 1, DESCRIBE_RAM_BASE, tree_end - 1, tree_end);
		return false;
	}
	return true;
}

static bool refuse_load(struct report *r, const struct image_request *q, enum image_kind kind)
{
	if (!q->has_load && !q->has_entry)
		return false;
	report_error(
		r,
		"%s: the kernel is an %s, which says itself where it goes; accepted: only with a raw image",
		q->has_load ? "load" : "entry", image_kind_name(kind));
	return true;
}

/* --- arm64 Image --- */

/* An Image with an EFI stub is a PE program too, and its section table tells where the file ends. 0: does not
 * say. */
static u64 pe_file_end(struct blob file)
{
	u64 header = le32(file.bytes + LINUX_PE_OFFSET), table, end = 0;
	u32 sections;

	if (!starts_with(file, 0, "MZ", 2))
		return 0;
	if (header + PE_HEADER_SIZE > file.size)
		return header + PE_HEADER_SIZE;
	if (!starts_with(file, header, "PE\0\0", 4))
		return 0;
	sections = le16(file.bytes + header + 6);
	table = header + PE_HEADER_SIZE + le16(file.bytes + header + 20);
	if (table + (u64)sections * PE_SECTION_SIZE > file.size)
		return table + (u64)sections * PE_SECTION_SIZE;
	for (u32 i = 0; i < sections; i++) {
		const u8 *section = file.bytes + table + (u64)i * PE_SECTION_SIZE;

		end = max_u64(end, (u64)le32(section + 16) + le32(section + 20));
	}
	return end;
}

static bool read_linux(struct report *r, const struct image_request *q, struct image *out)
{
	const u8 *header = q->file.bytes;
	u64 flags = le64(header + LINUX_FLAGS), text_offset = le64(header + LINUX_TEXT_OFFSET);
	u64 size = le64(header + LINUX_IMAGE_SIZE), whole = pe_file_end(q->file);

	if (refuse_load(r, q, IMAGE_LINUX))
		return false;
	if (flags & LINUX_FLAGS_BIG_ENDIAN) {
		report_error(r, "kernel: a big-endian arm64 Image; accepted: little-endian");
		return false;
	}
	if (size == 0) {
		report_error(r, "kernel: its arm64 Image header gives no image_size, as before Linux 3.17; "
		                "accepted: a later kernel");
		return false;
	}
	if (whole > q->file.size) {
		report_error(r, "kernel: the arm64 Image is truncated: %lu bytes of %lu or more",
		             q->file.size, whole);
		return false;
	}
	if (text_offset > BIT(40) || !is_aligned(text_offset, PAGE_SIZE)) {
		report_error(r,
		             "kernel: its arm64 Image header gives text_offset 0x%lx; "
		             "accepted: a multiple of 4096 within its memory",
		             text_offset);
		return false;
	}
	out->page_kib =
		field_get(LINUX_FLAGS_PAGE, flags) ? 1U << (2 * field_get(LINUX_FLAGS_PAGE, flags)) : 0;
	out->kind = IMAGE_LINUX;
	out->load = out->entry = ipa(LINUX_BASE + text_offset);
	out->footprint = max_u64(size, q->file.size);
	out->segments = 1;
	return fits(r, q, "kernel", out->load.value, out->footprint);
}

/* --- ELF64 --- */

struct program {
	u64 offset, vaddr, paddr, filesz, memsz;
};

/* The i-th program header, which lies in the file; false: not to be loaded. */
static bool elf_program(const u8 *file, u32 i, struct program *out)
{
	const u8 *p = file + le64(file + 32) + (u64)i * ELF_PROGRAM_SIZE;

	*out = (struct program){le64(p + 8), le64(p + 16), le64(p + 24), le64(p + 32), le64(p + 40)};
	return le32(p) == ELF_LOAD && out->memsz;
}

static bool elf_header_is_good(struct report *r, struct blob file)
{
	u64 table;
	u32 count;

	if (file.size < ELF_HEADER_SIZE) {
		report_error(r, "kernel: the ELF is truncated: %lu bytes of %u or more", file.size,
		             ELF_HEADER_SIZE);
		return false;
	}
	if (file.bytes[4] != 2 || file.bytes[5] != 1 || le16(file.bytes + 18) != ELF_AARCH64) {
		report_error(r,
		             "kernel: a %s-bit %s-endian ELF for machine %u; accepted: 64-bit little-endian "
		             "for machine 183 "
		             "(AArch64)",
		             file.bytes[4] == 2 ? "64" : "32", file.bytes[5] == 1 ? "little" : "big",
		             le16(file.bytes + 18));
		return false;
	}
	if (le16(file.bytes + 16) != 2 && le16(file.bytes + 16) != 3) {
		report_error(r, "kernel: an ELF of type %u; accepted: an executable (2 or 3)",
		             le16(file.bytes + 16));
		return false;
	}
	table = le64(file.bytes + 32);
	count = le16(file.bytes + 56);
	if (count == 0 || count > IMAGE_SEGMENT_MAX || le16(file.bytes + 54) != ELF_PROGRAM_SIZE) {
		report_error(r, "kernel: an ELF with %u program headers of %u bytes; accepted: 1 to %u of %u",
		             count, le16(file.bytes + 54), IMAGE_SEGMENT_MAX, ELF_PROGRAM_SIZE);
		return false;
	}
	if (table > file.size || (u64)count * ELF_PROGRAM_SIZE > file.size - table) {
		report_error(
			r,
			"kernel: the ELF is truncated: its program headers end at byte %lu, the file at %lu",
			table > BIT(40) ? table : table + (u64)count * ELF_PROGRAM_SIZE, file.size);
		return false;
	}
	return true;
}

/* The i-th program, to be loaded, is in the file, in memory, and beside those before it. */
static bool elf_program_is_good(struct report *r, const struct image_request *q, u32 i,
                                const struct program *p)
{
	char what[] = "kernel: ELF segment 00";
	struct program other;

	format_text(what + sizeof("kernel: ELF segment ") - 1, sizeof("00"), "%u", i);
	if (p->filesz > p->memsz) {
		report_error(r, "%s has %lu bytes in the file for %lu in memory; accepted: no more", what,
		             p->filesz, p->memsz);
		return false;
	}
	if (p->offset > q->file.size || p->filesz > q->file.size - p->offset) {
		report_error(r, "%s is truncated: %lu bytes at byte %lu of a file of %lu", what, p->filesz,
		             p->offset, q->file.size);
		return false;
	}
	if (!fits(r, q, what, p->paddr, p->memsz))
		return false;
	for (u32 j = 0; j < i; j++) {
		if (!elf_program(q->file.bytes, j, &other) || p->paddr >= other.paddr + other.memsz ||
		    other.paddr >= p->paddr + p->memsz)
			continue;
		report_error(r, "%s (0x%lx to 0x%lx) overlaps segment %u (0x%lx to 0x%lx); accepted: apart",
		             what, p->paddr, p->paddr + p->memsz - 1, j, other.paddr,
		             other.paddr + other.memsz - 1);
		return false;
	}
	return true;
}

/* The entry is a virtual address; the guest starts with its MMU off, at the physical one. */
static bool read_elf_entry(struct report *r, const struct image_request *q, struct image *out)
{
	u64 entry = le64(q->file.bytes + 24);
	struct program p;

	for (u32 i = 0; i < le16(q->file.bytes + 56); i++) {
		if (!elf_program(q->file.bytes, i, &p) || entry < p.vaddr || entry - p.vaddr >= p.memsz)
			continue;
		out->entry = ipa(entry - p.vaddr + p.paddr);
		if (is_aligned(out->entry.value, 4))
			return true;
	}
	report_error(r, "kernel: the ELF's entry 0x%lx; accepted: a multiple of 4 within one of its segments",
	             entry);
	return false;
}

static bool read_elf(struct report *r, const struct image_request *q, struct image *out)
{
	u64 low = ~0UL, high = 0;
	struct program p;

	if (refuse_load(r, q, IMAGE_ELF) || !elf_header_is_good(r, q->file))
		return false;
	for (u32 i = 0; i < le16(q->file.bytes + 56); i++) {
		if (!elf_program(q->file.bytes, i, &p))
			continue;
		if (!elf_program_is_good(r, q, i, &p))
			return false;
		low = min_u64(low, p.paddr);
		high = max_u64(high, p.paddr + p.memsz);
		out->segments++;
	}
	if (out->segments == 0) {
		report_error(r, "kernel: an ELF with nothing to load; accepted: a PT_LOAD segment or more");
		return false;
	}
	out->kind = IMAGE_ELF;
	out->load = ipa(low);
	out->footprint = high - low;
	return read_elf_entry(r, q, out);
}

/* --- raw --- */

static bool read_raw(struct report *r, const struct image_request *q, struct image *out)
{
	if (!q->has_load || !q->has_entry) {
		report_error(r, "%s is missing: a raw image needs both load and entry",
		             q->has_load ? "entry" : "load");
		return false;
	}
	if (!fits(r, q, "kernel", q->load, q->file.size))
		return false;
	if (q->entry < q->load || q->entry - q->load >= q->file.size || !is_aligned(q->entry, 4)) {
		report_error(r, "entry: 0x%lx; accepted: a multiple of 4 within the image, 0x%lx to 0x%lx",
		             q->entry, q->load, q->load + q->file.size - 1);
		return false;
	}
	*out = (struct image){.kind = IMAGE_RAW, .load = ipa(q->load), .entry = ipa(q->entry), .segments = 1};
	out->footprint = q->file.size;
	return true;
}

/* Only the boot loader will have its bytes: taken for what the description says of it. */
static bool read_unseen(struct report *r, const struct image_request *q, struct image *out)
{
	if (q->has_load || q->has_entry)
		return read_raw(r, q, out);
	*out = (struct image){
		.kind = IMAGE_LINUX, .load = ipa(LINUX_BASE), .entry = ipa(LINUX_BASE), .segments = 1};
	out->footprint = q->file.size;
	return fits(r, q, "kernel", out->load.value, out->footprint);
}

bool image_read(struct report *r, const struct image_request *q, struct image *out)
{
	*out = (struct image){.kind = IMAGE_RAW};
	if (q->file.size == 0) {
		report_error(r, "kernel: 0 bytes; accepted: an arm64 Image, an ELF64, or a raw image");
		return false;
	}
	if (!q->file.bytes)
		return read_unseen(r, q, out);
	if (q->file.size >= LINUX_HEADER_SIZE && starts_with(q->file, LINUX_MAGIC, "ARM\x64", 4))
		return read_linux(r, q, out);
	if (starts_with(q->file, 0,
	                "\x7f"
	                "ELF",
	                4))
		return read_elf(r, q, out);
	if (is_stranger(r, q->file, 0, STRANGERS_ALWAYS))
		return false;
	if (q->has_load || q->has_entry)
		return read_raw(r, q, out);
	if (!is_stranger(r, q->file, STRANGERS_ALWAYS, ARRAY_COUNT(strangers)))
		report_error(r,
		             "kernel: %lu bytes that are not an image; accepted: an arm64 Image "
		             "(\"ARM\\x64\" at byte 56), "
		             "an ELF64, or a raw image with load and entry",
		             q->file.size);
	return false;
}

bool image_segment(const struct vm_description *vm, u32 index, struct image_segment *out)
{
	struct blob file = vm->kernel;
	struct program p;

	if (vm->kind != IMAGE_ELF) {
		*out = (struct image_segment){.to = vm->load, .file = file, .size = vm->footprint};
		return index == 0;
	}
	for (u32 i = 0; i < le16(file.bytes + 56); i++) {
		if (!elf_program(file.bytes, i, &p) || index-- != 0)
			continue;
		*out = (struct image_segment){.to = ipa(p.paddr), .size = p.memsz};
		out->file = (struct blob){.bytes = file.bytes + p.offset, .size = p.filesz};
		return true;
	}
	return false;
}
