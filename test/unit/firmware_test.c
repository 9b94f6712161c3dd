/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest has of the machine's firmware: workarounds, the number of the SoC, random numbers. */
#include "machine/smccc.h"
#include "virtual/vsmccc.h"
#include "world.h"

#define NOT_SUPPORTED -1UL
#define UPPER         0xdeadbeef00000000UL

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	world_power_on();
	vm = world_vm(2);
	v = vm->vcpus[0];
	on_cpu(0);
}

static u64 call(u64 function, u64 x1)
{
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	vsmccc_call(v);
	return v->regs.x[0];
}

static u64 features(u64 asked) { return call(0x80000001, asked); }

static s64 workarounds[3]; /* what ARCH_FEATURES says, now */
static u32 flushes[3], stores_on;
static u64 smccc_version, trng_version;
static s64 soc_version; /* 0: it does not know the call */
static u32 entropy_left;
static const u64 ids[3] = {0x80008000, 0x80007fff, 0x80003fff};

static u64 firmware_features(u64 asked)
{
	for (u32 i = 0; i < 3; i++)
		if (asked == ids[i])
			return (u64)workarounds[i];
	return asked == 0x80000002 && soc_version ? 0 : NOT_SUPPORTED;
}

static void firmware(u64 x[4])
{
	u64 argument = x[1];

	for (u32 i = 0; i < 3; i++)
		if (x[0] == ids[i]) {
			flushes[i]++;
			stores_on += i == 1 && argument == 1;
		}
	switch (x[0]) {
	case 0x84000000:
		x[0] = 0x10001;
		break;
	case 0x8400000a:
		x[0] = argument == 0x80000000 && smccc_version ? 0 : NOT_SUPPORTED;
		break;
	case 0x80000000:
		x[0] = smccc_version;
		break;
	case 0x80000001:
		x[0] = firmware_features(argument);
		break;
	case 0x80000002:
		x[0] = argument == 0 ? (u64)soc_version : argument == 1 ? 7 : -3UL;
		break;
	case 0x84000050:
		x[0] = trng_version;
		break;
	case 0x84000051:
		x[0] = argument == 0xc4000053 ? 0 : NOT_SUPPORTED;
		break;
	case 0x84000052:
		memcpy(x, (u64[4]){0x11111111, 0x22222222, 0x33333333, 0x44444444}, 32);
		break;
	case 0xc4000053:
		assert_int_equal(argument, 64);
		x[0] = entropy_left ? 0 : -3UL;
		x[3] = entropy_left ? 0x0123456789abcdef + --entropy_left : 0;
		break;
	default:
		x[0] = NOT_SUPPORTED;
	}
}

/* One more CPU, on which the firmware says this of the three workarounds. */
static void probe(u32 cpu, u64 csv2, s64 first, s64 second, s64 third)
{
	fake_firmware = firmware;
	workarounds[0] = first;
	workarounds[1] = second;
	workarounds[2] = third;
	on_cpu(cpu);
	write_sysreg(id_aa64pfr0_el1, csv2 << 56);
	smccc_probe();
	on_cpu(0);
}

static void are(u64 first, u64 second, u64 third)
{
	assert_int_equal(features(ids[0]), first);
	assert_int_equal(features(ids[1]), second);
	assert_int_equal(features(ids[2]), third);
}

