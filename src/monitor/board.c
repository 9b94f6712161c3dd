/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the machine's tree (Devicetree Specification v0.4). A node is judged when it
 * ends, from the few properties collected on the way: only the innermost nodes matter here.
 */
#include "monitor/board.h"

#include <libfdt.h>

#include "lib/string.h"

/* What is collected of the node at one depth. */
struct node {
	const char *name;
	const char *compatible;
	u32 compatible_size;
	const char *device_type, *method;
	const void *reg, *interrupts;
	u32 reg_size, interrupts_size;
	u32 address_cells, size_cells; /* for its children */
	bool disabled, secure;
};

enum { UARTS = 4 }; /* that are looked at */

struct uart {
	const char *name;
	struct board_range range;
	u32 intid;
};

/* A property's name, by its offset in the tree's strings. */
struct known {
	u32 offset; /* plus 1; 0: nothing yet */
	u32 name;
};
enum { KNOWN = 64 };

struct walk {
	struct node path[BOARD_DEPTH];
	s32 depth;
	struct board *board;
	const char *stdout_path;
	struct uart uarts[UARTS]; /* in the tree's order */
	u32 uart_count, pmus;
	struct known known[KNOWN];
};

static u64 cells(const void *at, u32 count)
{
	const u8 *bytes = at;
	u64 value = 0;

	for (u32 i = 0; i < count * 4; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Most names differ in their first letter. */
static bool is(const char *name, const char *wanted) { return *name == *wanted && strcmp(name, wanted) == 0; }

/* What a node of the board is to us, by its `compatible`. */
enum role { NOTHING, GIC, UART, RTC, PSCI, PMU, MODULE };
static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"arm,gic-v3", GIC},      {"arm,pl011", UART},    {"arm,pl031", RTC},
	{"arm,psci-1.0", PSCI},   {"arm,psci-0.2", PSCI}, {"multiboot,module", MODULE},
	{"arm,armv8-pmuv3", PMU},
};

/* The binding (arm/pmu) names each kind of CPU. */
static bool is_cpu_pmu(const char *name)
{
	if (*name != 'a' ||
	    (strncmp(name, "arm,cortex-", 11) != 0 && strncmp(name, "arm,neoverse-", 13) != 0))
		return false;
	return strcmp(name + strlen(name) - 4, "-pmu") == 0;
}

static enum role role_of(const struct node *n)
{
	for (u32 at = 0; n->compatible && at < n->compatible_size;) {
		for (u32 i = 0; i < ARRAY_COUNT(roles); i++)
			if (is(n->compatible + at, roles[i].name))
				return roles[i].role;
		if (is_cpu_pmu(n->compatible + at))
			return PMU;
		at += (u32)strlen(n->compatible + at) + 1;
	}
	return NOTHING;
}

/* The index-th (address, size) of a node, by the cells of its parent. */
static bool range_of(const struct walk *w, const struct node *n, u32 index, struct board_range *out)
{
	u32 address = w->depth > 0 ? w->path[w->depth - 1].address_cells : 2;
	u32 size = w->depth > 0 ? w->path[w->depth - 1].size_cells : 1;
	u32 each = (address + size) * 4;

	if (!each || address > 2 || size > 2 || (index + 1) * each > n->reg_size)
		return false;
	const u8 *at = (const u8 *)n->reg + (u64)index * each;
	*out = (struct board_range){pa(cells(at, address)), cells(at + (u64)address * 4, size)};
	return true;
}

void board_reserve(struct board *b, struct board_range range)
{
	b->reserved_too_many |= range.size && b->reserved_count == BOARD_RESERVED;
	if (range.size && b->reserved_count < BOARD_RESERVED)
		b->reserved[b->reserved_count++] = range;
}

void board_put_first(struct board *board, u64 affinity)
{
	for (u32 i = 1; i < board->cpu_count; i++)
		if (board->affinity[i] == affinity) {
			board->affinity[i] = board->affinity[0];
			board->affinity[0] = affinity;
		}
}

static bool is_child_of(const struct walk *w, const char *name)
{
	return w->depth == 2 && strcmp(w->path[1].name, name) == 0;
}

static void end_memory(struct walk *w, const struct node *n)
{
	struct board_range range;

	/* Secure-only memory has status "disabled" and secure-status "okay": not ours. */
	for (u32 i = 0; !n->disabled && !n->secure && range_of(w, n, i, &range); i++)
		if (range.size && w->board->bank_count < BOARD_BANKS)
			w->board->banks[w->board->bank_count++] = range;
}

static void end_uart(struct walk *w, const struct node *n)
{
	struct uart *u = &w->uarts[w->uart_count];

	if (w->uart_count == UARTS || n->disabled || !range_of(w, n, 0, &u->range) || n->interrupts_size < 12)
		return;
	u->name = n->name;
	/* <type number flags>: type 0 is an SPI, numbered from 32 (arm,gic-v3 binding). */
	u->intid = (u32)cells((const u8 *)n->interrupts + 4, 1) + 32;
	w->uart_count++;
}

