/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a machine's device tree as QEMU's virt board has it, with what a test changes of it. */
#pragma once
#include <libfdt.h>
#include <string.h>
#include "lib/types.h"

enum { MACHINE_TREE_SIZE = 65536 };

struct machine_tree {
	u32 cpus;
	u32 disabled_cpu;   /* index plus 1; 0: none */
	u64 memory[9][2];   /* banks in one node's reg, up to an empty one */
	u64 second_node[2]; /* another memory node */
	u64 secure[2];      /* memory of the secure world */
	u64 reserved[2], reserve_entry[2], module[2];
	const char *method; /* of PSCI; NULL: no node */
	const char *gic;    /* compatible; NULL: no node */
	const char *bootargs, *stdout_path;
	u64 initrd_start, initrd_end;
	u32 initrd_cells;
	u32 uarts; /* pl011@9000000, pl011@9040000 */
	bool rtc, seeds, first_uart_disabled;
	const char *pmu[2]; /* compatible of PMUs, and the first two cells of their interrupts */
	u32 pmu_interrupt[2][2];
};

static u8 machine_fdt[MACHINE_TREE_SIZE] __attribute__((aligned(8)));

static void put_cells(const char *name, const u64 *values, u32 count)
{
	fdt64_t cells[32];

	for (u32 i = 0; i < count; i++)
		cells[i] = cpu_to_fdt64(values[i]);
	fdt_property(machine_fdt, name, cells, (int)(count * 8));
}

static void begin(const char *name) { fdt_begin_node(machine_fdt, name); }
static void end(void) { fdt_end_node(machine_fdt); }
static void text(const char *name, const char *value)
{
	fdt_property(machine_fdt, name, value, (int)strlen(value) + 1);
}
static void cell(const char *name, u32 value) { fdt_property_u32(machine_fdt, name, value); }

static void put_memory(const char *name, const u64 *banks, u32 count)
{
	begin(name);
	text("device_type", "memory");
	put_cells("reg", banks, count * 2);
}

static void put_memories(const struct machine_tree *m)
{
	u32 count = 0;

	while (count < 9 && m->memory[count][1])
		count++;
	if (count) {
		put_memory("memory@40000000", m->memory[0], count);
		end();
	}
	if (m->second_node[1]) {
		put_memory("memory@8000000000", m->second_node, 1);
		end();
	}
	if (m->secure[1]) {
		put_memory("secram@e000000", m->secure, 1);
		text("status", "disabled");
		text("secure-status", "okay");
		end();
	}
	begin("reserved-memory");
	cell("#address-cells", 2);
	cell("#size-cells", 2);
	if (m->reserved[1]) {
		begin("firmware@50000000");
		put_cells("reg", m->reserved, 2);
		end();
	}
	end();
}

static void put_cpus(const struct machine_tree *m)
{
	begin("cpus");
	cell("#address-cells", 1);
	cell("#size-cells", 0);
	for (u32 i = 0; i < m->cpus; i++) {
		char name[16] = "cpu@0";

		name[4] = (char)('0' + i % 10);
		name[3] = i < 10 ? '@' : (char)('a' + i / 10);
		begin(name);
		text("device_type", "cpu");
		text("compatible", "arm,cortex-a57");
		text("enable-method", "psci");
		cell("reg", i / 4 << 8 | i % 4);
		if (m->disabled_cpu == i + 1)
			text("status", "fail");
		end();
	}
	end();
}

static void put_uart(u64 base, u32 spi, bool disabled)
{
	const u64 reg[2] = {base, 0x1000};
	const fdt32_t interrupts[3] = {0, cpu_to_fdt32(spi), cpu_to_fdt32(4)};

	begin(base == 0x9000000 ? "pl011@9000000" : "pl011@9040000");
	fdt_property(machine_fdt, "compatible", "arm,pl011\0arm,primecell", 24);
	put_cells("reg", reg, 2);
	fdt_property(machine_fdt, "interrupts", interrupts, sizeof(interrupts));
	if (disabled)
		text("status", "disabled");
	end();
}

