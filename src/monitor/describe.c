/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of the VMs: one walk proves the tree sound, then it is read node by node.
 * The tree may be hostile: nothing outside its bytes is read, and no loop is longer than it.
 * Of libfdt only fdt.o and fdt_ro.o are used. No state of its own, no locks.
 * Devicetree Specification v0.4 §5 (the flattened format) and §2.2 (nodes and properties).
 */
#include "monitor/describe.h"
#include <libfdt.h>
#include "lib/bits.h"
#include "lib/string.h"
#include "monitor/describe_place.h"
#include "monitor/describe_vm.h"

enum { DEPTH_MAX = 8, HEADER_SIZE = 40, TREE_VERSION = 17 };

static const char *const root_words[] = {
	"compatible", "", "#address-cells", "#size-cells", "phandle", "linux,phandle", NULL,
};
static const char *const shared_words[] = {"data", "", "phandle", "linux,phandle", NULL};
static const char *const cells_words[] = {"#address-cells", "#size-cells", NULL};
static const char *const phandle_words[] = {"phandle", "linux,phandle", NULL};
/* What dtc -@ adds. */
static const char *const skipped_names[] = {"__symbols__", "__fixups__", "__local_fixups__", NULL};
/* Names that would mislead on a console or in a report, or that device trees use for something else. */
static const char *const reserved_names[] = {
	"aliases", "all", "chosen", "corbel", "cpus", "memory", "reserved-memory", NULL,
};

/* --- the flattened format --- */

static bool header_is_good(struct report *r, const void *fdt, u64 size)
{
	const u8 *header = fdt;

	if (!fdt || size < HEADER_SIZE) {
		report_error(r, "not a device tree: %lu bytes; accepted: what dtc writes", size);
		return false;
	}
	if (memcmp(header, "/dts-v1/", 8) == 0) {
		report_error(r, "a device tree source; accepted: what dtc -O dtb makes of it");
		return false;
	}
	if (property_be32(header) != FDT_MAGIC) {
		report_error(r, "not a device tree: it begins with 0x%08x; accepted: 0x%08x",
		             property_be32(header), FDT_MAGIC);
		return false;
	}
	if (!is_aligned((uintptr_t)fdt, 8)) {
		report_error(r, "the tree lies at 0x%lx; accepted: a multiple of 8", (uintptr_t)fdt);
		return false;
	}
	if (property_be32(header + 20) != TREE_VERSION) {
		report_error(r, "a device tree of version %u; accepted: %u", property_be32(header + 20),
		             TREE_VERSION);
		return false;
	}
	if (property_be32(header + 4) > size) {
		report_error(r, "the tree is truncated: %lu bytes of %u", size, property_be32(header + 4));
		return false;
	}
	if (fdt_check_header(fdt) != 0) {
		report_error(r, "the device tree's header contradicts itself; accepted: what dtc writes");
		return false;
	}
	return true;
}

/*
 * Every tag, name and value lies in the tree; nodes close; properties come before nodes.
 * libfdt checks each offset as it goes, but would take such a defect for the end of a list.
 */
static bool structure_is_good(const void *fdt)
{
	int at = 0, next = 0, depth = 0, size;
	bool in_properties = false;
	const char *name;

	for (;; at = next) {
		switch (fdt_next_tag(fdt, at, &next)) {
		case FDT_BEGIN_NODE:
			if (depth == DEPTH_MAX || (depth == 0 && at != 0))
				return false;
			depth++;
			in_properties = true;
			break;
		case FDT_END_NODE:
			if (depth == 0)
				return false;
			depth--;
			in_properties = false;
			break;
		case FDT_PROP:
			if (!in_properties || !fdt_getprop_by_offset(fdt, at, &name, &size) || !name)
				return false;
			break;
		case FDT_NOP:
			break;
		case FDT_END:
			return next > 0 && at > 0 && depth == 0;
		default:
			return false;
		}
		if (next <= at)
			return false;
	}
}

/* --- what describe_vm.c uses too --- */

struct property describe_property(const void *fdt, int at)
{
	struct property p;
	int size = 0;

