/* SPDX-License-Identifier: Apache-2.0 */
/* VMs that are destroyed, and others that come into their places: nothing is left, nothing is lost, nobody else notices. */
#include "life_world.h"
#include "lib/random.h"
#include "monitor/share.h"

enum { ROUNDS = 1000, BYSTANDERS_CPU = 0, FIRST_CPU = 1 };

/* What a VM takes. */
struct census {
	u64 memory, pages;
	u32 vms, cpus;
};

static struct vm *bystander;

static struct census count(void)
{
	struct census c = {.memory = ledger_free(), .pages = pool_room(&pool) + vm_kept_pages()};

	for (u32 id = 1; id <= VM_MAX; id++)
		c.vms += vm_of(id) != NULL;
	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++)
		c.cpus |= ledger_cpu_owner(cpu) != LEDGER_NOBODY ? 1U << cpu : 0;
	return c;
}

static void check_same(struct census a, struct census b)
{
	assert_int_equal(a.memory, b.memory);
	assert_int_equal(a.pages, b.pages);
	assert_int_equal(a.vms, b.vms);
	assert_int_equal(a.cpus, b.cpus);
	assert_null(ledger_check());
}

/* With a VM that nobody touches, on a CPU of its own. */
static void begin(void)
{
	start();
	sched_init(1000);
	bystander = world_vm(1);
	world_settle();
	world_next_cpu = WORLD_CPUS;
}

static void check_bystander(void)
{
	assert_int_equal(life_of(bystander), LIFE_RUNNING);
	assert_int_equal(fake_gic_pending_count(BYSTANDERS_CPU), 0);
	assert_true(turn(BYSTANDERS_CPU)); /* it is entered, and goes on */
}

static struct vm_description *describe_one(u32 cpus, bool shares)
{
	struct vm_description *d = &descriptions[1];

	world_vms = 1;
	d = world_describe(cpus);
	d->restart = RESTART_NEVER;
	for (u32 i = 0; i < cpus; i++)
		d->vcpus[i] = shares ? (struct vcpu_terms){.class = SCHED_FAIR, .cpus = 0x1e, .weight = 100}
		                     : (struct vcpu_terms){.cpus = 1U << (FIRST_CPU + i)};
	return d;
}

static struct vm *created(struct vm_description *d)
{
	assert_int_equal(vm_create(d, &pool), OK);
	struct vm *made = vm_named(d->name);
	assert_non_null(made);
	assert_int_equal(life_of(made), LIFE_DEFINED);
	return made;
}

static void asked(enum life_act act)
{
	on_cpu(5);
	assert_int_equal(life_ask(vm, act), OK);
	world_settle();
}

/* Brings `vm`, which was just made, there. */
static void reach(enum life life)
{
	if (life == LIFE_DEFINED)
		return;
	asked(LIFE_START);
	v = vm->vcpus[0];
	if (life == LIFE_PAUSED)
		asked(LIFE_PAUSE);
	else if (life == LIFE_OFF)
		asked(LIFE_STOP);
	else if (life == LIFE_CRASHED)
		asked(LIFE_CRASH);
	assert_int_equal(life_of(vm), life);
}

static const enum life lives[] = {LIFE_DEFINED, LIFE_RUNNING, LIFE_PAUSED, LIFE_OFF, LIFE_CRASHED};

static void from_everywhere(bool shares)
{
	struct census before = count();

	for (u32 i = 0; i < ARRAY_COUNT(lives); i++) {
		vm = created(describe_one(3, shares));
		reach(lives[i]);
		asked(LIFE_DESTROY);
		assert_null(vm_named("vm2"));
		assert_null(vm_of(2));
		assert_true(printed("vm2 is destroyed"));
		fake_uart_reset();
		check_same(count(), before);
		check_bystander();
	}
}

static void all_that_it_had_is_given_back(void **s)
{
	(void)s;
	from_everywhere(false);
}

static void so_it_is_of_one_that_shared_cpus(void **s)
{
	(void)s;
	from_everywhere(true);
}

