/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One VM of a description: its properties, its modules, its image's and initrd's place.
 * The tree is sound but its values are untrusted. No state of its own, no locks.
 * Devicetree Specification v0.4 §2.2; multiboot nodes as Xen's booting.txt has them;
 * Linux Documentation/arch/arm64/booting.rst §2 and §3 for the places of tree and initrd.
 */
#include "monitor/describe_vm.h"
#include <libfdt.h>
#include "lib/bits.h"
#include "lib/string.h"
#include "monitor/describe_terms.h"
#include "monitor/image.h"

/* A VM while its node is read. */
struct draft {
	struct vm_description *vm;
	const char *kernel_from, *initrd_from; /* the property or node that gave it; NULL: none yet */
	struct image_request request;
	bool unplaced;           /* an error in what the places depend on */
	struct vcpu_terms terms; /* of those vCPUs that have no node */
	u32 told;                /* bit n: vCPU n has one */
};

/* In the order of vm_words. */
enum vm_word {
	CPUS,
	CPU,
	MEMORY,
	KERNEL,
	INITRD,
	LOAD,
	ENTRY,
	BOOTARGS,
	RESTART,
	RESTART_LIMIT,
	RESTART_WINDOW,
	WFI,
	WFE,
	GIC,
	TERMS, /* the first of the words of describe_terms.h */
};
static const char *const vm_words[] = {
	"cpus",
	"cpu",
	"memory",
	"kernel",
	"initrd",
	"load",
	"entry",
	"bootargs",
	"restart",
	"restart-limit",
	"restart-window",
	"wfi",
	"wfe",
	"gic",
	DESCRIBE_TERMS_WORDS,
	"",
	"#address-cells",
	"#size-cells",
	"phandle",
	"linux,phandle",
	NULL,
};
static const char *const module_words[] = {"compatible", "reg", "", "phandle", "linux,phandle", NULL};
static const char *const module_kinds[] = {"multiboot,module", "multiboot,kernel", "multiboot,ramdisk", NULL};
static const char *const restart_words[] = {
	[RESTART_NEVER] = "never",   [RESTART_ON_RESET] = "on-reset", [RESTART_ON_CRASH] = "on-crash",
	[RESTART_ALWAYS] = "always", [RESTART_ALWAYS + 1] = NULL,
};
static const char *const wait_words[] = {
	[WAIT_NATIVE] = "native", [WAIT_TRAP] = "trap", [WAIT_TRAP + 1] = NULL};
static const char *const gic_words[] = {
	[GIC_HARDWARE] = "hardware", [GIC_SOFTWARE] = "software", [GIC_SOFTWARE + 1] = NULL};
static const char *const cpu_words[] = {
	[VID_HOST] = "host",
	[VID_ARMV8_0] = "armv8.0",
	[VID_ARMV8_2] = "armv8.2",
	[VID_BASELINES] = NULL,
};

const char *describe_restart_word(enum restart_policy policy) { return restart_words[policy]; }
const char *describe_wait_word(enum wait_policy policy) { return wait_words[policy]; }
const char *describe_gic_word(enum gic_kind kind) { return gic_words[kind]; }
const char *describe_cpu_word(enum vid_baseline baseline) { return cpu_words[baseline]; }

#define IMAGE_ACCEPTED "accepted: /incbin/(\"file\"), or <&label> of a node under /images"

/* --- images --- */

/* One source only: the first keeps it. */
static bool claim(struct reader *r, const char *what, const char **from, const char *by)
{
	if (*from) {
		report_error(&r->report, "%s is given by \"%s\" and by \"%s\"; accepted: one of them", what,
		             *from, by);
		return false;
	}
	*from = by;
	return true;
}

/* The `data` of the node under /images that has this phandle. */
static bool find_shared(struct reader *r, const struct property *p, struct blob *out)
{
	u32 phandle = property_be32(p->bytes);
	const void *data;
	int node = r->images, size;

	for (node = node < 0 ? node : fdt_first_subnode(r->fdt, node); node >= 0;
	     node = fdt_next_subnode(r->fdt, node)) {
		if (phandle == 0 || fdt_get_phandle(r->fdt, node) != phandle)
			continue;
		data = fdt_getprop(r->fdt, node, "data", &size);
		if (!data || size <= 0) {
			report_error(&r->report,
			             "%s: /images/%s has no data; accepted: data = /incbin/(\"file\")",
			             p->name, fdt_get_name(r->fdt, node, NULL));
			return false;
		}
		*out = (struct blob){.bytes = data, .size = (u32)size};
		return true;
	}
	report_error(&r->report, "%s: <0x%x> is not the phandle of a node under /images; " IMAGE_ACCEPTED,
	             p->name, phandle);
	return false;
}

