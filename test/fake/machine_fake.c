/* SPDX-License-Identifier: Apache-2.0 */
/* The fake of machine/: registers, RAM, GIC, UART, PSCI and the guest itself. */
#define _GNU_SOURCE
#include "fake/machine_fake.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake/timer_fake.h"
#include "lib/bits.h"
#include "lib/require.h"
#include "machine/cache.h"
#include "machine/cpu.h"
#include "machine/gic.h"
#include "machine/mmu.h"
#include "machine/psci.h"
#include "machine/tlb.h"
#include "machine/uart.h"

enum { REGISTERS = 256, CPUS = 8, QUEUE = 64, RAMS = 16, OUTPUT = 1 << 20 };

struct file {
	const char *name[REGISTERS];
	u64 value[REGISTERS];
	u32 count;
};

static struct file files[CPUS];
static u32 now_on;
u64 fake_tlb_vmid_flushes, fake_tlb_el2_flushes, fake_tlb_guest_flushes, fake_tlb_local_flushes,
	fake_tlb_last_vttbr;
void (*fake_tlb_on_flush_guests)(void);
void (*fake_tlb_on_flush)(void);
enum exit_kind (*fake_guest)(struct regs *r, struct exit *e);
u64 fake_guest_entries;
u32 fake_gic_last_dropped, fake_gic_last_ended, fake_system_offs, fake_waits, fake_windows;
static u64 window_size; /* 0: none is open */
bool fake_serror;
bool fake_has_rndr;
u32 fake_rndr_left;
u64 fake_rndr_next = 1;
void (*fake_firmware)(u64 x[4]);
u64 fake_serror_iss;

static struct {
	u8 *at;
	u64 size;
} rams[RAMS];
static u32 ram_count;
static u32 queue[CPUS][QUEUE], queued[CPUS];
static char output[OUTPUT];
static u32 output_size;
static u8 input[4096];
static u32 input_head, input_size;
u32 fake_uart_ticks;
void (*fake_uart_sees)(void);
u32 fake_uart_waits;
static u32 uart_left;
static bool uart_is_full, uart_wants, uart_on;
static u64 ids[CPU_ID_REGISTERS];
static jmp_buf *panic_target;
static const char *panic_sentence;

/* --- registers --- */

static u64 *find(const char *name)
{
	struct file *f = &files[now_on];

	for (u32 i = 0; i < f->count; i++)
		if (strcmp(f->name[i], name) == 0)
			return &f->value[i];
	if (f->count == REGISTERS)
		abort();
	f->name[f->count] = name;
	f->value[f->count] = 0;
	return &f->value[f->count++];
}

u64 fake_sysreg_read(const char *name)
{
	if (strcmp(name, "tpidr_el2") == 0)
		return now_on;
	if (strcmp(name, "isr_el1") == 0)
		return fake_serror ? BIT(8) : 0;
	return *find(name);
}

void fake_sysreg_write(const char *name, u64 value) { *find(name) = value; }
void fake_cpu(u32 index) { now_on = index; }
void fake_id_register(u32 crm, u32 op2, u64 value) { ids[crm * 8 + op2] = value; }

u64 cpu_affinity(void) { return now_on; }
u64 cpu_midr(void) { return 0x410fd083; }
u64 cpu_id_register(u32 crm, u32 op2) { return ids[crm * 8 + op2]; }
bool cpu_has_cntpoff(void) { return field_get(ID_AA64MMFR0_ECV, cpu_id_register(7, 0)) >= 2; }
bool cpu_has_fwb(void) { return field_get(ID_AA64MMFR2_FWB, cpu_id_register(7, 2)) != 0; }
bool cpu_has_pauth(void) { return field_get(ID_AA64ISAR1_APA, cpu_id_register(6, 1)) != 0; }
bool cpu_has_mte(void) { return cpu_gmid() != 0; }
u64 cpu_gmid(void) { return field_get(ID_AA64PFR1_MTE, cpu_id_register(4, 1)) >= 2 ? FAKE_GMID : 0; }
bool cpu_has_ras(void) { return field_get(ID_AA64PFR0_RAS, cpu_id_register(4, 0)) != 0; }
bool cpu_has_open_dcc(void) { return !field_get(ID_AA64MMFR0_FGT, cpu_id_register(7, 0)); }
bool cpu_has_rndr(void) { return fake_has_rndr; }
u32 cpu_breakpoints(void) { return 6; }
u32 cpu_watchpoints(void) { return 4; }
u32 cpu_pa_bits(void) { return 48; }
u32 cpu_vmid_bits(void) { return 8; }
bool cpu_random(u64 *value) { return *value = 0, false; }

bool cpu_random_fresh(u64 *value)
{
	if (!fake_has_rndr || !fake_rndr_left)
		return false;
	fake_rndr_left--;
	*value = fake_rndr_next = fake_rndr_next * 6364136223846793005 + 1442695040888963407;
	return true;
}

void cpu_set_guest(u64 vttbr, u64 vmpidr, u64 own)
{
	write_sysreg(hcr_el2, (read_sysreg(hcr_el2) & ~CPU_GUEST_CONTROLS) | own);
	write_sysreg(vttbr_el2, vttbr);
	write_sysreg(vmpidr_el2, vmpidr);
}