static void one_that_is_suspended_goes_too(void **s)
{
	struct census before = count();

	(void)s;
	vm = created(describe_one(1, false));
	reach(LIFE_RUNNING);
	calls(v, SYSTEM_SUSPEND, WORLD_LOAD, 0, 0);
	world_settle();
	assert_int_equal(life_of(vm), LIFE_SUSPENDED);
	asked(LIFE_DESTROY);
	check_same(count(), before);
}

static void while_it_is_loaded_or_ends_it_is_refused(void **s)
{
	(void)s;
	vm = created(describe_one(1, false));
	on_cpu(5);
	assert_int_equal(life_ask(vm, LIFE_START), OK);
	assert_int_equal(life_ask(vm, LIFE_DESTROY), BUSY);
	world_settle();
	assert_int_equal(life_ask(vm, LIFE_DESTROY), OK);
	assert_int_equal(life_ask(vm, LIFE_DESTROY), BUSY); /* it ends */
	turn(FIRST_CPU);
	for (enum life_act act = 0; act < LIFE_ACTS; act++)
		assert_int_equal(life_ask(vm, act), BUSY);
	world_settle();
	assert_null(vm_of(2));
}

/* What was written between fields, what the next use writes before it reads, and how often a lock was taken. */
static void forget_what_may_differ(struct vm *of)
{
	memset(of->devices, 0, sizeof(of->devices));
	memset(&of->report, 0, sizeof(of->report));
	memset(&of->load, 0, sizeof(of->load));
	of->removed = 0;
	of->end = END_OFF;
	of->lock.tickets = of->vgic.lock.tickets = of->uart.lock.tickets = 0;
	of->rtc.lock.tickets = of->gpio.lock.tickets = of->watchdog.lock.tickets = 0;
}

/* As in a place that was never used, to the byte, but for its number among the address spaces. */
static void who_comes_into_its_place_finds_nothing(void **s)
{
	static struct vm first;
	static struct vcpu first_vcpu;

	(void)s;
	for (u32 life = 0; life < 2; life++) {
		vm = created(describe_one(2, false));
		asked(LIFE_START);
		v = vm->vcpus[0];
		assert_int_equal(vm->vcpus[1]->power, VCPU_OFF);
		vm->counter_offset = 0; /* the time of its start */
		vm->space.vmid.tag = 0;
		mmu_set_vmid(&vm->space.table, 1);
		v->ready_at = v->counters.started = 0;
		forget_what_may_differ(vm);
		if (life == 0) {
			memcpy(&first, vm, sizeof(first));
			memcpy(&first_vcpu, vm->vcpus[1], sizeof(first_vcpu));
			calls(v, CPU_ON, 1, WORLD_LOAD, 7);
			world_settle();
			faults(v, STORE(2, 0), 0x09000030, 0x09000030); /* its UART is off */
			vm->vgic.software = true;
			calls(v, MEM_PROTECT, 1, 0, 0);
			asked(LIFE_CRASH);
			asked(LIFE_DESTROY);
		}
	}
	for (u64 i = 0; i < sizeof(first_vcpu); i++)
		if (((u8 *)&first_vcpu)[i] != ((u8 *)vm->vcpus[1])[i])
			fail_msg("byte %lu of a vCPU is 0x%x, was 0x%x", i, ((u8 *)vm->vcpus[1])[i],
			         ((u8 *)&first_vcpu)[i]);
	for (u64 i = 0; i < sizeof(first); i++)
		if (((u8 *)&first)[i] != ((u8 *)vm)[i])
			fail_msg("byte %lu of the VM is 0x%x, was 0x%x", i, ((u8 *)vm)[i], ((u8 *)&first)[i]);
}