/* Whether the path, which may go on with ":" and the line's settings, ends in a node of this name. */
static bool is_path_to(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');
	u64 length = strlen(name);

	return last && strncmp(last + 1, name, length) == 0 && (!last[1 + length] || last[1 + length] == ':');
}

/* The UART that stdout-path names, else the first. /chosen may stand behind the UARTs, so this is the walk's end. */
static void choose_uart(const struct walk *w)
{
	const struct uart *chosen = w->uarts;

	for (const struct uart *u = w->uarts; w->stdout_path && u < w->uarts + w->uart_count; u++)
		if (is_path_to(w->stdout_path, u->name))
			chosen = u;
	w->board->uart = chosen->range;
	w->board->uart_intid = chosen->intid;
}

static void end_cpu(struct walk *w, const struct node *n)
{
	u32 width = w->path[w->depth - 1].address_cells;

	if (!n->disabled && n->reg_size >= width * 4 && w->board->cpu_count < CPU_MAX)
		w->board->affinity[w->board->cpu_count++] = cells(n->reg, width) & CPU_AFFINITY;
}

static void end_reserved(struct walk *w, const struct node *n)
{
	struct board_range range;

	for (u32 i = 0; range_of(w, n, i, &range); i++)
		board_reserve(w->board, range);
}

/* <type number flags>: type 1 is a PPI, numbered from 16 (arm,gic-v3 binding). */
static void end_pmu(struct walk *w, const struct node *n)
{
	u32 intid = 0;

	if (n->disabled)
		return;
	if (n->interrupts_size >= 12 && cells(n->interrupts, 1) == 1)
		intid = (u32)cells((const u8 *)n->interrupts + 4, 1) + 16;
	w->board->pmu_intid = intid < 32 && (!w->pmus || intid == w->board->pmu_intid) ? intid : 0;
	w->pmus++;
}

static void end_compatible(struct walk *w, const struct node *n)
{
	struct board *b = w->board;

	switch (role_of(n)) {
	case NOTHING:
		break;
	case GIC:
		range_of(w, n, 0, &b->gic_dist);
		range_of(w, n, 1, &b->gic_redist);
		break;
	case UART:
		end_uart(w, n);
		break;
	case RTC:
		range_of(w, n, 0, &b->rtc);
		break;
	case PSCI:
		b->psci = n->method && strcmp(n->method, "smc") == 0;
		break;
	case PMU:
		end_pmu(w, n);
		break;
	case MODULE: /* 64-bit address and size, whatever the parent says */
		if (n->reg_size == 16)
			board_reserve(b, (struct board_range){pa(cells(n->reg, 2)),
			                                      cells((const u8 *)n->reg + 8, 2)});
		break;
	}
}

/* The node is complete: take from it what the hypervisor needs. */
static void end_node(struct walk *w)
{
	const struct node *n = &w->path[w->depth];

	if (n->device_type && strcmp(n->device_type, "memory") == 0)
		end_memory(w, n);
	else if (is_child_of(w, "reserved-memory"))
		end_reserved(w, n);
	else if (n->device_type && strcmp(n->device_type, "cpu") == 0)
		end_cpu(w, n);
	else
		end_compatible(w, n);
}

/* The names of properties that mean something to us. */
enum name {
	OTHER,
	REG,
	COMPATIBLE,
	INTERRUPTS,
	DEVICE_TYPE,
	METHOD,
	ADDRESS_CELLS,
	SIZE_CELLS,
	STATUS,
	SECURE_STATUS,
	BOOTARGS,
	STDOUT_PATH,
	INITRD_START,
	INITRD_END,
	RNG_SEED,
	KASLR_SEED,
};
static const char *const names[] = {
	[OTHER] = "",
	[REG] = "reg",
	[COMPATIBLE] = "compatible",
	[INTERRUPTS] = "interrupts",
	[DEVICE_TYPE] = "device_type",
	[METHOD] = "method",
	[ADDRESS_CELLS] = "#address-cells",
	[SIZE_CELLS] = "#size-cells",
	[STATUS] = "status",
	[SECURE_STATUS] = "secure-status",
	[BOOTARGS] = "bootargs",
	[STDOUT_PATH] = "stdout-path",
	[INITRD_START] = "linux,initrd-start",
	[INITRD_END] = "linux,initrd-end",
	[RNG_SEED] = "rng-seed",
	[KASLR_SEED] = "kaslr-seed",
};

static enum name find_name(const char *name)
{
	for (u32 i = ARRAY_COUNT(names) - 1; name && i > OTHER; i--)
		if (is(name, names[i]))
			return (enum name)i;
	return OTHER;
}

/* A tree holds each name once, however many properties have it: it is looked up once. */
static enum name name_of(struct walk *w, const void *fdt, u32 offset)
{
	struct known *k = &w->known[offset % KNOWN];

	if (k->offset != offset + 1)
		*k = (struct known){offset + 1, find_name(fdt_string(fdt, (int)offset))};
	return (enum name)k->name;
}

