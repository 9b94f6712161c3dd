/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where vCPUs take turns in one thread, QEMU 10 compiles the index of the vCPU that translated a block into
 * it, whoever executes it; so TPIDR_EL2, in which EL2 keeps its CPU's index, is read at each block: turns change
 * at the boundaries of blocks only. Until a CPU has written its own it is 0, as the first CPU's is; what does not
 * fit the first CPU then is told apart by its addresses.
 */
#include "cpu.h"

#include <pthread.h>
#include "lib/bits.h"
#include "period.h"
#include "registers.h"

#define VTTBR_VMID     FIELD(63, 48)
#define VECTOR_OFFSET  FIELD(10, 0)
#define VECTOR_LOWER   0x400 /* from a lower EL; those of EL2 itself lie before */
#define VECTOR_ALIGN   FIELD(6, 0)
#define PHYSICAL_LIMIT BIT(47) /* below: the MMU is off, or is being turned on */

bool cpu_shared_thread = true;
struct cpu cpus[CPU_MAX + 1];
struct cpu *cpu_running = &cpus[CPU_MAX];

static bool first_is_up; /* CPU 0 has left physical addresses */
static u32 appeared;
static pthread_t threads[CPU_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_vector(u64 pc) { return !(pc & VECTOR_ALIGN) && field_get(VECTOR_OFFSET, pc) >= VECTOR_LOWER; }

void cpu_appear(u32 vcpu, u32 wanted)
{
	bool shared = false;

	pthread_mutex_lock(&lock);
	cpus[vcpu].index = vcpu;
	threads[vcpu] = pthread_self();
	appeared++;
	for (u32 i = 0; i < vcpu; i++)
		shared |= pthread_equal(threads[i], threads[vcpu]) != 0;
	if (appeared == wanted && !shared)
		cpu_shared_thread = false;
	pthread_mutex_unlock(&lock);
}

static struct cpu *identify(u64 pc, bool el2)
{
	u64 index = registers_read(REG_TPIDR_EL2);

	if (index >= CPU_MAX)
		return &cpus[CPU_MAX];
	struct cpu *cpu = &cpus[index];

	if (index || !el2)
		return cpu;
	first_is_up |= pc >= PHYSICAL_LIMIT;
	if ((first_is_up && pc < PHYSICAL_LIMIT) || (cpu->in_guest && !is_vector(pc)))
		return &cpus[CPU_MAX];
	return cpu;
}

static struct vm_counts *counts_of(struct cpu *cpu, u64 vttbr)
{
	return &cpu->vms[field_get(VTTBR_VMID, vttbr) % VMIDS];
}

/* What is longest is of the periods, if there are any, and not of the start. */
static void forget_longest(struct cpu *cpu)
{
	for (u32 vmid = 0; vmid < VMIDS; vmid++)
		cpu->vms[vmid].longest_arrival = cpu->vms[vmid].longest_stay = 0;
}

static void finish_visit(struct cpu *cpu)
{
	struct visit *visit = &cpu->now;

	if (!visit->cause)
		return;
	cpu->vms[visit->vmid].el2 += visit->count;
	cause_credit(visit->cause, visit->count);
	if (period_visit(cpu->index, visit->cause, visit->count))
		forget_longest(cpu);
	if (visit->cause->kind == CAUSE_BOOT)
		cpu->boot = *visit;
	else if (visit->count > cpu->longest.count)
		cpu->longest = *visit;
	*visit = (struct visit){0};
}

static void begin_visit(struct cpu *cpu, u64 pc)
{
	struct visit *visit = &cpu->now;

	*visit = (struct visit){.pc = pc, .vmid = field_get(VTTBR_VMID, cpu->vttbr) % VMIDS};
	if (cpu->in_guest) {
		visit->esr = registers_read(REG_ESR_EL2);
		visit->guest_pc = registers_read(REG_ELR_EL2);
		visit->cause = cause_of_exit(pc, visit->esr);
		if (visit->cause->kind != CAUSE_SYNC)
			visit->esr = 0; /* an interrupt leaves the last one's */
		cpu->exits++;
		cpu->guest->exits++;
	} else {
		visit->cause = cause_of(cpu->ended ? CAUSE_WAIT : CAUSE_BOOT);
	}
	cpu->in_guest = cpu->ended = false;
}

void cpu_enter_el2(unsigned vcpu, u64 pc)
{
	if (cpu_shared_thread)
		cpu_running = identify(pc, true);
	struct cpu *cpu = cpu_of(vcpu);

	if (!cpu->now.cause)
		begin_visit(cpu, pc);
}

/* How the visit that ends led to the guest that goes on. */
static void count_way(struct cpu *cpu)
{
	const struct visit *visit = &cpu->now;
	struct vm_counts *to = cpu->guest;
	bool switches = to != &cpu->vms[visit->vmid];

	to->switches += switches;
	if (!switches && visit->cause && visit->cause->kind != CAUSE_WAIT)
		to->longest_stay = max_u64(to->longest_stay, visit->count);
	else
		to->longest_arrival = max_u64(to->longest_arrival, visit->count);
}

void cpu_enter_guest(unsigned vcpu)
{
	if (cpu_shared_thread)
		cpu_running = identify(0, false);
	struct cpu *cpu = cpu_of(vcpu);

	if (cpu->in_guest)
		return;
	cpu->guest = counts_of(cpu, cpu->vttbr);
	count_way(cpu);
	finish_visit(cpu);
	cpu->in_guest = true;
}

void cpu_wait(unsigned vcpu)
{
	struct cpu *cpu = cpu_of(vcpu);

	finish_visit(cpu);
	cpu->waits++;
	cpu->ended = true;
}

void cpu_finish(void)
{
	for (u32 i = 0; i <= CPU_MAX; i++)
		finish_visit(&cpus[i]);
}

static void print_visit(FILE *to, const char *name, const struct visit *visit)
{
	fprintf(to,
	        ", \"%s\": {\"instructions\": %lu, \"pc\": %lu, \"guest_pc\": %lu, \"esr\": %lu, \"vmid\": "
	        "%u",
	        name, visit->count, visit->pc, visit->guest_pc, visit->esr, visit->vmid);
	if (visit->cause) {
		fprintf(to, ", ");
		cause_print_name(to, visit->cause);
	}
	fprintf(to, "}");
}

void cpu_print(FILE *to)
{
	for (const struct cpu *cpu = cpus; cpu <= cpus + CPU_MAX; cpu++) {
		if (!cpu->exits && !cpu->waits && !cpu->boot.count)
			continue;
		fprintf(to, "{\"row\": \"cpu\", \"cpu\": %d, \"exits\": %lu, \"waits\": %lu",
		        cpu == cpus + CPU_MAX ? -1 : (int)cpu->index, cpu->exits, cpu->waits);
		print_visit(to, "boot", &cpu->boot);
		print_visit(to, "longest", &cpu->longest);
		fprintf(to, "}\n");
		for (u32 vmid = 0; vmid < VMIDS; vmid++) {
			const struct vm_counts *c = &cpu->vms[vmid];

			if (c->el2 || c->el1 || c->el0)
				fprintf(to,
				        "{\"row\": \"vm\", \"cpu\": %d, \"vmid\": %u, \"el2\": %lu, \"el1\": "
				        "%lu, "
				        "\"el0\": %lu, \"exits\": %lu, \"switches\": %lu, "
				        "\"longest_arrival\": %lu, \"longest_stay\": %lu}\n",
				        cpu == cpus + CPU_MAX ? -1 : (int)cpu->index, vmid, c->el2, c->el1,
				        c->el0, c->exits, c->switches, c->longest_arrival, c->longest_stay);
		}
	}
}