/* Bytes, or a phandle: exactly one cell is never an image. */
static void read_image(struct reader *r, const struct property *p, const char **from, struct blob *out)
{
	if (!claim(r, p->name, from, p->name))
		return;
	if (p->size == 0)
		report_error(&r->report, "%s: 0 bytes; " IMAGE_ACCEPTED, p->name);
	else if (p->size == 4)
		find_shared(r, p, out);
	else
		*out = (struct blob){.bytes = p->bytes, .size = p->size};
}

/* --- properties --- */

static void read_memory(struct reader *r, const struct property *p, struct draft *d)
{
	u64 size;

	d->unplaced = true;
	if (!property_size(&r->report, p, &size))
		return;
	if (size < DESCRIBE_MEMORY_MIN || size > DESCRIBE_MEMORY_MAX ||
	    !is_aligned(size, DESCRIBE_MEMORY_STEP)) {
		report_error(&r->report,
		             "memory: %lu %s; accepted: a multiple of %lu MiB from %lu MiB to %lu GiB",
		             report_amount(size), report_unit(size), DESCRIBE_MEMORY_STEP / MIB,
		             DESCRIBE_MEMORY_MIN / MIB, DESCRIBE_MEMORY_MAX / GIB);
		return;
	}
	d->vm->memory = size;
	d->unplaced = false;
}

/* Only what every CPU of the machine has can be given. */
static void read_cpu(struct reader *r, const struct property *p, struct vm_description *vm)
{
	u32 choice;
	struct vid_lack lack;

	if (!property_choice(&r->report, p, cpu_words, &choice))
		return;
	vm->cpu = (enum vid_baseline)choice;
	if (!r->limits->lacks || !r->limits->lacks(vm->cpu, &lack))
		return;
	report_error(&r->report, "cpu: \"%s\" has %s.%s = %u, this machine %u; accepted: \"host\"%s",
	             cpu_words[choice], lack.register_name, lack.field_name, lack.wants, lack.has,
	             vm->cpu == VID_ARMV8_2 && !r->limits->lacks(VID_ARMV8_0, &lack) ? ", \"armv8.0\"" : "");
}

static void read_address(struct reader *r, const struct property *p, struct draft *d, bool *has)
{
	*has = true;
	if (!property_address(&r->report, p,
	                      has == &d->request.has_load ? &d->request.load : &d->request.entry))
		d->unplaced = true;
}

static void read_wait(struct reader *r, const struct property *p, enum wait_policy *out)
{
	u32 policy;

	if (property_choice(&r->report, p, wait_words, &policy))
		*out = (enum wait_policy)policy;
}

static void read_word(struct reader *r, struct draft *d, enum vm_word word, const struct property *p)
{
	struct vm_description *vm = d->vm;
	u32 policy;

	switch (word) {
	case CPUS:
		property_cell(&r->report, p, 1, DESCRIBE_CPUS_MAX, &vm->cpus);
		break;
	case CPU:
		read_cpu(r, p, vm);
		break;
	case MEMORY:
		read_memory(r, p, d);
		break;
	case KERNEL:
		read_image(r, p, &d->kernel_from, &vm->kernel);
		break;
	case INITRD:
		read_image(r, p, &d->initrd_from, &vm->initrd);
		break;
	case LOAD:
		read_address(r, p, d, &d->request.has_load);
		break;
	case ENTRY:
		read_address(r, p, d, &d->request.has_entry);
		break;
	case BOOTARGS:
		property_text(&r->report, p, DESCRIBE_BOOTARGS_MAX, &vm->bootargs);
		break;
	case RESTART:
		if (property_choice(&r->report, p, restart_words, &policy))
			vm->restart = (enum restart_policy)policy;
		break;
	case RESTART_LIMIT:
		property_cell(&r->report, p, 1, 1000, &vm->restart_limit);
		break;
	case RESTART_WINDOW:
		property_cell(&r->report, p, 1, 86400, &vm->restart_window);
		break;
	case WFI:
		read_wait(r, p, &vm->wfi);
		break;
	case WFE:
		read_wait(r, p, &vm->wfe);
		break;
	case TERMS:
		break; /* read_properties() */
	case GIC:
		if (property_choice(&r->report, p, gic_words, &policy))
			vm->gic = (enum gic_kind)policy;
		break;
	}
}