/* Whatever the pool or the machine lacks, nothing of the VM is left. */
static void one_that_finds_too_little_leaves_nothing(void **s)
{
	struct vm_description *d = describe_one(3, true);
	u32 refused = 0;

	(void)s;
	for (u64 room = 0;; room++) {
		struct census before = count();
		struct pool whole = pool;

		pool.end = pool.next + room * PAGE_SIZE;
		pool.free = NULL;
		pool.freed = 0;
		enum status status = vm_create(d, &pool);
		pool.end = whole.end;
		if (status == OK)
			break;
		assert_int_equal(status, NO_MEMORY);
		assert_null(vm_named(d->name));
		for (; whole.free; whole.freed--) { /* what was hidden from it */
			struct pool_page *next = whole.free->next;

			pool_add(&pool, whole.free);
			whole.free = next;
		}
		check_same(count(), before);
		refused++;
	}
	assert_true(refused > 5);
	vm = vm_named(d->name);
	asked(LIFE_DESTROY);
	d->memory = 1UL << 38;
	struct census before = count();
	assert_int_equal(vm_create(d, &pool), NO_MEMORY);
	check_same(count(), before);
}

static void cpus_of_others_are_not_taken(void **s)
{
	struct census before = count();
	struct vm_description *d = describe_one(2, false);

	(void)s;
	d->vcpus[1].cpus = 1U << BYSTANDERS_CPU;
	assert_int_equal(vm_create(d, &pool), BUSY);
	check_same(count(), before);
}

/* Of one that stays and one that goes, on the same CPUs. */
static void who_shared_its_cpus_goes_on(void **s)
{
	(void)s;
	struct vm *stays = vm = created(describe_one(2, true));
	asked(LIFE_START);
	world_vms = 2;
	struct vm_description *d = world_describe(3);
	for (u32 i = 0; i < d->cpus; i++)
		d->vcpus[i] = (struct vcpu_terms){.class = SCHED_FAIR, .cpus = 0x1e, .weight = 100};
	struct census before = count();
	for (u32 round = 0; round < 20; round++) {
		vm = created(d);
		asked(LIFE_START);
		for (u32 i = 0; i < round * 3; i++) {
			timer_fake_advance(300);
			turn(FIRST_CPU + i % 4);
		}
		asked(LIFE_DESTROY);
		check_same(count(), before);
		assert_int_equal(life_of(stays), LIFE_RUNNING);
	}
	bool entered = false;
	for (u32 cpu = FIRST_CPU; cpu < FIRST_CPU + 4; cpu++)
		entered |= share_current() == stays->vcpus[0] || turn(cpu);
	assert_true(entered);
}

/* The console tells it of room, and somebody types, while it is taken apart. */
static void what_comes_late_is_nobodys(void **s)
{
	(void)s;
	struct vm_description *d = describe_one(1, true);
	d->vcpus[0].cpus = 1U << FIRST_CPU; /* that has somebody to look at meanwhile */
	struct vm *stays = created(d);
	world_vms = 2;
	d = world_describe(2);
	d->restart = RESTART_NEVER;
	for (u32 i = 0; i < 2; i++)
		d->vcpus[i] =
			(struct vcpu_terms){.class = SCHED_FAIR, .cpus = 1U << FIRST_CPU, .weight = 100};
	vm = stays;
	asked(LIFE_START);
	vm = created(d);
	asked(LIFE_START);
	for (u32 i = 0; i < 4000 && vm->state != VM_RUNNING; i++) {
		timer_fake_advance(300);
		turn(FIRST_CPU);
	}
	vm->vgic.control = 3;
	vm->vgic.shared[1].enabled |= 2;
	vm->vgic.target[VGIC_UART_INTID] = 0;
	vm->uart.mask = 3 << 4;
	vm->uart.filled = true;
	on_cpu(5);
	assert_int_equal(life_ask(vm, LIFE_DESTROY), OK);
	for (u32 i = 0; i < 400 && vm->state != VM_GONE; i++) {
		timer_fake_advance(300);
		turn(FIRST_CPU);
		if (vm->removed == 0)
			continue;
		vuart_drained(vm);
		vuart_receive(vm, 'x');
	}
	assert_int_equal(vm->state, VM_GONE);
	assert_int_equal(vm->uart.mask, 0);
	assert_int_equal(vm->vgic.target[VGIC_UART_INTID], 0);
	for (u32 i = 0; i < 20; i++) {
		timer_fake_advance(300);
		turn(FIRST_CPU);
	}
	assert_int_equal(life_of(stays), LIFE_RUNNING);
}