static void chosen_property(struct walk *w, enum name name, const void *value, u32 size)
{
	struct board *b = w->board;

	if (name == BOOTARGS) {
		b->bootargs = value;
	} else if (name == STDOUT_PATH) {
		w->stdout_path = value;
	} else if (name == INITRD_START) {
		b->initrd.base = pa(cells(value, size / 4));
	} else if (name == INITRD_END) {
		b->initrd.size = cells(value, size / 4); /* the end, until the walk is over */
	} else if (name == RNG_SEED || name == KASLR_SEED) {
		u32 take = size < BOARD_SEED - b->seed_size ? size : BOARD_SEED - b->seed_size;

		memcpy(b->seed + b->seed_size, value, take);
		b->seed_size += take;
	}
}

static void property(struct walk *w, enum name name, const void *value, u32 size)
{
	struct node *n = &w->path[w->depth];

	if (name == REG) {
		n->reg = value;
		n->reg_size = size;
	} else if (name == COMPATIBLE) {
		n->compatible = value;
		n->compatible_size = size;
	} else if (name == INTERRUPTS) {
		n->interrupts = value;
		n->interrupts_size = size;
	} else if (name == DEVICE_TYPE) {
		n->device_type = value;
	} else if (name == METHOD) {
		n->method = value;
	} else if (name == ADDRESS_CELLS && size == 4) {
		n->address_cells = (u32)cells(value, 1);
	} else if (name == SIZE_CELLS && size == 4) {
		n->size_cells = (u32)cells(value, 1);
	} else if (name == STATUS) {
		n->disabled = strcmp(value, "okay") != 0 && strcmp(value, "ok") != 0;
	} else if (name == SECURE_STATUS) {
		n->secure = strcmp(value, "okay") == 0;
	} else if (name >= BOOTARGS && w->depth == 1 && strcmp(n->name, "chosen") == 0) {
		chosen_property(w, name, value, size);
	}
}

/* fdt_next_tag() has seen that the value lies within the tree. */
static void read_property(struct walk *w, const void *fdt, int at)
{
	const struct fdt_property *p = fdt_offset_ptr(fdt, at, sizeof(*p));
	enum name name = name_of(w, fdt, fdt32_to_cpu(p->nameoff));

	if (name != OTHER)
		property(w, name, p->data, fdt32_to_cpu(p->len));
}

static void begin_node(struct walk *w, const void *fdt, int at)
{
	w->depth++;
	if (w->depth < BOARD_DEPTH)
		w->path[w->depth] = (struct node){.name = fdt_offset_ptr(fdt, at + FDT_TAGSIZE, 1),
		                                  .address_cells = 2,
		                                  .size_cells = 1};
}

/* Tag by tag: libfdt's own iterators go over every property three times. A broken tree ends where it breaks. */
static void read_nodes(struct walk *w, const void *fdt)
{
	int next = 0;

	w->depth = -1;
	for (int at = 0;; at = next) {
		switch (fdt_next_tag(fdt, at, &next)) {
		case FDT_BEGIN_NODE:
			begin_node(w, fdt, at);
			break;
		case FDT_PROP:
			if (w->depth >= 0 && w->depth < BOARD_DEPTH)
				read_property(w, fdt, at);
			break;
		case FDT_END_NODE:
			if (w->depth < 0)
				return;
			if (w->depth < BOARD_DEPTH)
				end_node(w);
			w->depth--;
			break;
		case FDT_END:
			return;
		}
	}
}

static void read_reservations(struct board *b, const void *fdt)
{
	u64 address, size;

	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
		if (fdt_get_mem_rsv(fdt, i, &address, &size) == 0)
			board_reserve(b, (struct board_range){pa(address), size});
}

u64 board_tree_size(const void *fdt)
{
	u64 structure = (u64)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt),
	    strings = (u64)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);

	/* Older versions do not tell a size, and anyone may put the reservations last. */
	if (fdt_version(fdt) < 17 || fdt_off_mem_rsvmap(fdt) > fdt_off_dt_struct(fdt))
		return fdt_totalsize(fdt);
	return max_u64(structure, strings);
}

const char *board_read(const void *fdt, struct board *board)
{
	struct walk w = {.board = board};

	*board = (struct board){.bootargs = ""};
	read_nodes(&w, fdt);
	read_reservations(board, fdt);
	choose_uart(&w);
	board->initrd.size = board->initrd.size > board->initrd.base.value
	                             ? board->initrd.size - board->initrd.base.value
	                             : 0;
	if (board->reserved_too_many ||
	    board->reserved_count > BOARD_RESERVED - 3) /* the tree, the image, the initrd follow */
		return "the machine's tree reserves more ranges of memory than the hypervisor can keep apart "
		       "(60)";
	if (!board->bank_count)
		return "the machine's tree describes no memory";
	if (!board->cpu_count)
		return "the machine's tree describes no CPU";
	if (!board->gic_dist.size || !board->gic_redist.size)
		return "the machine has no GICv3 (on QEMU's virt board: gic-version=3)";
	if (!board->psci)
		return "the machine's tree has no PSCI by SMC: without it no second CPU and no power-off";
	return NULL;
}
