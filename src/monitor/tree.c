/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's device tree: names, addresses and interrupts of QEMU's virt board, so that what is built for
 * that board runs. Of libfdt only fdt.o and fdt_sw.o are used, sequentially; the first error is kept and
 * the rest skipped. No state, no locks.
 * Devicetree Specification v0.4; Linux Documentation/devicetree/bindings: arm/cpus, arm/psci,
 * interrupt-controller/arm,gic-v3, serial/pl011, rtc/arm,pl031, gpio/pl061-gpio, input/gpio-keys,
 * watchdog/arm,sbsa-gwdt, timer/arm,arch_timer, arm/pmu.
 */
#include "monitor/tree.h"
#include <libfdt.h>
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "monitor/describe.h"
#include "virtual/vgic.h"
#include "virtual/vgpio.h"
#include "virtual/vrtc.h"
#include "virtual/vuart.h"
#include "virtual/vwatchdog.h"

enum {
	PHANDLE_CLOCK = 1,
	PHANDLE_GIC = 2,
	PHANDLE_GPIO = 3,
	GIC_SPI = 0, /* arm,gic-v3: first cell of an interrupt */
	GIC_PPI = 1,
	LEVEL_HIGH = 4,  /* its third */
	ACTIVE_HIGH = 0, /* second cell of a gpio */
	KEY_POWER = 116, /* of Linux's input event codes */
	CELLS_MAX = 12,
};
#define DIST_SIZE         0x10000UL
#define REDIST_FRAME_SIZE 0x20000UL /* RD_base and SGI_base, IHI 0069 §12.10 */
#define DEVICE_SIZE       0x1000UL
#define MPIDR_AFFINITY    FIELD(23, 0) /* Aff2 to Aff0 */
#define MPIDR_AFF3        FIELD(39, 32)

struct writer {
	void *fdt;
	int error;
};

static void keep(struct writer *w, int error)
{
	if (w->error == 0)
		w->error = error;
}

static void begin(struct writer *w, const char *name)
{
	if (w->error == 0)
		keep(w, fdt_begin_node(w->fdt, name));
}

static void end(struct writer *w)
{
	if (w->error == 0)
		keep(w, fdt_end_node(w->fdt));
}

static void bytes(struct writer *w, const char *name, const void *value, size_t size)
{
	if (w->error == 0)
		keep(w, fdt_property(w->fdt, name, value, (int)size));
}

static void text(struct writer *w, const char *name, const char *value)
{
	bytes(w, name, value, strlen(value) + 1);
}

/* A string literal with its 0s: several strings. */
#define TEXTS(w, name, literal) bytes(w, name, literal, sizeof(literal))
#define FLAG(w, name)           bytes(w, name, "", 0)

