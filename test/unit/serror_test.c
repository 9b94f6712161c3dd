/* SPDX-License-Identifier: Apache-2.0 */
/* Physical SErrors through the real loop: whose they are, what the guest is given, and what nobody else notices. */
#include "world.h"

#include "monitor/inject.h"
#include "monitor/serror.h"

#define PC            0x40200100UL
#define UARTDR        VUART_BASE
#define RAS           (1UL << 28)
#define AET(n)        ((u64)(n) << 10 | 0x11)
#define CORRECTED     AET(6)
#define RESTARTABLE   AET(2)
#define RECOVERABLE   AET(3)
#define UNRECOVERABLE AET(1)
#define UNCONTAINABLE AET(0)
#define UNCATEGORIZED 0UL
#define OWN_ENCODING  (BIT(24) | 0x1234)
#define EXTERNAL      BIT(9) /* ISS.EA */
#define CPU_OFF       0x84000002UL
#define CPU_ON        0xc4000003UL
#define CPU_SUSPEND   0xc4000001UL
#define VERSION       0x84000000UL

static struct vm *vm, *other;
static struct vcpu *v;

static void starts(u64 ras, enum vid_baseline baseline)
{
	fake_id_register(4, 0, 0x1111 | ras);
	world_power_on();
	struct vm_description *d = world_describe(2);

	d->cpu = baseline;
	d->wfi = WAIT_TRAP;
	vm = world_vm_of(d);
	other = world_vm(1);
	v = vm->vcpus[0];
	turn(0);
	turn(2);
	v->regs.pc = PC;
	for (u32 i = 0; i < 31; i++)
		v->regs.x[i] = 0x1000 + i;
}

static void start(void) { starts(RAS, VID_HOST); }
static void start_without_ras(void) { starts(0, VID_HOST); }
static void start_hidden(void) { starts(RAS, VID_ARMV8_0); }

/* The vector for SErrors is taken: with this syndrome. */
static void is_hit(u64 iss) { stops(v, EXIT_SERROR, (struct exit){.esr = EC(0x2f) | IL | iss}); }

/* One waits when the guest next stops, for whatever reason. */
static void will_wait(u64 iss)
{
	fake_serror = true;
	fake_serror_iss = iss;
}

static u64 counted(void) { return v->counters.exits[COUNTER_SERROR].count; }

static bool waits(void)
{
	on_cpu(v->cpu);
	return vcpu_serror_waits(v);
}

static void takes(void)
{
	on_cpu(v->cpu);
	assert_true(read_sysreg(hcr_el2) & HCR_VSE);
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_VSE);
}

static void has_been_given(u64 iss)
{
	assert_true(waits());
	assert_true(v->loaded && read_sysreg(hcr_el2) & HCR_VSE);
	assert_int_equal(read_sysreg(vsesr_el2), iss);
	assert_int_equal(vm->state, VM_RUNNING);
}

static void nothing_else_happened(void)
{
	assert_int_equal(v->regs.pc, PC);
	for (u32 i = 0; i < 31; i++)
		assert_int_equal(v->regs.x[i], 0x1000 + i);
}

/* --- by its severity --- */

static void corrected_is_counted_and_forgotten(void **s)
{
	(void)s;
	is_hit(CORRECTED);
	assert_int_equal(counted(), 1);
	assert_false(waits());
	assert_int_equal(vm->state, VM_RUNNING);
	nothing_else_happened();
}

static void contained_is_the_guests_with_its_syndrome(void **s)
{
	const u64 kinds[] = {RESTARTABLE,   RECOVERABLE,  UNRECOVERABLE, UNRECOVERABLE | EXTERNAL,
	                     UNCATEGORIZED, OWN_ENCODING, AET(0) ^ 0x16};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(kinds); i++) {
		is_hit(kinds[i]);
		has_been_given(kinds[i]);
		nothing_else_happened();
		takes();
		assert_int_equal(counted(), i + 1);
	}
}