static void read_properties(struct reader *r, int node, struct draft *d)
{
	u32 seen = 0;
	int at;

	fdt_for_each_property_offset (at, r->fdt, node) {
		struct property p = describe_property(r->fdt, at);
		s32 word = describe_word(&r->report, &p, vm_words, &seen);

		if (word >= TERMS && word < (s32)TERMS + TERMS_COUNT)
			describe_terms_word(&r->report, (enum terms_word)(word - (s32)TERMS), &p, &d->terms);
		else if (word >= 0 && word <= GIC)
			read_word(r, d, (enum vm_word)word, &p);
	}
}

/* --- modules --- */

/* Which image a module is, by its list of compatible words; NULL after an error. */
static const char *module_role(struct report *r, const struct property *compatible)
{
	u32 at = 0, found = 0;
	const char *text;

	while ((text = property_next_text(compatible, &at))) {
		s32 kind = report_find_word(text, module_kinds);

		if (kind < 0) {
			report_unknown(r, "compatible", text, module_kinds);
			return NULL;
		}
		found |= 1U << kind;
	}
	if (found != (1 | 2) && found != (1 | 4)) {
		report_error(r,
		             "compatible; accepted: \"multiboot,module\" with either \"multiboot,kernel\" or "
		             "\"multiboot,ramdisk\"");
		return NULL;
	}
	return found & 2 ? "kernel" : "initrd";
}

/* Modules may be shared between VMs, whole; else they lie apart. */
static bool module_is_apart(struct reader *r, const struct module *m)
{
	for (u32 i = 0; i < r->module_count; i++) {
		const struct module *other = &r->modules[i];

		if (m->from - other->from >= other->size && other->from - m->from >= m->size)
			continue;
		if (m->from == other->from && m->size == other->size && m->vm != other->vm)
			continue;
		report_error(&r->report,
		             "reg: 0x%lx to 0x%lx overlaps /%s/%s (0x%lx to 0x%lx); accepted: apart", m->from,
		             m->from + m->size - 1, other->vm, other->node, other->from,
		             other->from + other->size - 1);
		return false;
	}
	r->modules[r->module_count++] = *m;
	return true;
}

static void read_module_bytes(struct reader *r, const struct property *reg, struct module *m,
                              struct blob *out)
{
	if (reg->size != 16) {
		report_error(&r->report,
		             "reg: a value of %u bytes; accepted: an address and a size of two cells each",
		             reg->size);
		return;
	}
	m->from = property_be64(reg->bytes);
	m->size = property_be64(reg->bytes + 8);
	if (m->size == 0 || m->size > DESCRIBE_MEMORY_MAX || m->from > BIT(52)) {
		report_error(&r->report, "reg: %lu bytes at 0x%lx; accepted: 1 byte to %lu GiB below 0x%lx",
		             m->size, m->from, DESCRIBE_MEMORY_MAX / GIB, BIT(52));
		return;
	}
	if (!module_is_apart(r, m))
		return;
	*out = (struct blob){.size = m->size, .module = pa(m->from)};
	if (!r->limits->module_bytes)
		return;
	out->bytes = r->limits->module_bytes(pa(m->from), m->size);
	if (!out->bytes) {
		report_error(&r->report, "reg: 0x%lx to 0x%lx; accepted: memory of this machine", m->from,
		             m->from + m->size - 1);
		*out = (struct blob){0};
	}
}

static void read_module(struct reader *r, struct draft *d, int node, const char *name)
{
	struct module m = {.vm = d->vm->name, .node = name};
	struct property p, compatible = {0}, reg = {0};
	const char *role;
	u32 seen = 0;
	int at;

	report_at(&r->report, d->vm->name, name);
	fdt_for_each_property_offset (at, r->fdt, node) {
		p = describe_property(r->fdt, at);
		switch (describe_word(&r->report, &p, module_words, &seen)) {
		case 0:
			compatible = p;
			break;
		case 1:
			reg = p;
			break;
		default:
			break;
		}
	}
	describe_no_children(&r->report, r->fdt, node);
	role = module_role(&r->report, &compatible);
	if (!role)
		return;
	report_at(&r->report, NULL, d->vm->name);
	if (!claim(r, role, role[0] == 'k' ? &d->kernel_from : &d->initrd_from, name))
		return;
	report_at(&r->report, d->vm->name, name);
	read_module_bytes(r, &reg, &m, role[0] == 'k' ? &d->vm->kernel : &d->vm->initrd);
}

/* --- vCPUs of their own kind --- */

static const char *const vcpu_words[] = {DESCRIBE_TERMS_WORDS, "", "phandle", "linux,phandle", NULL};

