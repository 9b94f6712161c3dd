/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL061 (DDI 0190, §3.3) with the choices of QEMU's virt board, on which guests were tested: a write to a pin that is an input
 * is lost, edges are those of inputs, and no pin has a hardware function, so that GPIOAFSEL only keeps its value. A level is
 * not remembered, for GPIOIC clears edges only: its interrupt is there as long as it is.
 *
 * A press is a level that lasts, because drivers look again when it has stopped bouncing (Linux's gpio-keys after 5 ms). The
 * one deadline lets the button go.
 *
 * Invariants: the vGIC's input is (raw & mask) != 0 whenever the lock is free; a release is believed only if its time has come
 * by the clock, because the button may have been pressed again while it expired.
 * Lock: gpio.lock (RANK_DEVICE), held across the requests to the vGIC and to the deadlines.
 */
#include "virtual/vgpio.h"

#include "lib/bits.h"
#include "machine/timer.h"
#include "monitor/vm.h"

#define PINS FIELD(7, 0)
enum { HELD_PER_SECOND = 10 }; /* so many presses would fill a second */

/* An output reads as it was written. */
static u32 pins(const struct vgpio *g) { return (g->in & ~g->direction) | (g->out & g->direction); }

/* GPIORIS. */
static u32 raw(const struct vgpio *g)
{
	u32 level = (u32)(~(pins(g) ^ g->event) & PINS);

	return (level & g->sense) | (g->edges & ~g->sense);
}

static struct vgpio *lock_gpio(struct vm *vm)
{
	spinlock_take(&vm->gpio.lock);
	return &vm->gpio;
}

static void unlock_gpio(struct vm *vm)
{
	struct vgpio *g = &vm->gpio;
	bool high = (raw(g) & g->mask) != 0;

	if (high != g->line) {
		g->line = high;
		vgic_set_line(vm->vcpus[0], VGIC_GPIO_INTID, high);
	}
	spinlock_give(&g->lock);
}

static void set_inputs(struct vgpio *g, u32 in)
{
	u32 changed = (g->in ^ in) & ~g->direction & ~g->sense;

	g->edges |= changed & (g->both | ~(in ^ g->event));
	g->in = in;
}

static void expire(struct deadline *self)
{
	struct vm *vm = CONTAINER_OF(self, struct vgpio, release)->vm;
	struct vgpio *g = lock_gpio(vm);

	if (timer_now() >= g->release.when)
		set_inputs(g, 0);
	unlock_gpio(vm);
}

/* Bits 9 to 2 of the address choose the pins. Without the lock, as all that only look. */
static enum verdict data_read(struct vcpu *v, struct access *a)
{
	a->value = a->offset % 4 ? 0 : pins(&v->vm->gpio) & a->offset >> 2;
	return DONE;
}

static enum verdict data_write(struct vcpu *v, struct access *a)
{
	struct vgpio *g = lock_gpio(v->vm);
	u32 chosen = a->offset % 4 ? 0 : (a->offset >> 2) & g->direction;

	g->out = (g->out & ~chosen) | ((u32)a->value & chosen);
	unlock_gpio(v->vm);
	return DONE;
}

static enum verdict ris_read(struct vcpu *v, struct access *a)
{
	a->value = raw(&v->vm->gpio);
	return DONE;
}

static enum verdict mis_read(struct vcpu *v, struct access *a)
{
	a->value = raw(&v->vm->gpio) & v->vm->gpio.mask;
	return DONE;
}

static enum verdict ic_write(struct vcpu *v, struct access *a)
{
	lock_gpio(v->vm)->edges &= ~(u32)a->value;
	unlock_gpio(v->vm);
	return DONE;
}

/* Registers that keep a value. */
#define REGISTER_VALUE(name, field)                                        \
	static enum verdict name##_read(struct vcpu *v, struct access *a)  \
	{                                                                  \
		a->value = v->vm->gpio.field;                              \
		return DONE;                                               \
	}                                                                  \
	static enum verdict name##_write(struct vcpu *v, struct access *a) \
	{                                                                  \
		lock_gpio(v->vm)->field = (u32)(a->value & PINS);          \
		unlock_gpio(v->vm);                                        \
		return DONE;                                               \
	}

REGISTER_VALUE(dir, direction)
REGISTER_VALUE(is, sense)
REGISTER_VALUE(ibe, both)
REGISTER_VALUE(iev, event)
REGISTER_VALUE(ie, mask)
REGISTER_VALUE(afsel, function)

/* GPIOPeriphID0..3, GPIOPCellID0..3. */
static enum verdict id_read(struct vcpu *v, struct access *a)
{
	static const u8 ids[8] = {0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)v;
	a->value = ids[a->offset / 4 % 8];
	return DONE;
}

/* Linux reads and writes them by bytes, and what looks for primecells by words. */
enum { WIDTHS = 1 | 2 | 4 };
#define REGISTER(offset, read, write, name) REG(offset, 4, WIDTHS | REG_START, read, write, name)
#define REGISTER_ID(offset, name)           REGISTER(offset, id_read, reg_write_ignore, name)

static const struct reg rows[] = {
	REG(0x000, 0x400, WIDTHS, data_read, data_write, "GPIODATA"),
	REGISTER(0x400, dir_read, dir_write, "GPIODIR"),
	REGISTER(0x404, is_read, is_write, "GPIOIS"),
	REGISTER(0x408, ibe_read, ibe_write, "GPIOIBE"),
	REGISTER(0x40c, iev_read, iev_write, "GPIOIEV"),
	REGISTER(0x410, ie_read, ie_write, "GPIOIE"),
	REGISTER(0x414, ris_read, reg_write_ignore, "GPIORIS"),
	REGISTER(0x418, mis_read, reg_write_ignore, "GPIOMIS"),
	REGISTER(0x41c, reg_read_zero, ic_write, "GPIOIC"),
	REGISTER(0x420, afsel_read, afsel_write, "GPIOAFSEL"),
	/* Among them what tests the wires of the hardware (chapter 4), of which there are none. */
	REG_RESERVED(0x424, 0xbbc),
	REGISTER_ID(0xfe0, "GPIOPeriphID0"),
	REGISTER_ID(0xfe4, "GPIOPeriphID1"),
	REGISTER_ID(0xfe8, "GPIOPeriphID2"),
	REGISTER_ID(0xfec, "GPIOPeriphID3"),
	REGISTER_ID(0xff0, "GPIOPCellID0"),
	REGISTER_ID(0xff4, "GPIOPCellID1"),
	REGISTER_ID(0xff8, "GPIOPCellID2"),
	REGISTER_ID(0xffc, "GPIOPCellID3"),
};

static u8 row_index[0x1000 >> REG_INDEX_SHIFT];

const struct reg_table vgpio_table = {
	.name = "PL061", .rows = rows, .count = ARRAY_COUNT(rows), .size = 0x1000, .index = row_index};

void vgpio_reset(struct vm *vm)
{
	vm->gpio.lock.rank = RANK_DEVICE;
	struct vgpio *g = lock_gpio(vm);

	if (!g->release.expire)
		g->release = (struct deadline)DEADLINE_IDLE(expire);
	deadline_cancel(&g->release);
	g->vm = vm;
	g->in = g->out = g->direction = g->sense = g->both = g->event = 0;
	g->edges = g->mask = g->function = 0;
	unlock_gpio(vm);
}

void vgpio_press(struct vm *vm)
{
	struct vgpio *g = lock_gpio(vm);

	set_inputs(g, BIT(VGPIO_BUTTON));
	deadline_set(&g->release, timer_now() + timer_frequency() / HELD_PER_SECOND);
	unlock_gpio(vm);
}