static void uncontainable_ends_the_vm_with_a_report_and_no_other(void **s)
{
	(void)s;
	is_hit(UNCONTAINABLE);
	assert_int_equal(vm->state, VM_ENDING);
	assert_int_equal(vm->end, END_CRASHED);
	for (u32 i = 0; i < 100 && vm->state == VM_ENDING; i++) {
		turn(0);
		turn(1);
	}
	assert_int_equal(vm->state, VM_ENDED);
	assert_true(
		printed("vm1: vCPU 0 stopped the machine: a physical SError that its CPU could not contain"));
	assert_true(printed("x18 0000000000001012  x19 0000000000001013"));
	u64 entries = fake_guest_entries;
	assert_true(turn(2));
	assert_int_equal(fake_guest_entries, entries + 1);
	assert_int_equal(other->state, VM_RUNNING);
}

static void reserved_severity_is_the_worst(void **s)
{
	(void)s;
	is_hit(AET(4));
	assert_int_equal(vm->end, END_CRASHED);
}

static void is_traced_with_its_syndrome(void **s)
{
	(void)s;
	is_hit(RECOVERABLE);
	const struct trace *t = trace_of(0);
	const struct trace_record *r = &t->records[(t->head - 1) % TRACE_RECORDS];

	assert_int_equal(r->syndrome, COUNTER_SERROR);
	assert_int_equal(r->pc, PC);
	assert_int_equal(r->subject, trace_who(1, 0, TRACE_SERROR) | RECOVERABLE);
}

/* --- what the machine or the VM lacks --- */

static void without_ras_each_is_the_guests(void **s)
{
	const u64 kinds[] = {CORRECTED, RECOVERABLE, UNCONTAINABLE, OWN_ENCODING};

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(kinds); i++) {
		is_hit(kinds[i]);
		assert_true(waits());
		assert_int_equal(vm->state, VM_RUNNING);
		takes();
	}
	assert_int_equal(read_sysreg(vsesr_el2), 0); /* such a CPU has none */
}

static void where_ras_is_hidden_the_syndrome_is_too(void **s)
{
	(void)s;
	is_hit(CORRECTED);
	assert_false(waits());
	is_hit(RECOVERABLE);
	has_been_given(0);
	is_hit(UNCONTAINABLE);
	assert_int_equal(vm->end, END_CRASHED);
}

static void undefined_without_ras(void **s)
{
	(void)s;
	v->access = (struct access){.offset = VSYSREG_KEY(3, 0, 5, 3, 0), .size = 8};
	assert_int_equal(vsysreg_access(v, &v->access), UNDEF);
}

static void a_guest_with_ras_has_no_error_records(void **s)
{
	(void)s;
	v->access = (struct access){.offset = VSYSREG_KEY(3, 0, 5, 3, 0), .size = 8, .value = ~0UL};
	assert_int_equal(vsysreg_access(v, &v->access), DONE);
	assert_int_equal(v->access.value, 0);
	v->access.write = true;
	assert_int_equal(vsysreg_access(v, &v->access), UNDEF);
}

/* --- two at once --- */

static void of_two_that_wait_the_worse_is_told(void **s)
{
	(void)s;
	is_hit(RESTARTABLE);
	is_hit(RECOVERABLE);
	has_been_given(RECOVERABLE);
	is_hit(RESTARTABLE);
	has_been_given(RECOVERABLE);
	is_hit(OWN_ENCODING);
	has_been_given(OWN_ENCODING);
	is_hit(UNRECOVERABLE);
	has_been_given(UNRECOVERABLE);
	is_hit(CORRECTED);
	has_been_given(UNRECOVERABLE);
}

static void after_one_was_taken_the_next_is_told(void **s)
{
	(void)s;
	is_hit(UNRECOVERABLE);
	takes();
	is_hit(RESTARTABLE);
	has_been_given(RESTARTABLE);
}

/* --- one that waits when the guest stops for another reason --- */

static void call_is_done_once_and_the_serror_given(void **s)
{
	(void)s;
	will_wait(RECOVERABLE);
	v->regs.x[0] = VERSION;
	traps(v, HVC);
	assert_false(fake_serror);
	assert_int_equal(v->regs.x[0], 0x10001);
	assert_int_equal(v->regs.pc, PC);
	has_been_given(RECOVERABLE);
	assert_int_equal(v->counters.exits[0x16].count, 1);
	assert_int_equal(counted(), 1);
}

