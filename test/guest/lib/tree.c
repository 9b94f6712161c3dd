/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree, read in one walk (Devicetree Specification, ch. 5): memory, CPUs, boot words, devices. */
#include "lib/guest.h"
#include "lib/string.h"

void tree_init(u64 address);

enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4, DEPTH_MAX = 8 };

static struct {
	u64 address, size, memory, memory_end, initrd_start, initrd_end;
	u32 cpus;
	const char *bootargs;
} tree;

struct machine machine = {.gicd = 0x08000000,
                          .gicr = 0x080a0000,
                          .uart = 0x09000000,
                          .rtc = 0x09010000,
                          .gpio = 0x09030000,
                          .timer = TIMER_VIRTUAL};

/* Where the value of a property is; at 0: absent. */
struct value {
	u64 at;
	u32 size;
};

struct node {
	const char *name;
	u32 address_cells, size_cells; /* for its children's reg */
	struct value compatible, reg, interrupts, method, device_type;
};

/* Cells are only 4-byte aligned, and memory is Device memory while the MMU is off. */
static u32 cell(u64 at) { return __builtin_bswap32(read32(at)); }
static u64 cells(u64 at, u32 size) { return size == 8 ? (u64)cell(at) << 32 | cell(at + 4) : cell(at); }
static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Whether `text` is one of a list of strings. */
static bool lists(struct value list, const char *text)
{
	u64 at = list.at;

	while (at < list.at + list.size) {
		if (strcmp((const char *)at, text) == 0)
			return true;
		at += strlen((const char *)at) + 1;
	}
	return false;
}

/* Address and size of the region `index` of a node's reg; false: it has none. */
static bool region(const struct node *n, u32 index, u64 *address, u64 *size)
{
	u32 address_size = n[-1].address_cells * 4, size_size = n[-1].size_cells * 4;
	u32 offset = index * (address_size + size_size);

	if (offset + address_size + size_size > n->reg.size)
		return false;
	*address = cells(n->reg.at + offset, address_size);
	*size = cells(n->reg.at + offset + address_size, size_size);
	return true;
}

static void memory(const struct node *n)
{
	u64 address, size;

	for (u32 i = 0; region(n, i, &address, &size); i++)
		if ((u64)image_start - address < size) {
			tree.memory = address;
			tree.memory_end = address + size;
		}
}

/* A node whose properties have all been seen; its parent is n[-1]. */
static void node(const struct node *n)
{
	u64 size;

	if (lists(n->device_type, "memory"))
		memory(n);
	if (lists(n->device_type, "cpu"))
		tree.cpus++;
	if (lists(n->compatible, "arm,gic-v3")) {
		region(n, 0, &machine.gicd, &size);
		region(n, 1, &machine.gicr, &size);
	}
	if (lists(n->compatible, "arm,pl011") || lists(n->compatible, "arm,sbsa-uart"))
		region(n, 0, &machine.uart, &size);
	if (lists(n->compatible, "arm,pl031"))
		region(n, 0, &machine.rtc, &size);
	if (lists(n->compatible, "arm,pl061"))
		region(n, 0, &machine.gpio, &size);
	if (lists(n->compatible, "arm,sbsa-gwdt")) {
		region(n, 0, &machine.watchdog, &size);
		region(n, 1, &machine.refresh, &size);
	}
	/* The third of its interrupts, each {1: a PPI, number, flags} (arm,arch_timer.yaml). */
	if (lists(n->compatible, "arm,armv8-timer") && n->interrupts.size >= 36)
		machine.timer = 16 + cell(n->interrupts.at + 28);
	if (lists(n->compatible, "arm,psci-0.2") || lists(n->compatible, "arm,psci-1.0"))
		machine.smc = lists(n->method, "smc");
}

static void chosen(const char *name, struct value value)
{
	if (strcmp(name, "bootargs") == 0)
		tree.bootargs = (const char *)value.at;
	if (strcmp(name, "linux,initrd-start") == 0)
		tree.initrd_start = cells(value.at, value.size);
	if (strcmp(name, "linux,initrd-end") == 0)
		tree.initrd_end = cells(value.at, value.size);
}

static void property(struct node *n, const char *name, struct value value)
{
	if (strcmp(name, "#address-cells") == 0)
		n->address_cells = cell(value.at);
	if (strcmp(name, "#size-cells") == 0)
		n->size_cells = cell(value.at);
	if (strcmp(name, "compatible") == 0)
		n->compatible = value;
	if (strcmp(name, "reg") == 0)
		n->reg = value;
	if (strcmp(name, "interrupts") == 0)
		n->interrupts = value;
	if (strcmp(name, "method") == 0)
		n->method = value;
	if (strcmp(name, "device_type") == 0)
		n->device_type = value;
	if (strcmp(n->name, "chosen") == 0)
		chosen(name, value);
}

void tree_init(u64 address)
{
	struct node path[DEPTH_MAX] = {{0}};
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
			path[++depth] =
				(struct node){.name = (const char *)at, .address_cells = 2, .size_cells = 1};
			at = align_up(at + strlen((const char *)at) + 1, 4);
		} else if (token == TOKEN_END) {
			node(&path[depth--]);
		} else if (token == TOKEN_PROPERTY) {
			struct value value = {.at = at + 8, .size = cell(at)};

			property(&path[depth], (const char *)strings + cell(at + 4), value);
			at = align_up(value.at + value.size, 4);
		} else if (token != TOKEN_NOP) {
			guest_fail(__LINE__, "token %u in the device tree", token);
		}
	} while (depth > 0);
}

u64 tree_memory(u64 *end)
{
	*end = tree.memory_end;
	return tree.memory;
}

u64 tree_memory_size(void) { return tree.memory_end - tree.memory; }
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