static void cells(struct writer *w, const char *name, const u32 *values, size_t count)
{
	fdt32_t big[CELLS_MAX];

	for (size_t i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(values[i]);
	bytes(w, name, big, count * sizeof(big[0]));
}

/* At most CELLS_MAX. */
#define CELLS(w, name, ...) \
	cells(w, name, (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32))
#define TWO_CELLS(value) (u32)((value) >> 32), (u32)(value)

static void write_chosen(struct writer *w, const struct tree_machine *m)
{
	begin(w, "aliases");
	text(w, "serial0", "/pl011@9000000");
	end(w);

	begin(w, "chosen");
	text(w, "bootargs", m->bootargs);
	text(w, "stdout-path", "/pl011@9000000");
	text(w, "corbel,name", m->name);
	if (m->initrd_end.value) {
		CELLS(w, "linux,initrd-start", TWO_CELLS(m->initrd_start.value));
		CELLS(w, "linux,initrd-end", TWO_CELLS(m->initrd_end.value));
	}
	if (m->seeded) {
		bytes(w, "rng-seed", m->rng_seed, sizeof(m->rng_seed));
		CELLS(w, "kaslr-seed", TWO_CELLS(m->kaslr_seed));
	}
	end(w);
}

static void write_cpus(struct writer *w, const struct tree_machine *m)
{
	char name[sizeof("cpu@ffffff")];
	u64 affinity;

	begin(w, "cpus");
	CELLS(w, "#address-cells", 1);
	CELLS(w, "#size-cells", 0);
	for (u32 i = 0; i < m->cpus; i++) {
		affinity = m->mpidr[i] & MPIDR_AFFINITY;
		format_text(name, sizeof(name), "cpu@%lx", affinity);
		begin(w, name);
		text(w, "device_type", "cpu");
		text(w, "compatible", "arm,armv8");
		CELLS(w, "reg", (u32)affinity);
		text(w, "enable-method", "psci");
		end(w);
	}
	end(w);

	begin(w, "psci");
	TEXTS(w, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	text(w, "method", "hvc");
	end(w);
}

static void write_memory(struct writer *w, const struct tree_machine *m)
{
	begin(w, "memory@40000000");
	text(w, "device_type", "memory");
	CELLS(w, "reg", TWO_CELLS(DESCRIBE_RAM_BASE), TWO_CELLS(m->memory));
	end(w);
}

static void write_interrupts(struct writer *w, const struct tree_machine *m)
{
	begin(w, "intc@8000000");
	text(w, "compatible", "arm,gic-v3");
	FLAG(w, "interrupt-controller");
	CELLS(w, "#interrupt-cells", 3);
	CELLS(w, "#address-cells", 0);
	/* virt reserves room for 123 redistributors; a guest here has as many as it has CPUs. */
	CELLS(w, "reg", TWO_CELLS(VGIC_DIST_BASE), TWO_CELLS(DIST_SIZE), TWO_CELLS(VGIC_REDIST_BASE),
	      TWO_CELLS(REDIST_FRAME_SIZE * m->cpus));
	CELLS(w, "phandle", PHANDLE_GIC);
	end(w);

	begin(w, "timer");
	text(w, "compatible", "arm,armv8-timer");
	/* Secure, physical, virtual, hypervisor: the binding wants all four, as INTID - 16. */
	CELLS(w, "interrupts", GIC_PPI, 13, LEVEL_HIGH, GIC_PPI, 14, LEVEL_HIGH, GIC_PPI, 11, LEVEL_HIGH,
	      GIC_PPI, 10, LEVEL_HIGH);
	FLAG(w, "always-on");
	end(w);
}

static void write_pmu(struct writer *w, const struct tree_machine *m)
{
	if (!m->pmu)
		return;
	begin(w, "pmu");
	text(w, "compatible", "arm,armv8-pmuv3");
	if (m->pmu_intid)
		CELLS(w, "interrupts", GIC_PPI, m->pmu_intid - VGIC_SGIS, LEVEL_HIGH);
	end(w);
}

static void write_devices(struct writer *w)
{
	begin(w, "apb-pclk");
	text(w, "compatible", "fixed-clock");
	CELLS(w, "#clock-cells", 0);
	CELLS(w, "clock-frequency", 24000000);
	text(w, "clock-output-names", "clk24mhz");
	CELLS(w, "phandle", PHANDLE_CLOCK);
	end(w);

	begin(w, "pl011@9000000");
	TEXTS(w, "compatible", "arm,pl011\0arm,primecell");
	CELLS(w, "reg", TWO_CELLS(VUART_BASE), TWO_CELLS(DEVICE_SIZE));
	CELLS(w, "interrupts", GIC_SPI, VGIC_UART_INTID - VGIC_PRIVATE, LEVEL_HIGH);
	CELLS(w, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
	TEXTS(w, "clock-names", "uartclk\0apb_pclk");
	end(w);

	begin(w, "pl031@9010000");
	TEXTS(w, "compatible", "arm,pl031\0arm,primecell");
	CELLS(w, "reg", TWO_CELLS(VRTC_BASE), TWO_CELLS(DEVICE_SIZE));
	CELLS(w, "interrupts", GIC_SPI, VGIC_RTC_INTID - VGIC_PRIVATE, LEVEL_HIGH);
	CELLS(w, "clocks", PHANDLE_CLOCK);
	text(w, "clock-names", "apb_pclk");
	end(w);

	begin(w, "watchdog@c000000");
	text(w, "compatible", "arm,sbsa-gwdt");
	CELLS(w, "reg", TWO_CELLS(VWATCHDOG_CONTROL_BASE), TWO_CELLS(DEVICE_SIZE),
	      TWO_CELLS(VWATCHDOG_REFRESH_BASE), TWO_CELLS(DEVICE_SIZE));
	CELLS(w, "interrupts", GIC_SPI, VGIC_WATCHDOG_INTID - VGIC_PRIVATE, LEVEL_HIGH);
	end(w);
}

/* A pin of a PL061 that goes high, and what that means: the key by which a machine is asked to power itself off. */
static void write_button(struct writer *w)
{
	begin(w, "pl061@9030000");
	TEXTS(w, "compatible", "arm,pl061\0arm,primecell");
	CELLS(w, "reg", TWO_CELLS(VGPIO_BASE), TWO_CELLS(DEVICE_SIZE));
	CELLS(w, "interrupts", GIC_SPI, VGIC_GPIO_INTID - VGIC_PRIVATE, LEVEL_HIGH);
	FLAG(w, "gpio-controller");
	CELLS(w, "#gpio-cells", 2);
	CELLS(w, "clocks", PHANDLE_CLOCK);
	text(w, "clock-names", "apb_pclk");
	CELLS(w, "phandle", PHANDLE_GPIO);
	end(w);

	begin(w, "gpio-keys");
	text(w, "compatible", "gpio-keys");
	begin(w, "poweroff");
	text(w, "label", "GPIO Key Poweroff");
	CELLS(w, "linux,code", KEY_POWER);
	CELLS(w, "gpios", PHANDLE_GPIO, VGPIO_BUTTON, ACTIVE_HIGH);
	end(w);
	end(w);
}

static void write_root(struct writer *w, const struct tree_machine *m)
{
	begin(w, "");
	text(w, "compatible", "linux,dummy-virt");
	text(w, "model", "Corbel");
	CELLS(w, "#address-cells", 2);
	CELLS(w, "#size-cells", 2);
	CELLS(w, "interrupt-parent", PHANDLE_GIC);
	write_chosen(w, m);
	write_memory(w, m);
	write_cpus(w, m);
	write_interrupts(w, m);
	write_pmu(w, m);
	write_devices(w);
	write_button(w);
	end(w);
}

static bool is_valid(const struct tree_machine *m)
{
	if (m->cpus == 0 || m->cpus > TREE_CPUS_MAX || m->initrd_start.value > m->initrd_end.value)
		return false;
	for (u32 i = 0; i < m->cpus; i++) {
		if (m->mpidr[i] & MPIDR_AFF3)
			return false;
	}
	return true;
}

enum status tree_write(const struct tree_machine *m, void *to, u32 room)
{
	struct writer w = {.fdt = to};

	if (!is_valid(m) || room > INT32_MAX || !is_aligned((uintptr_t)to, 8))
		return BAD_VALUE;
	keep(&w, fdt_create_with_flags(to, (int)room, FDT_CREATE_FLAG_NO_NAME_DEDUP));
	if (w.error == 0)
		keep(&w, fdt_finish_reservemap(to));
	write_root(&w, m);
	if (w.error == 0)
		keep(&w, fdt_finish(to));
	return w.error == 0 ? OK : NO_ROOM;
}
