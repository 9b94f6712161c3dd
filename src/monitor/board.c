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

struct walk {
	struct node path[BOARD_DEPTH];
	s32 depth;
	struct board *board;
	const char *stdout_path;
	struct uart uarts[UARTS]; /* in the tree's order */
	u32 uart_count;
};

static u64 cells(const void *at, u32 count)
{
	const u8 *bytes = at;
	u64 value = 0;

	for (u32 i = 0; i < count * 4; i++)
		value = value << 8 | bytes[i];
	return value;
}

static bool is_compatible(const struct node *n, const char *wanted)
{
	u32 at = 0;

	while (n->compatible && at < n->compatible_size) {
		if (strcmp(n->compatible + at, wanted) == 0)
			return true;
		at += (u32)strlen(n->compatible + at) + 1;
	}
	return false;
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

/* The node is complete: take from it what the hypervisor needs. */
static void end_node(struct walk *w)
{
	struct node *n = &w->path[w->depth];
	struct board *b = w->board;
	struct board_range range;

	if (n->device_type && strcmp(n->device_type, "memory") == 0) {
		end_memory(w, n);
	} else if (is_child_of(w, "reserved-memory")) {
		for (u32 i = 0; range_of(w, n, i, &range); i++)
			board_reserve(b, range);
	} else if (n->device_type && strcmp(n->device_type, "cpu") == 0) {
		u32 width = w->path[w->depth - 1].address_cells;

		if (!n->disabled && n->reg_size >= width * 4 && b->cpu_count < CPU_MAX)
			b->affinity[b->cpu_count++] = cells(n->reg, width) & CPU_AFFINITY;
	} else if (is_compatible(n, "arm,gic-v3")) {
		range_of(w, n, 0, &b->gic_dist);
		range_of(w, n, 1, &b->gic_redist);
	} else if (is_compatible(n, "arm,pl011")) {
		end_uart(w, n);
	} else if (is_compatible(n, "arm,pl031")) {
		range_of(w, n, 0, &b->rtc);
	} else if (is_compatible(n, "arm,psci-1.0") || is_compatible(n, "arm,psci-0.2")) {
		b->psci = n->method && strcmp(n->method, "smc") == 0;
	} else if (is_compatible(n, "multiboot,module") && n->reg_size == 16) {
		/* 64-bit address and size, whatever the parent says. */
		board_reserve(b,
		              (struct board_range){pa(cells(n->reg, 2)), cells((const u8 *)n->reg + 8, 2)});
	}
}

static void chosen_property(struct walk *w, const char *name, const void *value, u32 size)
{
	struct board *b = w->board;

	if (strcmp(name, "bootargs") == 0) {
		b->bootargs = value;
	} else if (strcmp(name, "stdout-path") == 0) {
		w->stdout_path = value;
	} else if (strcmp(name, "linux,initrd-start") == 0) {
		b->initrd.base = pa(cells(value, size / 4));
	} else if (strcmp(name, "linux,initrd-end") == 0) {
		b->initrd.size = cells(value, size / 4); /* the end, until the walk is over */
	} else if (strcmp(name, "rng-seed") == 0 || strcmp(name, "kaslr-seed") == 0) {
		u32 take = size < BOARD_SEED - b->seed_size ? size : BOARD_SEED - b->seed_size;

		memcpy(b->seed + b->seed_size, value, take);
		b->seed_size += take;
	}
}

static void property(struct walk *w, const char *name, const void *value, u32 size)
{
	struct node *n = &w->path[w->depth];

	if (w->depth == 1 && strcmp(n->name, "chosen") == 0)
		chosen_property(w, name, value, size);
	if (strcmp(name, "reg") == 0) {
		n->reg = value;
		n->reg_size = size;
	} else if (strcmp(name, "compatible") == 0) {
		n->compatible = value;
		n->compatible_size = size;
	} else if (strcmp(name, "interrupts") == 0) {
		n->interrupts = value;
		n->interrupts_size = size;
	} else if (strcmp(name, "device_type") == 0) {
		n->device_type = value;
	} else if (strcmp(name, "method") == 0) {
		n->method = value;
	} else if (strcmp(name, "#address-cells") == 0 && size == 4) {
		n->address_cells = (u32)cells(value, 1);
	} else if (strcmp(name, "#size-cells") == 0 && size == 4) {
		n->size_cells = (u32)cells(value, 1);
	} else if (strcmp(name, "status") == 0) {
		n->disabled = strcmp(value, "okay") != 0 && strcmp(value, "ok") != 0;
	} else if (strcmp(name, "secure-status") == 0) {
		n->secure = strcmp(value, "okay") == 0;
	}
}

static void read_properties(struct walk *w, const void *fdt, int node)
{
	int at;

	fdt_for_each_property_offset (at, fdt, node) {
		const char *name;
		int size;
		const void *value = fdt_getprop_by_offset(fdt, at, &name, &size);

		if (value && size >= 0)
			property(w, name, value, (u32)size);
	}
}

static void read_nodes(struct walk *w, const void *fdt)
{
	int depth = 0;

	w->depth = -1;
	for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
		for (; w->depth >= depth; w->depth--)
			end_node(w);
		if (depth >= BOARD_DEPTH)
			continue;
		w->depth = depth;
		w->path[depth] = (struct node){
			.name = fdt_get_name(fdt, node, NULL), .address_cells = 2, .size_cells = 1};
		read_properties(w, fdt, node);
	}
	for (; w->depth >= 0; w->depth--)
		end_node(w);
}

static void read_reservations(struct board *b, const void *fdt)
{
	u64 address, size;

	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
		if (fdt_get_mem_rsv(fdt, i, &address, &size) == 0)
			board_reserve(b, (struct board_range){pa(address), size});
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