/* What a node does not say is the VM's; but a class of its own starts anew. */
static void read_vcpu(struct reader *r, struct draft *d, int node, const char *name)
{
	struct vcpu_terms terms = d->terms;
	u32 number = (u32)(u8)name[5] - '0', seen = 0;
	int at, size;

	if (number >= d->vm->cpus || name[6]) {
		report_error(&r->report, "unknown node \"%s\"; accepted: vcpu@0 to vcpu@%u", name,
		             d->vm->cpus - 1);
		return;
	}
	if (d->told >> number & 1)
		report_error(&r->report, "a second node \"%s\"; accepted: one", name);
	d->told |= 1U << number;
	report_at(&r->report, d->vm->name, name);
	if (fdt_getprop(r->fdt, node, "class", &size))
		terms = (struct vcpu_terms){.affinity = d->terms.affinity};
	fdt_for_each_property_offset (at, r->fdt, node) {
		struct property p = describe_property(r->fdt, at);
		s32 word = describe_word(&r->report, &p, vcpu_words, &seen);

		if (word >= 0 && word < TERMS_COUNT)
			describe_terms_word(&r->report, (enum terms_word)word, &p, &terms);
	}
	describe_no_children(&r->report, r->fdt, node);
	describe_terms_check(&r->report, &terms);
	d->vm->vcpus[number] = terms;
}

static void read_children(struct reader *r, int node, struct draft *d)
{
	const char *name;
	int child, size;

	fdt_for_each_subnode (child, r->fdt, node) {
		name = fdt_get_name(r->fdt, child, NULL);
		report_at(&r->report, NULL, d->vm->name);
		if (fdt_getprop(r->fdt, child, "compatible", &size))
			read_module(r, d, child, name);
		else if (strncmp(name, "vcpu@", 5) == 0)
			read_vcpu(r, d, child, name);
		else
			report_error(&r->report,
			             "unknown node \"%s\"; accepted: vcpu@0 to vcpu@%u, and nodes compatible "
			             "\"multiboot,module\"%s",
			             name, d->vm->cpus - 1,
			             report_distance(d->vm->name, "images") < 3
			                     ? "; nearest to this VM's name: /images"
			                     : "");
	}
	report_at(&r->report, NULL, d->vm->name);
}

/* --- places --- */

static void place_initrd(struct reader *r, struct vm_description *vm)
{
	u64 kernel_end = vm->load.value + vm->footprint, end = DESCRIBE_RAM_BASE + vm->memory;
	u64 from = align_up(kernel_end, PAGE_SIZE);

	if (vm->initrd.size == 0)
		return;
	if (from > end || vm->initrd.size > end - from)
		report_error(&r->report,
		             "initrd: %lu bytes do not fit between the kernel's end 0x%lx and the memory's "
		             "end 0x%lx; "
		             "accepted: memory = %lu MiB or more",
		             vm->initrd.size, kernel_end, end,
		             align_up(from - DESCRIBE_RAM_BASE + vm->initrd.size, DESCRIBE_MEMORY_STEP) /
		                     MIB);
	vm->initrd_load = ipa(from);
}

static void place(struct reader *r, struct draft *d)
{
	struct vm_description *vm = d->vm;
	struct image image;

	if (!d->kernel_from) {
		report_error(
			&r->report,
			"no kernel; accepted: kernel = /incbin/(\"file\"), kernel = <&label> of a node under "
			"/images, or a node compatible \"multiboot,module\", \"multiboot,kernel\"");
		return;
	}
	if (d->unplaced || vm->kernel.size == 0)
		return;
	d->request.file = vm->kernel;
	d->request.memory = vm->memory;
	if (!image_read(&r->report, &d->request, &image))
		return;
	vm->kind = image.kind;
	vm->load = image.load;
	vm->entry = image.entry;
	vm->footprint = image.footprint;
	place_initrd(r, vm);
}

void describe_vm(struct reader *r, int node, struct vm_description *vm)
{
	struct draft d = {.vm = vm};
	u32 errors = r->report.errors;

	vm->cpus = 1;
	vm->memory = DESCRIBE_MEMORY_DEFAULT;
	vm->bootargs = "";
	vm->restart = RESTART_ON_RESET;
	vm->restart_limit = 5;
	vm->restart_window = 60;
	vm->wfi = vm->wfe = WAIT_NATIVE;
	vm->gic = GIC_HARDWARE;
	report_at(&r->report, NULL, vm->name);
	read_properties(r, node, &d);
	describe_terms_check(&r->report, &d.terms);
	for (u32 i = 0; i < vm->cpus; i++)
		vm->vcpus[i] = d.terms;
	read_children(r, node, &d);
	place(r, &d);
	vm->refused = vm->refused || r->report.errors != errors;
}
