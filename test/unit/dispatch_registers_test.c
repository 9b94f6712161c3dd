/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that the vectors do not store, because C keeps them: what traps reads and writes all of them. */
#include "world.h"

#define PC 0x40200100UL
/* Direction, register and encoding of a trapped MRS or MSR. */
#define SYSREG(op0, op1, crn, crm, op2, rt, read)                                                    \
	(EC(0x18) | IL | (u64)(op0) << 20 | (u64)(op2) << 17 | (u64)(op1) << 14 | (u64)(crn) << 10 | \
	 (u64)(rt) << 5 | (u64)(crm) << 1 | (read))
#define MRS_ID_PFR0(rt) SYSREG(3, 0, 0, 4, 0, rt, 1)

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	fake_id_register(4, 0, 0x1111);
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	v->regs.pc = PC;
	vcpu_write(v, CONTEXT_vbar_el1, 0x50000000);
	for (u32 i = 0; i < 31; i++)
		v->regs.x[i] = 0x1000 + i;
}

static void every_register_takes_what_a_trapped_register_reads(void **s)
{
	(void)s;
	for (u32 rt = 0; rt < 31; rt++) {
		traps(v, MRS_ID_PFR0(rt));
		assert_int_equal(v->regs.x[rt], vid_show(VID_HOST, 4, 0, 0x1111));
		if (rt < 30)
			assert_int_equal(v->regs.x[rt + 1], 0x1001 + rt);
	}
	assert_int_equal(v->regs.pc, PC + 31 * 4);
}

static void every_register_takes_what_a_device_reads(void **s)
{
	(void)s;
	for (u32 rt = 0; rt < 31; rt++) {
		faults(v, LOAD(2, rt, 0), VGIC_DIST_BASE + 8, VGIC_DIST_BASE + 8);
		assert_int_equal(v->regs.x[rt], 0x4300043b);
	}
	assert_int_equal(v->regs.pc, PC + 31 * 4);
}

static void every_register_can_be_stored(void **s)
{
	(void)s;
	for (u32 rt = 0; rt < 31; rt++) {
		faults(v, STORE(2, rt), VGIC_DIST_BASE + 0x84, VGIC_DIST_BASE + 0x84);
		assert_int_equal(vm->vgic.shared[1].group1, 0x1000 + rt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(every_register_takes_what_a_trapped_register_reads),
		ALONE(every_register_takes_what_a_device_reads),
		ALONE(every_register_can_be_stored),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
