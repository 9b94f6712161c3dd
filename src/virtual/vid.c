/* SPDX-License-Identifier: Apache-2.0 */
/* The expansion of virtual/vid.def. Each baseline is written before its first VM is made: no lock. */
#include "virtual/vid.h"

#include "lib/bits.h"

enum order { LOWER, SIGNED, FIXED };

struct field {
	u8 at; /* CRm * 8 + op2 */
	u8 nibble, order;
	u8 most;
	u8 wanted[VID_BASELINES]; /* not VID_HOST's */
	const char *name;
};

static const struct {
	u64 pass;
	const char *name;
} registers[VID_REGISTERS] = {
#define ID_FIELD(crm, op2, nibble, name, order, most, v80, v82)
#define ID_REGISTER(crm, op2, name, pass) [(crm)*8 + (op2)] = {pass, name},
#include "virtual/vid.def"
#undef ID_REGISTER
#undef ID_FIELD
};

static const struct field fields[] = {
#define ID_REGISTER(crm, op2, name, pass)
#define ID_FIELD(crm, op2, nibble, name, order, most, v80, v82) \
	{(crm)*8 + (op2), nibble, order, most, {[VID_ARMV8_0] = v80, [VID_ARMV8_2] = v82}, name},
#include "virtual/vid.def"
#undef ID_REGISTER
#undef ID_FIELD
};

static u64 shown[VID_BASELINES][VID_REGISTERS];
static bool is_known[VID_BASELINES]; /* most machines need but one of them */
static u64 (*read_machine)(u32 crm, u32 op2);

static u64 mask_of(const struct field *f) { return 0xfUL << 4 * f->nibble; }

/* As a number that grows with what there is. */
static s32 rank(const struct field *f, u64 value)
{
	return f->order == SIGNED && value >= 8 ? (s32)value - 16 : (s32)value;
}

static u64 host_value(const struct field *f, u64 machine)
{
	u64 value = field_get(mask_of(f), machine);

	return f->order == FIXED || rank(f, value) > rank(f, f->most) ? f->most : value;
}

/* In its place. */
static u64 show_field(const struct field *f, enum vid_baseline baseline, u64 machine)
{
	return field_put(mask_of(f), baseline == VID_HOST ? host_value(f, machine) : f->wanted[baseline]);
}

u64 vid_show(enum vid_baseline baseline, u32 crm, u32 op2, u64 machine)
{
	u32 at = crm * 8 + op2;
	u64 value = baseline == VID_HOST ? machine & registers[at].pass : 0;

	for (u32 i = 0; i < ARRAY_COUNT(fields); i++) {
		const struct field *f = &fields[i];

		if (f->at == at)
			value |= show_field(f, baseline, machine);
	}
	return value;
}

void vid_init(u64 (*machine_id)(u32 crm, u32 op2))
{
	read_machine = machine_id;
	for (u32 b = 0; b < VID_BASELINES; b++)
		is_known[b] = false;
}

static void show(enum vid_baseline baseline, u64 *its)
{
	for (u32 at = 8; at < VID_REGISTERS; at++)
		its[at] = baseline == VID_HOST ? read_machine(at / 8, at % 8) & registers[at].pass : 0;
	for (u32 i = 0; i < ARRAY_COUNT(fields); i++) {
		const struct field *f = &fields[i];

		its[f->at] |= show_field(f, baseline, read_machine(f->at / 8, f->at % 8));
	}
}

const u64 *vid_shown(enum vid_baseline baseline)
{
	if (!is_known[baseline])
		show(baseline, shown[baseline]);
	is_known[baseline] = true;
	return shown[baseline];
}

bool vid_has_pauth(const u64 *registers_shown)
{
	const u64 *isar = &registers_shown[48]; /* CRm = 6: ID_AA64ISAR0_EL1 and following */

	return isar[1] & (FIELD(11, 4) | FIELD(31, 24)) ||
	       isar[2] & FIELD(15, 8); /* APA, API, GPA, GPI, GPA3, APA3 */
}

bool vid_has_sve(const u64 *registers_shown)
{
	return registers_shown[32] & FIELD(35, 32); /* CRm = 4: ID_AA64PFR0_EL1 */
}

bool vid_has_mte(const u64 *registers_shown)
{
	return field_get(FIELD(11, 8), registers_shown[33]) >= 2; /* ID_AA64PFR1_EL1 */
}

bool vid_has_ras(const u64 *registers_shown) { return registers_shown[32] & FIELD(31, 28); }

bool vid_has_pmu(const u64 *registers_shown)
{
	return registers_shown[40] & FIELD(11, 8); /* CRm = 5: ID_AA64DFR0_EL1 */
}

bool vid_lacks(enum vid_baseline baseline, struct vid_lack *lack)
{
	for (u32 i = 0; baseline != VID_HOST && i < ARRAY_COUNT(fields); i++) {
		const struct field *f = &fields[i];
		u64 has = host_value(f, read_machine(f->at / 8, f->at % 8)), wants = f->wanted[baseline];

		if (rank(f, has) >= rank(f, wants))
			continue;
		*lack = (struct vid_lack){registers[f->at].name, f->name, (u32)has, (u32)wants};
		return true;
	}
	return false;
}
