/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that a description makes of a VM: its memory map, its interrupts, its CPUs. */
#include "machine.h"

#include <stdio.h>

#include "lib/bits.h"
#include "monitor/image.h"
#include "monitor/report.h"
#include "virtual/vgic.h"
#include "virtual/vgpio.h"
#include "virtual/vrtc.h"
#include "virtual/vstolen.h"
#include "virtual/vuart.h"
#include "virtual/vwatchdog.h"

const struct interrupt interrupts[INTERRUPTS] = {
	{0, VGIC_SGIS, "SGI 0-15", "between its CPUs"},
	{27, 1, "PPI 11", "virtual timer, one per CPU"},
	{30, 1, "PPI 14", "physical timer, one per CPU"},
	{VGIC_UART_INTID, 1, "SPI 1", "PL011"},
	{VGIC_RTC_INTID, 1, "SPI 2", "PL031"},
	{VGIC_GPIO_INTID, 1, "SPI 7", "PL061"},
	{VGIC_WATCHDOG_INTID, 1, "SPI 112", "watchdog"},
};

struct amount amount(u64 bytes)
{
	struct amount to;

	if (bytes < 10 * KIB || report_amount(bytes) < 10000)
		snprintf(to.text, sizeof(to.text), "%lu %s", report_amount(bytes), report_unit(bytes));
	else if (bytes < MIB)
		snprintf(to.text, sizeof(to.text), "%.1f KiB", (double)bytes / (double)KIB);
	else
		snprintf(to.text, sizeof(to.text), "%.1f MiB", (double)bytes / (double)MIB);
	return to;
}

static struct region *add(struct machine *m, const char *name, u64 from, u64 size, const char *about)
{
	struct region *region = &m->regions[m->count++];

	*region = (struct region){
		.name = name, .from = from, .size = size, .in_ram = from >= DESCRIBE_RAM_BASE};
	snprintf(region->about, sizeof(region->about), "%s", about);
	return region;
}

static void put_nowhere(struct sink *to, char c)
{
	(void)to;
	(void)c;
}

static struct image look_at(const struct vm_description *vm)
{
	struct sink nowhere = {put_nowhere};
	struct image_request request = {.file = vm->kernel, .memory = vm->memory};
	struct report report;
	struct image image;

	if (vm->kind == IMAGE_RAW) {
		request.has_load = request.has_entry = true;
		request.load = vm->load.value;
		request.entry = vm->entry.value;
	}
	report_start(&report, &nowhere);
	image_read(&report, &request, &image);
	return image;
}

static void describe_kernel(const struct vm_description *vm, char *to, size_t size)
{
	struct image image = look_at(vm);
	char detail[80] = "";

	if (vm->kernel.module.value)
		snprintf(detail, sizeof(detail), "%smodule at 0x%08lx, ",
		         vm->kernel.bytes ? "" : "taken for it unseen, ", vm->kernel.module.value);
	else if (image.page_kib)
		snprintf(detail, sizeof(detail), "%u KiB pages, ", image.page_kib);
	else if (vm->kind == IMAGE_ELF)
		snprintf(detail, sizeof(detail), "%u segment%s, ", image.segments,
		         image.segments == 1 ? "" : "s");
	snprintf(to, size, "%s, %sfile of %s, entry 0x%08lx", image_kind_name(vm->kind), detail,
	         amount(vm->kernel.size).text, vm->entry.value);
}

void machine_build(struct machine *m, const struct vm_description *vm)
{
	char about[160];

	*m = (struct machine){.vm = vm};
	add(m, "GICD", VGIC_DIST_BASE, 64 * KIB, "interrupt distributor (GICv3)");
	snprintf(about, sizeof(about), "redistributors, one of 128 KiB for each of %u CPU%s", vm->cpus,
	         vm->cpus == 1 ? "" : "s");
	add(m, "GICR", VGIC_REDIST_BASE, 128 * KIB * vm->cpus, about);
	add(m, "PL011", VUART_BASE, 4 * KIB, "serial port");
	add(m, "PL031", VRTC_BASE, 4 * KIB, "clock");
	add(m, "PL061", VGPIO_BASE, 4 * KIB, "power button");
	add(m, "watchdog", VWATCHDOG_CONTROL_BASE, 4 * KIB, "SBSA generic watchdog, control frame");
	add(m, "watchdog", VWATCHDOG_REFRESH_BASE, 4 * KIB, "and its refresh frame");
	if (describe_shares(vm))
		add(m, "stolen", VSTOLEN_BASE, 4 * KIB,
		    "time that its CPUs could have run (DEN0057A), read only");
	add(m, "RAM", DESCRIBE_RAM_BASE, vm->memory, "")->in_ram = false;
	add(m, "tree", DESCRIBE_RAM_BASE, DESCRIBE_TREE_SIZE, "device tree, written by the hypervisor");
	describe_kernel(vm, about, sizeof(about));
	add(m, "kernel", vm->load.value, vm->footprint, about);
	if (vm->initrd.size == 0)
		return;
	about[0] = 0;
	if (vm->initrd.module.value)
		snprintf(about, sizeof(about), "module at 0x%08lx", vm->initrd.module.value);
	add(m, "initrd", vm->initrd_load.value, vm->initrd.size, about);
}

const char *machine_cpu_name(enum vid_baseline baseline)
{
	static const char *const names[] = {
		[VID_HOST] = "host", [VID_ARMV8_0] = "armv8.0", [VID_ARMV8_2] = "armv8.2"};

	return names[baseline];
}