static void nobody_said_anything_of_flaws(void **s)
{
	(void)s;
	are(NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(call(ids[i], 0), NOT_SUPPORTED);
}

static void firmware_of_before_smccc_is_not_asked(void **s)
{
	(void)s;
	smccc_version = 0;
	probe(0, 0, 0, 0, 0);
	are(NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED);
	assert_int_equal(stores_on, 0);
}

static void cpu_without_the_flaw_needs_no_firmware(void **s)
{
	(void)s;
	smccc_version = 0;
	probe(0, 3, 0, 0, 0);
	are(1, NOT_SUPPORTED, 1);
	assert_int_equal(call(ids[0], 0), 0);
	assert_int_equal(call(ids[2], 0), 0);
	assert_int_equal(flushes[0] + flushes[2], 0);
}

static void older_cpu_tells_of_branch_targets_alone(void **s)
{
	(void)s;
	smccc_version = 0x10002;
	probe(0, 1, -1, -1, -1);
	are(1, NOT_SUPPORTED, NOT_SUPPORTED);
}

static void workaround_of_the_firmware_is_called_for_the_guest(void **s)
{
	(void)s;
	smccc_version = 0x10001;
	probe(0, 0, 0, 0, 0);
	are(0, -2UL, 0);
	assert_int_equal(stores_on, 1); /* at boot, for good */
	assert_int_equal(call(ids[0], UPPER), 0);
	assert_int_equal(call(ids[2], UPPER), 0);
	assert_int_equal(call(ids[1], 0), 0);
	assert_int_equal(flushes[0], 1);
	assert_int_equal(flushes[1], 1);
	assert_int_equal(flushes[2], 1);
}

static void worst_of_the_cpus_counts_and_each_gets_its_own(void **s)
{
	(void)s;
	smccc_version = 0x10001;
	probe(0, 0, 1, 1, 1);
	are(1, -2UL, 1);
	probe(1, 0, 0, 1, 1);
	are(0, -2UL, 1);
	call(ids[0], 0);
	assert_int_equal(flushes[0], 0); /* CPU 0 has not the flaw */
	on_cpu(1);
	call(ids[0], 0);
	assert_int_equal(flushes[0], 1);
	probe(2, 0, 1, -1, -1);
	are(0, NOT_SUPPORTED, NOT_SUPPORTED);
}

static void not_required_is_an_answer_of_the_second_alone(void **s)
{
	(void)s;
	smccc_version = 0x10001;
	probe(0, 0, -2, -2, -2);
	are(NOT_SUPPORTED, -2UL, NOT_SUPPORTED);
}

static void smccc_features_know_the_rows_of_the_architecture(void **s)
{
	(void)s;
	assert_int_equal(features(0x80000000), 0);
	assert_int_equal(features(UPPER | 0x80000001), 0);
	for (u64 id = 0x80000002; id < 0x80010000; id++)
		assert_int_equal(features(id), NOT_SUPPORTED);
	assert_int_equal(features(0xc0000000), NOT_SUPPORTED);
	assert_int_equal(features(0x84000000), NOT_SUPPORTED);
	assert_int_equal(features(0x84000050), NOT_SUPPORTED);
}

static void soc_of_the_machine_is_the_guests(void **s)
{
	(void)s;
	smccc_version = 0x10002;
	soc_version = 0x09290404;
	probe(0, 0, 1, 1, 1);
	assert_int_equal(features(0x80000002), 0);
	soc_version = 0x0bad0bad; /* asked once, at boot */
	assert_int_equal(call(0x80000002, UPPER), 0x09290404);
	assert_int_equal(call(0x80000002, 1), 7);
	assert_int_equal(call(0x80000002, 2), -3UL);
	assert_int_equal(call(0x80000002, 0xffffffff), -3UL);
	assert_int_equal(features(0xc0000002), NOT_SUPPORTED);
}

static void soc_that_nobody_tells_of_is_no_call(void **s)
{
	(void)s;
	smccc_version = 0x10002;
	soc_version = 0;
	probe(0, 0, 1, 1, 1);
	assert_int_equal(features(0x80000002), NOT_SUPPORTED);
	assert_int_equal(call(0x80000002, 0), NOT_SUPPORTED);
	assert_int_equal(call(0x80000002, 2), NOT_SUPPORTED);
}

/* --- random numbers --- */

static u64 rnd(u64 function, u64 bits)
{
	v->regs.x[2] = v->regs.x[3] = 0x5555555555555555;
	return call(function, bits);
}

static void no_source_no_calls(void **s)
{
	const u64 trng[] = {0x84000050, 0x84000051, 0x84000052, 0x84000053, 0xc4000053};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(trng); i++)
		assert_int_equal(call(trng[i], 0x84000053), NOT_SUPPORTED);
	assert_int_equal(v->regs.x[1], 0x84000053);
}

static void rndrrs_is_a_source(void **s)
{
	(void)s;
	fake_has_rndr = true;
	assert_int_equal(call(0x84000050, 0), 0x10000);
	for (u64 id = 0x84000050; id <= 0x84000053; id++)
		assert_int_equal(call(0x84000051, id), 0);
	assert_int_equal(call(0x84000051, 0xc4000053), 0);
	assert_int_equal(call(0x84000051, 0x84000054), NOT_SUPPORTED);
	assert_int_equal(call(0x84000051, 0xc4000050), NOT_SUPPORTED);
	assert_int_not_equal(call(0x84000052, 0), 0xffffffff);
	assert_true(v->regs.x[0] >> 32 == 0 && v->regs.x[1] && v->regs.x[3]);
}

