/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree, read in one walk (Devicetree Specification, ch. 5): memory, CPUs, boot words. */
#include "lib/guest.h"
#include "lib/string.h"

void tree_init(u64 address);

enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4, DEPTH_MAX = 8 };

static struct {
	u64 address, size, memory, initrd_start, initrd_end;
	u32 cpus;
	const char *bootargs;
} tree;

/* Cells are only 4-byte aligned, and memory is Device memory while the MMU is off. */
static u32 cell(u64 at) { return __builtin_bswap32(read32(at)); }
static u64 cells(u64 at, u32 size) { return size == 8 ? (u64)cell(at) << 32 | cell(at + 4) : cell(at); }
static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static void property(const char *node, const char *name, u64 value, u32 size)
{
	if (starts(node, "memory@") && strcmp(name, "reg") == 0 && cells(value, 8) == RAM_BASE)
		tree.memory = cells(value + 8, 8);
	if (starts(node, "cpu@") && strcmp(name, "device_type") == 0)
		tree.cpus++;
	if (strcmp(node, "chosen") != 0)
		return;
	if (strcmp(name, "bootargs") == 0)
		tree.bootargs = (const char *)value;
	if (strcmp(name, "linux,initrd-start") == 0)
		tree.initrd_start = cells(value, size);
	if (strcmp(name, "linux,initrd-end") == 0)
		tree.initrd_end = cells(value, size);
}

void tree_init(u64 address)
{
	const char *node[DEPTH_MAX] = {""};
	u32 depth = 0;
	u64 at = address + cell(address + 8), strings = address + cell(address + 12);

	if (cell(address) != 0xd00dfeed)
		guest_fail(__LINE__, "no device tree at 0x%lx", address);
	tree.address = address;
	tree.size = cell(address + 4);
	tree.bootargs = "";
	do {
		u32 token = cell(at);

		at += 4;
		if (token == TOKEN_BEGIN) {
			if (depth + 1 == DEPTH_MAX)
				guest_fail(__LINE__, "the device tree is too deep");
			node[++depth] = (const char *)at;
			at = align_up(at + strlen(node[depth]) + 1, 4);
		} else if (token == TOKEN_END) {
			depth--;
		} else if (token == TOKEN_PROPERTY) {
			u32 size = cell(at);

			property(node[depth], (const char *)strings + cell(at + 4), at + 8, size);
			at = align_up(at + 8 + size, 4);
		} else if (token != TOKEN_NOP) {
			guest_fail(__LINE__, "token %u in the device tree", token);
		}
	} while (depth > 0);
}

u64 tree_memory_size(void) { return tree.memory; }
u32 tree_cpu_count(void) { return tree.cpus; }
const char *tree_bootargs(void) { return tree.bootargs; }
u64 tree_address(void) { return tree.address; }
u64 tree_size(void) { return tree.size; }

u64 tree_initrd(u64 *end)
{
	*end = tree.initrd_end;
	return tree.initrd_start;
}

/* The text behind `name` in the boot words, where `name` starts a word. */
static const char *find(const char *name)
{
	const char *at = tree.bootargs;

	while (*at) {
		if (starts(at, name))
			return at + strlen(name);
		while (*at && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return NULL;
}

bool tree_word(const char *word)
{
	const char *rest = find(word);

	return rest && (*rest == 0 || *rest == ' ');
}

u64 tree_number(const char *name)
{
	const char *rest = find(name);
	u64 value = 0;

	if (!rest || *rest++ != '=')
		return 0;
	while (*rest >= '0' && *rest <= '9')
		value = value * 10 + (u64)(*rest++ - '0');
	return value;
}