/* So what is said of a number, in logs and by whoever types to it, stays true. */
static void a_number_is_the_same_vms_for_ever(void **s)
{
	(void)s;
	vm = created(describe_one(1, false));
	world_vms = 2;
	struct vm_description *d = world_describe(1);
	d->vcpus[0].cpus = 4;
	struct vm *other = created(d);
	u32 id = other->id;
	asked(LIFE_DESTROY);
	vm = other;
	asked(LIFE_DESTROY);
	assert_ptr_equal(created(d), other);
	assert_int_equal(other->id, id);
	assert_string_equal(vm_name_of(id - 1), "vm2");
	assert_int_equal(vm_create(d, &pool), BUSY); /* it is there */
}

static void the_machine_ends_with_the_last_one(void **s)
{
	(void)s;
	vm = created(describe_one(1, false));
	reach(LIFE_RUNNING);
	on_cpu(5);
	assert_int_equal(life_ask(bystander, LIFE_STOP), OK);
	world_settle();
	assert_int_equal(ends, 0);
	asked(LIFE_DESTROY);
	assert_int_equal(ends, 1);
}

static u64 random_state = 1;

static u32 below(u32 limit)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (u32)(random_state >> 33) % limit;
}

/* Up to four VMs of any size come and go on seven CPUs, each destroyed wherever it is. */
static void a_thousand_come_and_go(void **s)
{
	struct census before = count();
	u32 made = 0, refused = 0;

	(void)s;
	for (u32 round = 0; round < ROUNDS; round++) {
		u32 which = 1 + below(4);
		struct vm_description *d = &descriptions[which];

		vm = vm_named(d->name);
		if (vm) {
			reach(life_of(vm) == LIFE_DEFINED ? lives[below(ARRAY_COUNT(lives))] : life_of(vm));
			asked(LIFE_DESTROY);
			assert_null(vm_named(d->name));
			continue;
		}
		bool shares = below(2);
		world_vms = which;
		d = world_describe(1 + below(4));
		d->memory = (1 + below(3)) * 2 * MIB;
		d->restart = RESTART_NEVER;
		d->load = ipa(VM_RAM_BASE + MIB);
		d->entry = d->load;
		for (u32 i = 0; i < d->cpus; i++)
			d->vcpus[i] = shares ? (struct vcpu_terms){.class = SCHED_FAIR,
			                                           .cpus = 0x60,
			                                           .weight = 1 + below(500)}
			                     : (struct vcpu_terms){.cpus = 1U << (1 + (which + i) % 4)};
		enum status status = vm_create(d, &pool);
		made += status == OK;
		refused += status == BUSY;
		assert_true(status == OK || (status == BUSY && !shares));
	}
	for (u32 which = 1; which <= 4; which++)
		if ((vm = vm_named(descriptions[which].name)))
			asked(LIFE_DESTROY);
	check_same(count(), before);
	check_bystander();
	assert_true(made > ROUNDS / 4 && refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(all_that_it_had_is_given_back),
		ALONE(so_it_is_of_one_that_shared_cpus),
		ALONE(one_that_is_suspended_goes_too),
		ALONE(while_it_is_loaded_or_ends_it_is_refused),
		ALONE(who_comes_into_its_place_finds_nothing),
		ALONE(one_that_finds_too_little_leaves_nothing),
		ALONE(cpus_of_others_are_not_taken),
		ALONE(who_shared_its_cpus_goes_on),
		ALONE(what_comes_late_is_nobodys),
		ALONE(a_number_is_the_same_vms_for_ever),
		ALONE(the_machine_ends_with_the_last_one),
		ALONE(a_thousand_come_and_go),
	};

	alone_start = begin;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