static u32 width_of(u64 x) { return x ? 64 - (u32)__builtin_clzl(x) : 0; }

/* Over many draws the highest bit that is ever set is the one that was asked for. */
static void fills_exactly(u64 function, u32 width, u32 bits)
{
	u64 all[4] = {0};

	for (u32 i = 0; i < 64; i++) {
		fake_rndr_left = 3;
		assert_int_equal(rnd(function, bits), 0);
		for (u32 n = 1; n <= 3; n++)
			all[n] |= v->regs.x[n];
		assert_int_equal(3 - fake_rndr_left, (bits + width - 1) / width);
	}
	for (u32 n = 3; n >= 1; n--) {
		u32 here = bits < width ? bits : width;

		assert_int_equal(width_of(all[n]), here);
		bits -= here;
	}
}

static void as_many_bits_as_were_asked_for(void **s)
{
	(void)s;
	fake_has_rndr = true;
	for (u32 bits = 1; bits <= 96; bits++)
		fills_exactly(0x84000053, 32, bits);
	for (u32 bits = 1; bits <= 192; bits++)
		fills_exactly(0xc4000053, 64, bits);
}

static void impossible_counts_are_invalid(void **s)
{
	(void)s;
	fake_has_rndr = true;
	fake_rndr_left = 9;
	assert_int_equal(rnd(0x84000053, 0), -2UL);
	assert_int_equal(rnd(0x84000053, UPPER), -2UL);
	assert_int_equal(rnd(0x84000053, 97), -2UL);
	assert_int_equal(rnd(0xc4000053, 193), -2UL);
	assert_int_equal(rnd(0xc4000053, 1UL << 32 | 64), -2UL);
	assert_int_equal(v->regs.x[1] | v->regs.x[2] | v->regs.x[3], 0);
	assert_int_equal(fake_rndr_left, 9);
}

static void source_that_runs_dry_gives_nothing(void **s)
{
	(void)s;
	fake_has_rndr = true;
	fake_rndr_left = 2;
	assert_int_equal(rnd(0xc4000053, 192), -3UL);
	assert_int_equal(v->regs.x[1] | v->regs.x[2] | v->regs.x[3], 0);
	fake_rndr_left = 3;
	assert_int_equal(rnd(0xc4000053, 192), 0);
}

static void source_of_the_firmware_goes_first(void **s)
{
	(void)s;
	fake_has_rndr = true;
	smccc_version = 0x10002;
	trng_version = 0x10000;
	entropy_left = 3;
	probe(0, 0, -1, -1, -1);
	assert_int_equal(call(0x84000052, 0), 0x11111111);
	assert_int_equal(v->regs.x[3], 0x44444444);
	assert_int_equal(rnd(0xc4000053, 192), 0);
	assert_int_equal(v->regs.x[3], 0x0123456789abcdef + 2);
	assert_int_equal(v->regs.x[1], 0x0123456789abcdef);
	assert_int_equal(rnd(0x84000053, 1), -3UL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(nobody_said_anything_of_flaws),
		ALONE(firmware_of_before_smccc_is_not_asked),
		ALONE(cpu_without_the_flaw_needs_no_firmware),
		ALONE(older_cpu_tells_of_branch_targets_alone),
		ALONE(workaround_of_the_firmware_is_called_for_the_guest),
		ALONE(worst_of_the_cpus_counts_and_each_gets_its_own),
		ALONE(not_required_is_an_answer_of_the_second_alone),
		ALONE(smccc_features_know_the_rows_of_the_architecture),
		ALONE(soc_of_the_machine_is_the_guests),
		ALONE(soc_that_nobody_tells_of_is_no_call),
		ALONE(no_source_no_calls),
		ALONE(rndrrs_is_a_source),
		ALONE(as_many_bits_as_were_asked_for),
		ALONE(impossible_counts_are_invalid),
		ALONE(source_that_runs_dry_gives_nothing),
		ALONE(source_of_the_firmware_goes_first),
	};

	alone_start = start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