	p.bytes = fdt_getprop_by_offset(fdt, at, &p.name, &size);
	p.size = (u32)size;
	return p;
}

s32 describe_word(struct report *r, const struct property *p, const char *const *words, u32 *seen)
{
	s32 word = report_find_word(p->name, words);
	u32 ignored;

	if (word < 0) {
		report_unknown(r, "unknown property", p->name, words);
		return -1;
	}
	if (*seen & 1U << word) {
		report_error(r, "a second property \"%s\"; accepted: one", p->name);
		return -1;
	}
	*seen |= 1U << word;
	if (report_find_word(p->name, cells_words) >= 0)
		property_cell(r, p, 2, 2, &ignored);
	else if (report_find_word(p->name, phandle_words) >= 0)
		property_cell(r, p, 1, UINT32_MAX - 1, &ignored);
	return word;
}

void describe_no_children(struct report *r, const void *fdt, int node)
{
	int child;

	fdt_for_each_subnode (child, fdt, node)
		report_error(r, "unknown node \"%s\"; accepted: none", fdt_get_name(fdt, child, NULL));
}

/* --- /images --- */

static void read_shared(struct reader *r, int node)
{
	bool has_data = false;
	u32 seen = 0;
	int at;

	fdt_for_each_property_offset (at, r->fdt, node) {
		struct property p = describe_property(r->fdt, at);

		if (describe_word(&r->report, &p, shared_words, &seen) == 0)
			has_data = true;
	}
	if (!has_data)
		report_error(&r->report, "no data; accepted: data = /incbin/(\"file\")");
	describe_no_children(&r->report, r->fdt, node);
}

/* Not fdt_subnode_offset(), for which images@1 would do. */
static void find_images(struct reader *r)
{
	fdt_for_each_subnode (r->images, r->fdt, 0) {
		if (strcmp(fdt_get_name(r->fdt, r->images, NULL), "images") == 0)
			break;
	}
}

static void read_images(struct reader *r)
{
	int at, node;

	report_at(&r->report, NULL, "images");
	fdt_for_each_property_offset (at, r->fdt, r->images) {
		struct property p = describe_property(r->fdt, at);

		if (report_find_word(p.name, cells_words) < 0 && report_find_word(p.name, phandle_words) < 0)
			report_error(
				&r->report,
				"unknown property \"%s\"; accepted: none, but nodes with a property data",
				p.name);
	}
	fdt_for_each_subnode (node, r->fdt, r->images) {
		report_at(&r->report, "images", fdt_get_name(r->fdt, node, NULL));
		read_shared(r, node);
	}
}

/* --- the system --- */

static bool read_root(struct reader *r)
{
	struct property compatible = {0};
	const char *text;
	u32 seen = 0, at_text = 0;
	int at;

	fdt_for_each_property_offset (at, r->fdt, 0) {
		struct property p = describe_property(r->fdt, at);

		if (describe_word(&r->report, &p, root_words, &seen) == 0)
			compatible = p;
	}
	text = property_next_text(&compatible, &at_text);
	if (!text || strcmp(text, "corbel,system") != 0 || at_text != compatible.size) {
		report_error(&r->report, "compatible: \"%s\"; accepted: \"corbel,system\"", text ? text : "");
		return false;
	}
	return true;
}

/* Copies what may be shown; whether the whole of it is a VM's name. */
static bool read_name(char *to, const char *name)
{
	bool good = name[0] != '-' && name[0] != '_' && name[0] != 0;
	u32 i;

	for (i = 0; i < DESCRIBE_NAME_MAX - 1 && name[i]; i++) {
		bool allowed = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') ||
		               name[i] == '-' || name[i] == '_';

		to[i] = allowed ? name[i] : '?';
		good = good && allowed;
	}
	to[i] = 0;
	return good && name[i] == 0;
}

static void check_name(struct reader *r, const char *name, struct system_description *out,
                       struct vm_description *vm)
{
	u32 errors = r->report.errors;

