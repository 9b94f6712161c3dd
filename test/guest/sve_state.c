/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVE's registers (Z, P, FFR) and ZCR_EL1 survive traps, interrupts and CPU_SUSPEND, on two CPUs with different vector
 * lengths; a CPU that comes on finds zeroes; CPACR_EL1.ZEN traps to EL1 (Arm ARM B1.2, D19.2 ZCR_EL1).
 */
#include "lib/guest.h"
#include "lib/string.h"

enum { BYTES_MAX = 256, Z = 32, P = 16, ROUNDS = 200 };
#define EVERY_Z                                                                                              \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, " \
	"27, 28, 29, 30, 31"
#define EVERY_P "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
#define SVE     ".arch_extension sve\n\t"

struct file {
	u8 z[Z * BYTES_MAX], p[(P + 1) * BYTES_MAX / 8]; /* the last predicate is FFR */
} __attribute__((aligned(16)));

static struct file wanted[CPUS_MAX], found[CPUS_MAX];
static u64 longest;

void irq(u32 intid) { timer_tick(intid); }

/* Bytes of a vector when at most `limit` are asked for. */
static u64 set_length(u64 limit)
{
	u64 bytes;

	write_register(s3_0_c1_c2_0, limit / 16 - 1);
	isb();
	asm volatile(SVE "rdvl %0, #1" : "=r"(bytes));
	return bytes;
}

/* Register n lies at n times the vector's length. */
static void load(const struct file *f)
{
	asm volatile(SVE "mov x1, %0\n\tmov x2, %1\n\t"
	                 "ldr p0, [x2, #16, mul vl]\n\twrffr p0.b\n\t"
	                 ".irp n, " EVERY_P "\n\tldr p\\n, [x2, #\\n, mul vl]\n\t.endr\n\t"
	                 ".irp n, " EVERY_Z "\n\tldr z\\n, [x1, #\\n, mul vl]\n\t.endr" ::"r"(f->z),
	             "r"(f->p)
	             : "x1", "x2", "memory");
}

static void store(struct file *f)
{
	asm volatile(SVE "mov x1, %0\n\tmov x2, %1\n\t"
	                 ".irp n, " EVERY_Z "\n\tstr z\\n, [x1, #\\n, mul vl]\n\t.endr\n\t"
	                 ".irp n, " EVERY_P "\n\tstr p\\n, [x2, #\\n, mul vl]\n\t.endr\n\t"
	                 "rdffr p0.b\n\tstr p0, [x2, #16, mul vl]\n\tldr p0, [x2]" ::"r"(f->z),
	             "r"(f->p)
	             : "x1", "x2", "memory");
}

/* FFR holds what FFR may: the first so many elements of bytes are on (B1.2.3). */
static void fill(u64 seed, u64 bytes)
{
	struct file *f = &wanted[guest_cpu()];
	u64 predicate = bytes / 8, first = seed % (bytes + 1);

	for (u64 n = 0; n < Z * bytes / 8; n++)
		write64((u64)f->z + n * 8, (seed + n) * 0x9e3779b97f4a7c15);
	for (u64 n = 0; n < P * predicate; n++)
		f->p[n] = (u8)((seed + n) * 0x9d);
	for (u64 n = 0; n < predicate; n++)
		f->p[P * predicate + n] = (u8)(first >= n * 8 + 8 ? 0xff
		                               : first <= n * 8   ? 0
		                                                  : (1u << (first - n * 8)) - 1);
	load(f);
}

static void compare(u32 line, const struct file *want, u64 bytes)
{
	struct file *got = &found[guest_cpu()];

	store(got);
	for (u64 n = 0; n < Z * bytes; n++)
		if (got->z[n] != want->z[n])
			guest_fail(line, "byte %lu of Z%lu is 0x%x, not 0x%x", n % bytes, n / bytes,
			           got->z[n], want->z[n]);
	for (u64 n = 0; n < (P + 1) * bytes / 8; n++)
		if (got->p[n] != want->p[n])
			guest_fail(line, "byte %lu of P%lu is 0x%x, not 0x%x", n % (bytes / 8),
			           n / (bytes / 8), got->p[n], want->p[n]);
}

static void enable(void)
{
	write_register(cpacr_el1, 3 << 20 | 3 << 16);
	isb();
}

static void work(u64 seed)
{
	u64 rounds = guest_rounds(ROUNDS);
	u32 cpu = guest_cpu();
	bool long_ones = (cpu + tree_number("copy")) % 2 == 0;

	enable();
	gic_enable(cpu, TIMER_VIRTUAL, 0x80);
	write_register(cntv_cval_el0, timer_now());
	write_register(cntv_ctl_el0, 1);
	irq_unmask();
	for (u64 i = 0; i < rounds; i++) {
		u64 bytes = set_length(long_ones ? longest : 16 + 16 * (i % 16)), value;

		fill(seed + i, bytes);
		psci_call(PSCI_VERSION, 0, 0, 0);
		read32(GICD + GICD_TYPER);
		fault_read64(HOLE, &value);
		compare(__LINE__, &wanted[cpu], bytes);
		wfi();
		compare(__LINE__, &wanted[cpu], bytes);
		timer_suspend();
		compare(__LINE__, &wanted[cpu], bytes);
		CHECK_EQUAL(read_register(s3_0_c1_c2_0), long_ones ? longest / 16 - 1 : i % 16);
	}
	CHECK(timer_ticks[cpu] >= rounds);
	write_register(cntv_ctl_el0, 0);
	irq_mask();
	set_length(longest);
	fill(seed, longest); /* for whoever comes on next */
}

/* As out of reset: where the architecture says UNKNOWN, QEMU and Corbel say 0. */
static void come_on(u64 seed)
{
	static const struct file zero;

	enable();
	CHECK_EQUAL(read_register(s3_0_c1_c2_0), 0);
	set_length(longest);
	compare(__LINE__, &zero, longest);
	work(seed);
}

void test(void)
{
	struct fault f;

	CHECK_EQUAL(field_get(FIELD(35, 32), read_register(id_aa64pfr0_el1)), 1);
	write_register(cpacr_el1, 3 << 20);
	isb();
	f = fault_execute(0x04bf5020, 0, NULL); /* RDVL X0, #1 */
	CHECK(f.taken && f.elr == f.at);
	CHECK_EQUAL(field_get(ESR_EC, f.esr), 0x19);
	enable();
	longest = set_length(BYTES_MAX);
	guest_print("vectors of up to %lu bytes\n", longest);
	for (u64 limit = 16; limit <= BYTES_MAX; limit += 16)
		CHECK(set_length(limit) <= limit && set_length(limit) >= 16);
	smp_start(1, come_on, guest_seed(100000));
	work(guest_seed(7));
	smp_wait_off(1);
	smp_start(1, come_on, guest_seed(200000));
	smp_wait_off(1);
}