static void put_pmus(const struct machine_tree *m)
{
	for (u32 i = 0; i < 2 && m->pmu[i]; i++) {
		const fdt32_t interrupts[3] = {cpu_to_fdt32(m->pmu_interrupt[i][0]),
		                               cpu_to_fdt32(m->pmu_interrupt[i][1]), cpu_to_fdt32(4)};

		begin(i ? "pmu-1" : "pmu");
		text("compatible", m->pmu[i]);
		fdt_property(machine_fdt, "interrupts", interrupts, sizeof(interrupts));
		end();
	}
}

static void put_devices(const struct machine_tree *m)
{
	const u64 gic[4] = {0x8000000, 0x10000, 0x80a0000, 0xf60000}, rtc[2] = {0x9010000, 0x1000};

	if (m->gic) {
		begin("intc@8000000");
		text("compatible", m->gic);
		put_cells("reg", gic, 4);
		cell("#address-cells", 2);
		cell("#size-cells", 2);
		begin("its@8080000");
		text("compatible", "arm,gic-v3-its");
		put_cells("reg", (const u64[]){0x8080000, 0x20000}, 2);
		end();
		end();
	}
	if (m->uarts > 0)
		put_uart(0x9000000, 1, m->first_uart_disabled);
	if (m->uarts > 1)
		put_uart(0x9040000, 8, false);
	if (m->rtc) {
		begin("pl031@9010000");
		fdt_property(machine_fdt, "compatible", "arm,pl031\0arm,primecell", 24);
		put_cells("reg", rtc, 2);
		end();
	}
	put_pmus(m);
	if (m->method) {
		begin("psci");
		fdt_property(machine_fdt, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci", 35);
		text("method", m->method);
		end();
	}
}

static void put_chosen(const struct machine_tree *m)
{
	static const u8 seed[40] = {1, 2, 3, 4, 5, 6, 7, 8};

	begin("chosen");
	cell("#address-cells", 2);
	cell("#size-cells", 2);
	if (m->bootargs)
		text("bootargs", m->bootargs);
	if (m->stdout_path)
		text("stdout-path", m->stdout_path);
	if (m->initrd_end && m->initrd_cells == 1) {
		cell("linux,initrd-start", (u32)m->initrd_start);
		cell("linux,initrd-end", (u32)m->initrd_end);
	} else if (m->initrd_end) {
		put_cells("linux,initrd-start", &m->initrd_start, 1);
		put_cells("linux,initrd-end", &m->initrd_end, 1);
	}
	if (m->seeds) {
		fdt_property(machine_fdt, "rng-seed", seed, 40);
		fdt_property(machine_fdt, "kaslr-seed", seed, 8);
	}
	if (m->module[1]) {
		begin("module@48000000");
		text("compatible", "multiboot,module");
		put_cells("reg", m->module, 2);
		end();
	}
	end();
}

/* The tree is in machine_fdt; whether it could be written. */
__attribute__((unused)) static bool machine_tree_write(const struct machine_tree *m)
{
	memset(machine_fdt, 0, sizeof(machine_fdt));
	fdt_create(machine_fdt, MACHINE_TREE_SIZE);
	if (m->reserve_entry[1])
		fdt_add_reservemap_entry(machine_fdt, m->reserve_entry[0], m->reserve_entry[1]);
	fdt_finish_reservemap(machine_fdt);
	begin("");
	cell("#address-cells", 2);
	cell("#size-cells", 2);
	text("compatible", "linux,dummy-virt");
	put_memories(m);
	put_cpus(m);
	put_devices(m);
	put_chosen(m);
	end();
	return fdt_finish(machine_fdt) == 0 && fdt_check_header(machine_fdt) == 0;
}

/* As `-M virt,gic-version=3,virtualization=on -smp 4 -m 1G` says. */
static const struct machine_tree machine_tree_virt = {
	.cpus = 4,
	.memory = {{0x40000000, 0x40000000}},
	.method = "smc",
	.gic = "arm,gic-v3",
	.bootargs = "console=frames",
	.stdout_path = "/pl011@9000000",
	.initrd_start = 0x48000000,
	.initrd_end = 0x48123456,
	.initrd_cells = 2,
	.uarts = 1,
	.rtc = true,
	.seeds = true,
};
