/* SPDX-License-Identifier: Apache-2.0 */
/* The guest at its CPU interface: at the one in software by its registers' rows, or at the fake's. */
#include "lib/bits.h"
#include "lib/require.h"
#include "model/vgic_harness.h"
#include "virtual/vgic_interface.h"

#define CTLR_CBPR    BIT(0)
#define CTLR_EOIMODE BIT(1)

static u64 row(u32 k, reg_function function, struct access a)
{
	a.size = 8;
	gich_fake_select(k);
	require(function(&harness.vcpu[k], &a) == DONE);
	harness_pass(k);
	return a.value;
}

static u64 get(u32 k, reg_function function) { return row(k, function, (struct access){.value = ~0UL}); }

static void put(u32 k, reg_function function, u64 value)
{
	row(k, function, (struct access){.write = true, .value = value});
}

u32 harness_ack(u32 k, u32 group)
{
	gich_fake_select(k);
	if (!harness.software)
		return gich_fake_ack(group);
	return (u32)get(k, group ? vgic_interface_iar1_read : vgic_interface_iar0_read);
}

void harness_eoi(u32 k, u32 group, u32 intid)
{
	gich_fake_select(k);
	if (harness.software)
		put(k, group ? vgic_interface_eoir1_write : vgic_interface_eoir0_write, intid);
	else
		gich_fake_eoi(group, intid);
}

void harness_dir(u32 k, u32 intid)
{
	gich_fake_select(k);
	if (harness.software || !gich_fake_dir(intid))
		put(k, vgic_dir_write, intid);
}

void harness_set_pmr(u32 k, u32 priority)
{
	gich_fake_select(k);
	if (harness.software)
		put(k, vgic_interface_pmr_write, priority);
	else
		gich_fake_set_pmr(priority);
}

void harness_set_group(u32 k, u32 group, bool enabled)
{
	gich_fake_select(k);
	if (harness.software)
		put(k, group ? vgic_interface_igrpen1_write : vgic_interface_igrpen0_write, enabled);
	else
		gich_fake_set_group(group, enabled);
}

void harness_set_control(u32 k, bool split, bool common)
{
	gich_fake_select(k);
	if (harness.software) {
		put(k, vgic_interface_ctlr_write, (split ? CTLR_EOIMODE : 0) | (common ? CTLR_CBPR : 0));
	} else {
		gich_fake_set_eoimode(split);
		gich_fake_set_cbpr(common);
	}
}

void harness_set_bpr(u32 k, u32 group, u32 point)
{
	gich_fake_select(k);
	if (harness.software)
		put(k, group ? vgic_interface_bpr1_write : vgic_interface_bpr0_write, point);
	else
		gich_fake_set_bpr(group, point);
}

bool harness_signals(u32 k, u32 group)
{
	gich_fake_select(k);
	return harness.software ? gich_fake_is_set(group) : gich_fake_signals(group);
}

u32 harness_running(u32 k)
{
	gich_fake_select(k);
	return harness.software ? (u32)get(k, vgic_interface_rpr_read) : gich_fake_running();
}

u64 harness_levels(u32 k, u32 group)
{
	gich_fake_select(k);
	if (!harness.software)
		return gich_fake_levels(group);
	return get(k, group ? vgic_interface_ap1r0_read : vgic_interface_ap0r0_read);
}

u32 harness_highest(u32 k, u32 group)
{
	return (u32)get(k, group ? vgic_interface_hppir1_read : vgic_interface_hppir0_read);
}