static void load_is_done_at_its_own_address(void **s)
{
	(void)s;
	faults(v, LOAD(2, 1, 0), 0xfe4, VUART_BASE); /* fills in what the next one must not use */
	will_wait(RECOVERABLE);
	faults(v, LOAD(2, 20, 0), 0xfe0,
	       VUART_BASE); /* x20 is in the registers only once the guest is left */
	assert_int_equal(v->regs.x[20], 0x11);
	assert_int_equal(v->regs.pc, PC + 8);
	has_been_given(RECOVERABLE);
}

static void abort_is_given_too_with_its_own_address(void **s)
{
	(void)s;
	will_wait(RECOVERABLE);
	faults(v, LOAD(2, 1, 0), 0x9000000, WORLD_BAD);
	assert_int_equal(vcpu_read(v, CONTEXT_far_el1), 0x9000000);
	has_been_given(RECOVERABLE); /* and the CPU masks it meanwhile: PSTATE.A */
	assert_true(v->regs.pstate & BIT(8));
}

static void interrupt_is_still_there_after_it(void **s)
{
	(void)s;
	will_wait(RECOVERABLE);
	fake_gic_raise(0, GIC_KICK_SGI);
	stops(v, EXIT_IRQ, (struct exit){0});
	has_been_given(RECOVERABLE);
	assert_int_equal(fake_gic_pending_count(0), 1);
	stops(v, EXIT_IRQ, (struct exit){0});
	assert_int_equal(fake_gic_pending_count(0), 0);
}

static void nothing_is_done_for_a_vm_that_it_ended(void **s)
{
	(void)s;
	will_wait(UNCONTAINABLE);
	v->regs.x[0] = VERSION;
	traps(v, HVC);
	assert_int_equal(vm->end, END_CRASHED);
	assert_int_equal(v->regs.x[0], VERSION);
}

/* --- over the vCPU's life --- */

static void stays_with_its_vcpu(void **s)
{
	(void)s;
	is_hit(RECOVERABLE);
	vcpu_unload(v);
	assert_false(read_sysreg(hcr_el2) & HCR_VSE);
	write_sysreg(vsesr_el2, 0x77);
	write_sysreg(vdisr_el2, 0x78);
	assert_true(vcpu_serror_waits(v));
	turn(0);
	has_been_given(RECOVERABLE);
	assert_int_equal(read_sysreg(vdisr_el2), 0);
}

static void what_was_taken_does_not_come_back(void **s)
{
	(void)s;
	is_hit(RECOVERABLE);
	takes();
	write_sysreg(vdisr_el2, BIT(31) | 5); /* an ESB has */
	vcpu_unload(v);
	write_sysreg(vdisr_el2, 0);
	turn(0);
	assert_false(waits());
	assert_int_equal(read_sysreg(vdisr_el2), BIT(31) | 5);
}

static void given_while_unloaded_it_is_there_when_loaded(void **s)
{
	(void)s;
	on_cpu(0);
	vcpu_unload(v);
	inject_serror(v, 0x99);
	assert_false(read_sysreg(hcr_el2) & HCR_VSE);
	turn(0);
	has_been_given(0x99);
}

static void comes_out_before_the_vcpu_leaves_its_cpu(void **s)
{
	(void)s;
	on_cpu(0);
	will_wait(RECOVERABLE);
	vcpu_unload(v);
	assert_false(fake_serror);
	turn(0);
	has_been_given(RECOVERABLE);
	assert_int_equal(counted(), 1);
}

static void reset_clears_it(void **s)
{
	struct vcpu *second = vm->vcpus[1];

	(void)s;
	assert_int_equal(calls(v, CPU_ON, 1, WORLD_LOAD, 7), 0);
	turn(1);
	v = second;
	is_hit(RECOVERABLE);
	calls(v, CPU_OFF, 0, 0, 0);
	assert_false(v->loaded);
	assert_true(v->serror);
	assert_int_equal(calls(vm->vcpus[0], CPU_ON, 1, WORLD_LOAD, 7), 0);
	turn(1); /* starts */
	turn(1); /* runs */
	assert_true(v->loaded);
	assert_false(waits());
	assert_int_equal(read_sysreg(vsesr_el2), 0);
}

static void wakes_its_vcpu(void **s)
{
	(void)s;
	traps(v, EC(0x01) | IL | BIT(24) | 0xeUL << 20);
	assert_true(v->sleeping);
	assert_false(turn(0));
	inject_serror(v, RECOVERABLE);
	assert_true(turn(0));
	assert_false(v->sleeping);
	has_been_given(RECOVERABLE);
}