	report_at(&r->report, NULL, name);
	if (!read_name(vm->name, name))
		report_error(&r->report,
		             "a VM's name; accepted: 1 to %u of a-z, 0-9, - and _, a letter or digit first",
		             DESCRIBE_NAME_MAX - 1);
	for (const struct vm_description *other = out->vms; other < vm; other++) {
		if (strcmp(other->name, vm->name) == 0) {
			report_error(&r->report, "a second VM of this name; accepted: one");
			break;
		}
	}
	vm->refused = r->report.errors != errors;
}

/* ", with a, b: 6" for the VMs before this one that are started; empty if there is none. */
struct peers {
	char text[DESCRIBE_VM_MAX * (DESCRIBE_NAME_MAX + 1) + 40];
};

static struct peers name_peers(const struct system_description *out, const struct vm_description *vm, u64 sum,
                               const char *unit)
{
	struct peers to = {""};
	size_t length = 0;

	for (const struct vm_description *other = out->vms; other < vm; other++) {
		if (!other->refused)
			length += format_text(to.text + length, sizeof(to.text) - length, "%s%s",
			                      length ? ", " : ", with ", other->name);
	}
	if (length)
		format_text(to.text + length, sizeof(to.text) - length, ": %lu%s", sum, unit);
	return to;
}

/* The VMs before it are served first; one that finds too little is refused. */
static void check_memory(struct reader *r, struct system_description *out, struct vm_description *vm)
{
	u64 memory = vm->memory;
	u32 errors = r->report.errors;

	for (const struct vm_description *other = out->vms; other < vm; other++)
		memory += other->refused ? 0 : other->memory;
	if (r->limits->memory && memory > r->limits->memory)
		report_error(&r->report,
		             "memory: %lu MiB%s; accepted: %lu MiB in all, as the machine has free",
		             vm->memory / MIB, name_peers(out, vm, memory / MIB, " MiB").text,
		             r->limits->memory / MIB);
	vm->refused = r->report.errors != errors;
}

static void read_child(struct reader *r, int node, struct system_description *out)
{
	const char *name = fdt_get_name(r->fdt, node, NULL);
	struct vm_description *vm = &out->vms[out->vm_count];

	if (report_find_word(name, skipped_names) >= 0 || node == r->images)
		return;
	report_at(&r->report, NULL, name);
	if (strcmp(name, "images") == 0) {
		report_error(&r->report, "a second node of this name; accepted: one");
		return;
	}
	if (report_find_word(name, reserved_names) >= 0) {
		report_error(&r->report, "a reserved name; accepted for a VM: another, such as \"vm-%s\"",
		             name);
		return;
	}
	if (out->vm_count == DESCRIBE_VM_MAX) {
		report_error(&r->report, "one VM more than accepted: %u", DESCRIBE_VM_MAX);
		return;
	}
	check_name(r, name, out, vm);
	describe_vm(r, node, vm);
	if (!vm->refused)
		check_memory(r, out, vm);
	out->vm_count++;
}

u32 describe(const void *fdt, u64 size, const struct describe_limits *limits, struct system_description *out,
             struct sink *errors)
{
	struct reader r = {.fdt = fdt, .limits = limits};
	int node;

	memset(out, 0, sizeof(*out));
	report_start(&r.report, errors);
	if (!header_is_good(&r.report, fdt, size))
		return r.report.errors;
	if (!structure_is_good(fdt)) {
		report_error(&r.report,
		             "the device tree is damaged; accepted: what dtc writes, nodes at most %u deep",
		             DEPTH_MAX);
		return r.report.errors;
	}
	if (!read_root(&r))
		return r.report.errors;
	find_images(&r);
	if (r.images >= 0)
		read_images(&r);
	fdt_for_each_subnode (node, fdt, 0)
		read_child(&r, node, out);
	describe_place(&r.report, limits, out);
	report_at(&r.report, NULL, NULL);
	if (out->vm_count == 0)
		report_error(&r.report, "no VM; accepted: 1 to %u nodes, one for each", DESCRIBE_VM_MAX);
	return r.report.errors;
}
