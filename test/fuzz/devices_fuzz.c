/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: a hostile guest on the PL011, the PL031, the PL061 and the watchdog, two vCPUs, a slow console and a
 * power button at once. All but the clock must equal their reference models at every step; no act may break a lock, a line
 * or a deadline.
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=gnu11 -Itest/fake -Isrc
 * -Itest test/fuzz/devices_fuzz.c src/virtual/reg.c src/virtual/vuart.c src/virtual/vrtc.c
 * src/virtual/vgpio.c src/virtual/vwatchdog.c src/monitor/deadline.c test/model/pl011_model.c
 * test/model/pl061_model.c test/model/watchdog_model.c
 * test/fake/timer.c test/fake/spinlock.c test/fake/machine_world.c
 */
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "machine_world.h"
#include "model/pl011_model.h"
#include "model/pl061_model.h"
#include "model/watchdog_model.h"
#include "monitor/console.h"
#include "monitor/deadline.h"
#include "spinlock_fake.h"
#include "timer_fake.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* One act: 8 bytes of the input. */
struct act {
	u8 kind, vcpu;
	u16 offset;
	u32 value;
};

static struct machine_world world;
static struct pl011_model model;
static struct pl061_model pins;
static struct watchdog_model dog;
static bool bitten;
static bool lines[VGIC_INTIDS];
static u32 room;
static u64 cpu;

/* The register file of the fake machine, of which only the CPU's number is asked. */
u64 fake_sysreg_read(const char *name) { return strcmp(name, "tpidr_el2") == 0 ? cpu : 0; }
void fake_sysreg_write(const char *name, u64 value) { (void)name, (void)value; }

void vgic_set_line(struct vcpu *v, u32 intid, bool high)
{
	CHECK(v == &world.vcpus[0] && (intid == VGIC_UART_INTID || intid == VGIC_RTC_INTID ||
	                               intid == VGIC_GPIO_INTID || intid == VGIC_WATCHDOG_INTID));
	CHECK(lines[intid] != high);
	lines[intid] = high;
}

u32 console_room(const struct vm *vm) { return (void)vm, room; }

u32 console_put(struct vm *vm, u8 byte)
{
	(void)vm, (void)byte;
	return room -= room != 0;
}

void life_end(struct vm *vm, enum life_end why)
{
	CHECK(vm == &world.vm && why == END_BITTEN && spinlock_fake_held() == 0);
	bitten = true;
}

static u64 access_device(const struct reg_table *table, const struct act *act, u32 size, bool write)
{
	u64 wide = act->value | (u64)act->value << 32, bits = ~0UL >> (64 - 8 * size);
	struct access a = {
		.offset = act->offset % 0x1000, .size = size, .write = write, .value = wide & bits};

	CHECK(reg_access(table, &world.vcpus[act->vcpu % 2], &a) == DONE);
	return a.value & bits;
}

static void access_uart(const struct act *act, u32 size, bool write)
{
	u64 bits = ~0UL >> (64 - 8 * size), value = access_device(&vuart_table, act, size, write);

	if (write)
		pl011_model_store(&model, act->offset % 0x1000, size, value);
	else
		CHECK(value == (pl011_model_load(&model, act->offset % 0x1000, size) & bits));
}

static void access_watchdog(const struct act *act, u32 size, bool write)
{
	bool refresh = act->vcpu & 2;
	u32 offset = act->offset % 0x1000;
	u64 bits = ~0UL >> (64 - 8 * size);
	u64 value = access_device(refresh ? &vwatchdog_refresh_table : &vwatchdog_control_table, act, size,
	                          write);

	if (write)
		watchdog_model_store(&dog, refresh, offset, size, value);
	else
		CHECK(value == (watchdog_model_load(&dog, refresh, offset, size) & bits));
}

static void access_gpio(const struct act *act, u32 size, bool write)
{
	u64 bits = ~0UL >> (64 - 8 * size), value = access_device(&vgpio_table, act, size, write);

	if (write)
		pl061_model_store(&pins, act->offset % 0x1000, size, value);
	else
		CHECK(value == (pl061_model_load(&pins, act->offset % 0x1000, size) & bits));
}