u64 cpu_vector_bytes(void)
{
	return field_get(ID_AA64PFR0_SVE, cpu_id_register(4, 0)) ? FAKE_VECTOR_BYTES : 0;
}

void cpu_give_sve(bool given) { write_sysreg(cptr_el2, given ? 0 : CPTR_TZ); }
bool cpu_gives_sve(void) { return cpu_vector_bytes() && !(read_sysreg(cptr_el2) & CPTR_TZ); }

u64 (*fake_translate)(u64 address, bool user, bool write);

u64 cpu_translate_stage1(u64 address, bool user, bool write)
{
	return fake_translate ? fake_translate(address, user, write) : FAKE_NORMAL | (address & PAR_ADDRESS);
}

bool cpu_take_serror(u64 *syndrome)
{
	bool waiting = fake_serror;

	*syndrome = fake_serror_iss;
	fake_serror = false;
	return waiting;
}

struct cpu_syndrome cpu_syndrome(void) { return (struct cpu_syndrome){0}; }
void (*fake_on_wait)(void);

void cpu_wait(void)
{
	fake_waits++;
	if (fake_on_wait)
		fake_on_wait();
}

void cpu_relax(void) {}

/* Where the real panic() ends; its sentence is the last output. */
void cpu_halt(void)
{
	if (panic_target) {
		panic_sentence = fake_uart_output(NULL);
		longjmp(*panic_target, 1);
	}
	fprintf(stderr, "halted: %s\n", fake_uart_output(NULL));
	abort();
}

/* --- memory --- */

u8 *fake_ram(u64 size, u8 fill)
{
	u64 room = size + 2 * MIB;
	u8 *raw = mmap((void *)0x1000000000UL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	               0);

	if (raw == MAP_FAILED || ram_count == RAMS)
		abort();
	rams[ram_count].at = raw;
	rams[ram_count++].size = room;
	u8 *aligned = (u8 *)align_up((u64)raw, 2 * MIB);
	if (fill)
		memset(aligned, fill, size);
	return aligned;
}

void *mmu_pointer(pa_t at) { return (void *)at.value; }
pa_t mmu_physical(const void *pointer) { return pa((u64)pointer); }

void *mmu_window_open(pa_t at, u64 size)
{
	require(at.value % PAGE_SIZE == 0 && size && size <= MMU_WINDOW_SIZE && !window_size);
	window_size = size;
	fake_windows++;
	return (void *)at.value;
}

void mmu_window_close(u64 size)
{
	require(size == window_size);
	window_size = 0;
}

void (*fake_cache_on_clean)(const u8 *from, u64 size);
void cache_clean_invalidate(const void *from, u64 size)
{
	if (fake_cache_on_clean)
		fake_cache_on_clean(from, size);
}
void cache_zero(void *from, u64 size) { memset(from, 0, size); }
void cache_scrub(void *from, u64 size)
{
	cache_zero(from, size);
	cache_clean_invalidate(from, size);
}
u64 fake_tags_cleared;
void cache_scrub_tagged(void *from, u64 size)
{
	memset(from, 0, size);
	fake_tags_cleared += size;
	cache_clean_invalidate(from, size);
}
void cache_sync_instructions(void) {}

/* --- guest --- */

u8 fake_fpu[32][16];
void fpu_load(const struct fpu *f) { memcpy(fake_fpu, f->q, sizeof(fake_fpu)); }
void fpu_save(struct fpu *f) { memcpy(f->q, fake_fpu, sizeof(fake_fpu)); }
void fpu_read(u32 n, void *to) { memcpy(to, fake_fpu[n], sizeof(fake_fpu[n])); }
void fpu_write(u32 n, const void *from) { memcpy(fake_fpu[n], from, sizeof(fake_fpu[n])); }

u8 fake_vectors[8][FAKE_VECTORS_SIZE];

void fpu_load_vectors(const struct fpu *f, const u8 *vectors)
{
	(void)f;
	require(cpu_gives_sve() && fpu_vectors_size(cpu_vector_bytes()) == FAKE_VECTORS_SIZE);
	memcpy(fake_vectors[now_on], vectors, FAKE_VECTORS_SIZE);
}

void fpu_clear_vectors(void)
{
	require(cpu_gives_sve());
	memset(fake_vectors[now_on], 0, FAKE_VECTORS_SIZE);
}

void fpu_save_vectors(struct fpu *f, u8 *vectors)
{
	(void)f;
	require(cpu_gives_sve() && fpu_vectors_size(cpu_vector_bytes()) == FAKE_VECTORS_SIZE);
	memcpy(vectors, fake_vectors[now_on], FAKE_VECTORS_SIZE);
}

/* --- GIC, PSCI --- */

void fake_gic_raise(u32 cpu, u32 intid)
{
	for (u32 i = 0; i < queued[cpu]; i++)
		if (queue[cpu][i] == intid)
			return;
	queue[cpu][queued[cpu]++] = intid;
}