static void suspended_vcpu_that_has_one_goes_on(void **s)
{
	(void)s;
	is_hit(RECOVERABLE);
	calls(v, CPU_SUSPEND, 0, 0, 0);
	assert_true(turn(0));
	assert_false(v->sleeping);
	assert_int_equal(v->regs.x[0], 0);
}

/* --- nobody's --- */

static void idle_cpu_takes_a_harmless_one(void **s)
{
	(void)s;
	on_cpu(7);
	will_wait(CORRECTED);
	serror_take_idle();
	assert_false(fake_serror);
	assert_true(printed("CPU 7: a physical SError, its number 1, while no guest ran: syndrome 1811"));
	for (u32 i = 0; i < 20; i++) {
		will_wait(RESTARTABLE);
		serror_take_idle();
	}
	assert_true(printed("number 16,"));
	assert_false(printed("number 17,"));
	assert_false(printed("number 3,"));
}

static void idle_cpu_without_one_says_nothing(void **s)
{
	(void)s;
	serror_take_idle();
	serror_begin();
	assert_false(printed("SError"));
}

static void nobodys_that_is_not_harmless_is_a_panic(void **s)
{
	const u64 kinds[] = {RECOVERABLE, UNRECOVERABLE, UNCONTAINABLE, OWN_ENCODING};
	const char *sentence = NULL;

	(void)s;
	for (u32 i = 0; i < ARRAY_COUNT(kinds); i++) {
		will_wait(kinds[i]);
		assert_true(fake_expect_panic(serror_take_idle, &sentence));
		assert_non_null(strstr(sentence, "a physical SError while no guest runs"));
	}
}

static void what_the_firmware_left_is_said_and_dropped(void **s)
{
	(void)s;
	on_cpu(3);
	will_wait(UNCONTAINABLE);
	serror_begin();
	assert_false(fake_serror);
	assert_true(printed("CPU 3: a physical SError, its number 1, left by the firmware: syndrome 11"));
}

int main(void)
{
	const struct CMUnitTest with[] = {
		ALONE(corrected_is_counted_and_forgotten),
		ALONE(contained_is_the_guests_with_its_syndrome),
		ALONE(uncontainable_ends_the_vm_with_a_report_and_no_other),
		ALONE(reserved_severity_is_the_worst),
		ALONE(is_traced_with_its_syndrome),
		ALONE(a_guest_with_ras_has_no_error_records),
		ALONE(of_two_that_wait_the_worse_is_told),
		ALONE(after_one_was_taken_the_next_is_told),
		ALONE(call_is_done_once_and_the_serror_given),
		ALONE(load_is_done_at_its_own_address),
		ALONE(abort_is_given_too_with_its_own_address),
		ALONE(interrupt_is_still_there_after_it),
		ALONE(nothing_is_done_for_a_vm_that_it_ended),
		ALONE(stays_with_its_vcpu),
		ALONE(what_was_taken_does_not_come_back),
		ALONE(given_while_unloaded_it_is_there_when_loaded),
		ALONE(comes_out_before_the_vcpu_leaves_its_cpu),
		ALONE(reset_clears_it),
		ALONE(wakes_its_vcpu),
		ALONE(suspended_vcpu_that_has_one_goes_on),
		ALONE(idle_cpu_takes_a_harmless_one),
		ALONE(idle_cpu_without_one_says_nothing),
		ALONE(nobodys_that_is_not_harmless_is_a_panic),
		ALONE(what_the_firmware_left_is_said_and_dropped),
	};
	const struct CMUnitTest without[] = {
		ALONE(without_ras_each_is_the_guests),
		ALONE(undefined_without_ras),
	};
	const struct CMUnitTest hidden[] = {
		ALONE(where_ras_is_hidden_the_syndrome_is_too),
		ALONE(undefined_without_ras),
	};

	alone_start = start;
	int failed = cmocka_run_group_tests(with, NULL, NULL);
	alone_start = start_without_ras;
	failed += cmocka_run_group_tests(without, NULL, NULL);
	alone_start = start_hidden;
	return failed + cmocka_run_group_tests(hidden, NULL, NULL);
}