static void play_gpio(const struct act *act, u32 size, bool write)
{
	switch (act->kind % 16) {
	case 0:
		vgpio_press(&world.vm);
		pl061_model_press(&pins, timer_frequency() / 10);
		break;
	case 1:
		vgpio_reset(&world.vm);
		pl061_model_reset(&pins);
		break;
	default:
		access_gpio(act, size, write);
	}
}

/* The watchdog's model looks at each tick, so most steps are short; of the long ones it is told only what they end in. */
static void pass(u64 ticks)
{
	const u64 most = 4096;

	timer_fake_advance(ticks);
	for (cpu = 0; cpu < 2; cpu++)
		deadline_run();
	pl061_model_pass(&pins, ticks);
	if (ticks <= most) {
		watchdog_model_pass(&dog, ticks);
	} else {
		dog.counter += ticks;
		vwatchdog_reset(&world.vm);
		watchdog_model_reset(&dog);
	}
}

static void perform(const struct act *act)
{
	u32 size = 1U << (act->kind >> 4 & 3);
	bool write = act->kind & 0x40;

	cpu = act->vcpu % 2;
	if (act->kind & 0x80) {
		play_gpio(act, size, write);
		return;
	}
	switch (act->kind % 16) {
	case 0:
		CHECK(vuart_receive(&world.vm, (u8)act->value) ==
		      pl011_model_receive(&model, (u8)act->value));
		break;
	case 1:
		room += act->value % 64;
		vuart_drained(&world.vm);
		pl011_model_drain(&model, act->value % 64);
		break;
	case 2:
		pass(act->vcpu & 0x80 ? (u64)act->value * act->offset : act->offset % 4096);
		break;
	case 3:
		vuart_reset(&world.vm);
		pl011_model_reset(&model);
		break;
	case 4:
		vrtc_reset(&world.vm);
		break;
	case 9:
		vwatchdog_reset(&world.vm);
		watchdog_model_reset(&dog);
		break;
	case 10:
	case 11:
	case 12:
		access_watchdog(act, size, write);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		access_device(&vrtc_table, act, size, write);
		break;
	default:
		access_uart(act, size, write);
	}
}

static void start(void)
{
	if (world.vm.rtc.alarm.expire) { /* out of the queue before they are forgotten */
		vrtc_reset(&world.vm);
		vgpio_reset(&world.vm);
		vwatchdog_reset(&world.vm);
	}
	machine_world_build(&world, 2);
	memset(lines, 0, sizeof(lines));
	timer_fake_reset();
	room = 40;
	bitten = false;
	model = (struct pl011_model){.room = room};
	reg_table_index(&vuart_table);
	reg_table_index(&vrtc_table);
	reg_table_index(&vgpio_table);
	reg_table_index(&vwatchdog_control_table);
	reg_table_index(&vwatchdog_refresh_table);
	vuart_reset(&world.vm);
	vrtc_reset(&world.vm);
	vgpio_reset(&world.vm);
	vwatchdog_reset(&world.vm);
	pins = (struct pl061_model){0};
	dog = (struct watchdog_model){0};
	pl011_model_reset(&model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct act act;

	start();
	for (; size >= sizeof(act); data += sizeof(act), size -= sizeof(act)) {
		memcpy(&act, data, sizeof(act));
		perform(&act);
		CHECK(spinlock_fake_held() == 0);
		CHECK(room == model.room);
		CHECK(lines[VGIC_UART_INTID] == pl011_model_line(&model));
		CHECK(lines[VGIC_GPIO_INTID] == pl061_model_line(&pins));
		CHECK(lines[VGIC_WATCHDOG_INTID] == dog.ws0);
		CHECK(world.vm.watchdog.bitten == dog.ws1 && (bitten || !dog.ws1));
		CHECK(lines[VGIC_RTC_INTID] == (world.vm.rtc.raw && world.vm.rtc.mask));
	}
	return 0;
}