u32 fake_gic_pending_count(u32 cpu) { return queued[cpu]; }

u32 gic_acknowledge(void)
{
	if (!queued[now_on])
		return 1023;
	u32 intid = queue[now_on][0];
	memmove(queue[now_on], queue[now_on] + 1, --queued[now_on] * sizeof(u32));
	return intid;
}

void gic_drop(u32 intid) { fake_gic_last_dropped = intid; }
void gic_end(u32 intid) { fake_gic_last_ended = intid; }
u64 gic_sgi_value(u64 affinity, u32 sgi) { return affinity << 4 | sgi; }
void gic_send(u64 value) { fake_gic_raise((u32)(value >> 4), (u32)value & 15); }
u32 fake_gic_private;
void gic_enable_private(u32 intid) { fake_gic_private |= 1U << intid; }
void gic_enable_shared(u32 intid, u64 affinity) { (void)intid, (void)affinity; }
bool gic_pending(void) { return queued[now_on] != 0; }
void psci_init(void) {}

void psci_call(u64 x[4])
{
	if (fake_firmware)
		fake_firmware(x);
	else
		x[0] = ~0UL;
}
bool psci_available(void) { return true; }
s32 psci_cpu_on(u64 affinity, pa_t entry, u64 argument)
{
	return (void)affinity, (void)entry, (void)argument, 0;
}
void psci_system_off(void) { fake_system_offs++; }
void psci_system_reset(void) {}

/* --- UART --- */

void fake_uart_reset(void)
{
	output_size = input_head = input_size = 0;
	output[0] = 0;
	uart_is_full = uart_wants = false;
	uart_left = ~0U;
	fake_uart_waits = 0;
	uart_on = true;
}

void fake_uart_type(const char *bytes, u32 size)
{
	memcpy(input + input_size, bytes, size);
	input_size += size;
}

const char *fake_uart_output(u32 *size)
{
	if (size)
		*size = output_size;
	output[output_size] = 0;
	return output;
}

void fake_uart_full(bool full) { uart_is_full = full; }
bool fake_uart_wants_room(void) { return uart_wants; }
void uart_init(volatile void *base) { (void)base; }
bool uart_ready(void) { return uart_on; }
void fake_uart_takes(u32 bytes) { uart_left = bytes; }
void fake_uart_absent(void) { uart_on = false; }
bool uart_room(void) { return !uart_is_full && uart_left; }
void uart_want_room(bool wanted) { uart_wants = wanted; }
void uart_drain(void)
{
	if (!uart_on)
		abort();
	if (uart_left != ~0U)
		uart_left = 16;
}

void uart_put(u8 byte)
{
	timer_fake_advance(fake_uart_ticks);
	if (fake_uart_sees)
		fake_uart_sees();
	if (!uart_room())
		fake_uart_waits++;
	else if (uart_left != ~0U)
		uart_left--;
	if (output_size < OUTPUT - 1)
		output[output_size++] = (char)byte;
}

bool uart_get(u8 *byte)
{
	if (input_head == input_size)
		return false;
	*byte = input[input_head++];
	return true;
}

/* --- our own bugs --- */

bool fake_expect_panic(void (*act)(void), const char **sentence)
{
	jmp_buf here;

	panic_target = &here;
	if (setjmp(here) == 0) {
		act();
		panic_target = NULL;
		return false;
	}
	panic_target = NULL;
	if (sentence)
		*sentence = panic_sentence;
	return true;
}

__attribute__((weak)) void panic(const char *sentence, const char *where)
{
	if (panic_target) {
		panic_sentence = sentence;
		longjmp(*panic_target, 1);
	}
	fprintf(stderr, "panic: %s (%s)\n", sentence, where);
	abort();
}

__attribute__((weak)) void panic_check(void) {}
__attribute__((weak)) bool panic_is_on(void) { return false; }

void fake_machine_reset(void)
{
	for (u32 i = 0; i < ram_count; i++)
		munmap(rams[i].at, rams[i].size);
	ram_count = 0;
	memset(files, 0, sizeof(files));
	memset(queued, 0, sizeof(queued));
	memset(ids, 0, sizeof(ids));
	now_on = 0;
	fake_tlb_on_flush = NULL;
	fake_translate = NULL;
	fake_tlb_on_flush_guests = NULL;
	fake_tlb_guest_flushes = 0;
	fake_tlb_local_flushes = 0;
	fake_cache_on_clean = NULL;
	fake_on_wait = NULL;
	fake_gic_private = 0;
	fake_guest = NULL;
	fake_translate = NULL;
	memset(fake_fpu, 0, sizeof(fake_fpu));
	fake_guest_entries = fake_tlb_vmid_flushes = fake_tlb_el2_flushes = fake_tlb_last_vttbr = 0;
	fake_gic_last_dropped = fake_gic_last_ended = fake_system_offs = fake_waits = fake_windows = 0;
	fake_tags_cleared = 0;
	window_size = 0;
	fake_serror = false;
	fake_serror_iss = 0;
	fake_uart_reset();
	fake_uart_ticks = 0;
	fake_uart_sees = NULL;
}
