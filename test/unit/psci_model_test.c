/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real code takes every step that Spin found in the model of power (test/model/psci.pml): from each state each step leads to
 * the state, and to the answer, that the model says. Each is reached by other steps of the model, the nearest first.
 */
#include "virtual/vsmccc.h"
#include "world.h"

enum { VCPUS = 3, STATES = 512, STEPS = 4096, NAME = 12, WAKE = 5, DOWN = 2 };
#define CONTEXT 0x1234567890UL
#define ENTRY   (WORLD_LOAD + 0x40)

struct step {
	u32 from, to; /* states */
	char name[NAME];
	u32 by, of;
	s64 answer;
	bool taken;
};

static struct step steps[STEPS];
static u32 step_count;
static char states[STATES][NAME];
static u32 state_count;
static struct vm *vm;

static u32 state_of(const char *name)
{
	for (u32 i = 0; i < state_count; i++)
		if (strcmp(states[i], name) == 0)
			return i;
	assert_true(state_count < STATES);
	strcpy(states[state_count], name);
	return state_count++;
}

static void read_steps(void)
{
	FILE *file = fopen(PSCI_STEPS, "r");
	char line[128], from[NAME], to[NAME];
	u32 answer;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		struct step *s = &steps[step_count];

		assert_true(step_count < STEPS);
		assert_int_equal(sscanf(line, "STEP %11s %11s %11s %u %u %u", from, s->name, to, &s->by,
		                        &s->of, &answer),
		                 6);
		s->from = state_of(from);
		s->to = state_of(to);
		s->answer = -(s64)answer;
		step_count++;
	}
	fclose(file);
}

/* The VM as it is, as the model prints it. How one sleeps says nothing unless it is on. */
static void check(const struct step *s)
{
	static const char words[] = {
		[VM_LOADING] = '0', [VM_RUNNING] = '1', [VM_ENDING] = '2', [VM_ENDED] = '?'};
	const char *want = states[s->to];
	char is[NAME] = {words[vm->state]};

	for (u32 i = 0; i < VCPUS; i++) {
		const struct vcpu *v = vm->vcpus[i];
		bool asleep = v->power == VCPU_ON && v->sleeping;

		is[1 + 3 * i] = (char)('0' + v->power);
		is[2 + 3 * i] = asleep ? v->powered_down ? '2' : '1' : '0';
		is[3 + 3 * i] = want[3 + 3 * i]; /* the model's alone: who calls is the test's choice */
	}
	if (strcmp(is, want) != 0)
		fail_msg("%s by %u of %u from %s leads to %s, not to %s", s->name, s->by, s->of,
		         states[s->from], is, want);
	assert_int_equal(spinlock_fake_held(), 0);
}

static void drain(void)
{
	for (u32 cpu = 0; cpu < VCPUS; cpu++) {
		on_cpu(cpu);
		while (fake_gic_pending_count(cpu))
			irq_handle(vm->vcpus[cpu]);
	}
}

static void call(const struct step *s, u64 function, u64 x1, u64 x2, u64 x3)
{
	struct vcpu *v = vm->vcpus[s->by];

	on_cpu(v->cpu);
	v->regs.x[0] = function;
	v->regs.x[1] = x1;
	v->regs.x[2] = x2;
	v->regs.x[3] = x3;
	enum verdict verdict = vsmccc_call(v);
	bool waits = strcmp(s->name, "on") != 0 && s->answer == 0;

	assert_int_equal(verdict, waits ? WAIT : DONE);
	if (!waits)
		assert_int_equal(v->regs.x[0], s->answer);
}

/* An interrupt of its own; in a power-down state it comes back at its entry. */
static void wake(const struct step *s)
{
	struct vcpu *v = vm->vcpus[s->by];
	bool down = v->powered_down;

	vm->vgic.control = 3;
	v->vgic.private.enabled |= 1U << WAKE;
	v->vgic.private.group1 |= 1U << WAKE;
	v->vgic.saved.vmcr = down ? 0 : ICH_VMCR_VENG1 | field_put(ICH_VMCR_VPMR, 0xff);
	vgic_raise_edge(v, WAKE);
	assert_true(turn(v->cpu));
	if (down) {
		assert_int_equal(world_seen.pc, ENTRY);
		assert_int_equal(world_seen.x[0], CONTEXT + s->by);
	} else {
		assert_int_equal(world_seen.x[0], 0);
	}
	on_cpu(v->cpu);
	vcpu_unload(v);
	v->vgic.private.latched = 0; /* taken, and done with */
}

static void load(void)
{
	for (u32 i = 0; i < 100 && vm->state == VM_LOADING; i++)
		turn(vm->vcpus[0]->cpu);
}

static void take(const struct step *s)
{
	if (strcmp(s->name, "on") == 0)
		call(s, 0xc4000003, s->of, ENTRY, CONTEXT);
	else if (strcmp(s->name, "off") == 0)
		call(s, 0x84000002, 0, 0, 0);
	else if (strcmp(s->name, "suspend") == 0)
		call(s, 0xc4000001, 0, 0, 0);
	else if (strcmp(s->name, "down") == 0)
		call(s, 0xc4000001, 1 << 16, ENTRY, CONTEXT + s->by);
	else if (strcmp(s->name, "system") == 0)
		call(s, 0xc400000e, ENTRY, CONTEXT + s->by, 0);
	else if (strcmp(s->name, "reset") == 0)
		call(s, 0x84000009, 0, 0, 0);
	else if (strcmp(s->name, "turn") == 0)
		turn(vm->vcpus[s->by]->cpu);
	else if (strcmp(s->name, "wake") == 0)
		wake(s);
	else if (strcmp(s->name, "kill") == 0)
		life_end(vm, END_RESET);
	else if (strcmp(s->name, "load") == 0)
		load();
	else
		fail_msg("the model has a step that the test has not: %s", s->name);
	drain();
	check(s);
}

/* The first step of the shortest way from a state to a step that was not taken yet; NULL: there is none. */
static struct step *next_from(u32 from)
{
	static struct step *first[STATES];
	static u32 queue[STATES];
	u32 head = 0, tail = 0;
	bool seen[STATES] = {[0] = false};

	seen[from] = true;
	queue[tail++] = from;
	first[from] = NULL;
	while (head < tail) {
		u32 at = queue[head++];

		for (u32 i = 0; i < step_count; i++) {
			struct step *s = &steps[i];

			if (s->from != at)
				continue;
			if (!s->taken)
				return at == from ? s : first[at];
			if (!seen[s->to]) {
				seen[s->to] = true;
				first[s->to] = at == from ? s : first[at];
				queue[tail++] = s->to;
			}
		}
	}
	return NULL;
}

static void real_code_takes_every_step_of_the_model(void **state)
{
	u32 at, walked = 0;

	(void)state;
	world_power_on();
	struct vm_description *d = world_describe(VCPUS);
	d->restart = RESTART_ALWAYS;
	d->restart_limit = ~0U;
	d->memory = 4 * MIB;
	vm = world_vm_of(d);
	read_steps();
	assert_true(step_count > 1000);
	at = state_of("1000100100");
	for (struct step *s; (s = next_from(at)); walked++, at = s->to) {
		take(s);
		s->taken = true;
	}
	for (u32 i = 0; i < step_count; i++)
		assert_true(steps[i].taken);
	assert_null(ledger_check());
	print_message("%u steps of %u states, in a walk of %u\n", step_count, state_count, walked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {ALONE(real_code_takes_every_step_of_the_model)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
