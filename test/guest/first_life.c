/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints all that a guest can see at its first instruction: registers of each CPU, devices, interrupts, memory; then
 * changes all of it that it can, resets itself, and prints it again. test/system/test_first_life.py compares the two.
 *
 * Lines "seen WHAT VALUE"; what is 0 is left out. Not looked at: what tells the time or is random, this program's own
 * data, and of the device tree the seeds.
 */
#include "lib/guest.h"
#include "lib/string.h"

/* clang-format off */
/* What the runtime's vectors and start change, and the interrupt controller's: read before anything else. */
#define REGISTERS(X) \
	X(sctlr_el1) X(tcr_el1) X(ttbr0_el1) X(ttbr1_el1) X(mair_el1) X(amair_el1) X(vbar_el1) X(esr_el1) X(far_el1) \
	X(elr_el1) X(spsr_el1) X(sp_el0) X(tpidr_el0) X(contextidr_el1) X(cpacr_el1) X(par_el1) X(afsr0_el1) X(afsr1_el1) \
	X(mdscr_el1) X(cntkctl_el1) X(cntv_ctl_el0) X(cntv_cval_el0) X(cntp_ctl_el0) X(cntp_cval_el0) X(daif) \
	X(CurrentEL) X(SPSel) X(isr_el1) X(s3_0_c4_c6_0) X(s3_0_c12_c8_2) X(s3_0_c12_c8_3) X(s3_0_c12_c8_4) \
	X(s3_0_c12_c9_0) X(s3_0_c12_c11_3) X(s3_0_c12_c12_2) X(s3_0_c12_c12_3) X(s3_0_c12_c12_4) X(s3_0_c12_c12_5) \
	X(s3_0_c12_c12_6) X(s3_0_c12_c12_7)
/* clang-format on */
#define ALL                                                                                                  \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, " \
	"27, 28, 29, 30, 31"
#define SVE ".arch_extension sve\n\t"
enum { UART_WORDS = 0x1000 / 4, SECRET = 0x5a };
#define KEY(op0, op1, n, m, op2) ((op0) << 14 | (op1) << 11 | (n) << 7 | (m) << 3 | (op2))

static u64 vectors_q[66];
static u8 vectors_z[32 * 256 + 17 * 32] __attribute__((aligned(16)));
static u32 uart[UART_WORDS];

static void seen(const char *what, u64 at, u64 value)
{
	if (value)
		guest_print("seen %s_%lx %lx\n", what, at, value);
}

static u64 hash_of(u64 hash, u64 word) { return (hash ^ word) * 0x9e3779b97f4a7c15; }

static u64 hash_range(u64 from, u64 to)
{
	u64 hash = 0;

	for (; from < to; from += 8)
		hash = hash_of(hash, read64(from));
	return hash;
}

/* --- at the first instruction --- */

static bool has_sve(void) { return read_register(id_aa64pfr0_el1) >> 32 & 15; }

static void see_vectors(u32 cpu)
{
	u64 hash = 0;

	write_register(cpacr_el1, 3 << 20 | 3 << 16);
	isb();
	asm volatile("mov x1, %0\n\t.irp n, " ALL "\n\tstr q\\n, [x1], #16\n\t.endr" ::"r"(vectors_q)
	             : "x1", "memory");
	vectors_q[64] = read_register(fpcr);
	vectors_q[65] = read_register(fpsr);
	for (u32 i = 0; i < 66; i++)
		seen(cpu ? "cpu1_q" : "cpu0_q", i, vectors_q[i]);
	if (!has_sve())
		return;
	seen(cpu ? "cpu1_zcr" : "cpu0_zcr", 0, read_register(s3_0_c1_c2_0));
	write_register(s3_0_c1_c2_0, 15);
	isb();
	asm volatile(SVE "mov x1, %0\n\tmov x2, %1\n\t"
	                 ".irp n, " ALL "\n\tstr z\\n, [x1, #\\n, mul vl]\n\t.endr\n\t"
	                 ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
	                 "str p\\n, [x2, #\\n, mul vl]\n\t.endr\n\t"
	                 "rdffr p0.b\n\tstr p0, [x2, #16, mul vl]" ::"r"(vectors_z),
	             "r"(vectors_z + 32 * 256)
	             : "x1", "x2", "memory");
	for (u32 i = 0; i < sizeof(vectors_z); i++)
		hash += vectors_z[i];
	seen(cpu ? "cpu1_z" : "cpu0_z", 0, hash);
}

static void see_words(const char *what, u64 from, u64 size)
{
	for (u64 at = 0; at < size; at += 4)
		seen(what, at, read32(from + at));
}

static void see_devices(void)
{
	for (u32 i = 0; i < UART_WORDS; i++)
		seen("PL011", 4 * i,
		     i == UART_FR / 4 ? 0 : uart[i]); /* what of the last life's output is on its way */
	for (u64 at = 4; at < 0x1000; at += 4)        /* not the time */
		seen("PL031", at, read32(PL031 + at));
	see_words("GICD", GICD, 0x10000);
	for (u32 cpu = 0; cpu < 2; cpu++)
		see_words(cpu ? "GICR1" : "GICR0", GICR + cpu * GICR_FRAME, GICR_FRAME);
	see_words("PL061", PL061, 0x1000);
	see_words("watchdog", 0x0c000000, 0x1000);
	see_words("refresh", 0x0c010000, 0x1000);
}

void first_words(u32 cpu)
{
	static const char *const names[] = {
#define X(name) #name,
		REGISTERS(X)
#undef X
	};
	u64 found[ARRAY_COUNT(names)], *to = found;

#define X(name) *to++ = read_register(name);
	REGISTERS(X)
#undef X
	for (u32 i = 0; cpu == 0 && i < UART_WORDS; i++)
		uart[i] = i ? read32(PL011 + 4 * i) : 0;
	for (u32 i = 0; i < ARRAY_COUNT(names); i++)
		seen(names[i], cpu, found[i]);
	for (u32 n = 0; n < 31; n++)
		seen(cpu ? "cpu1_x" : "cpu0_x", n, boot_registers[cpu][n]);
	see_vectors(cpu);
	if (cpu == 0)
		see_devices();
}

/* --- what the runtime does not change --- */

/* Time, randomness; what was read before; what acknowledges an interrupt. */
static bool is_left_out(u32 key)
{
	return key >> 3 == KEY(3, 3, 14, 0, 0) >> 3 || key == KEY(3, 3, 14, 2, 0) ||
	       key == KEY(3, 3, 14, 3, 0) || key >> 3 == KEY(3, 3, 2, 4, 0) >> 3 ||
	       key >> 7 == KEY(3, 0, 12, 0, 0) >> 7 || key >> 7 == KEY(3, 0, 4, 0, 0) >> 7 ||
	       key >> 7 == KEY(3, 0, 5, 0, 0) >> 7 || key >> 7 == KEY(3, 0, 6, 0, 0) >> 7 ||
	       key >> 7 == KEY(3, 3, 4, 0, 0) >> 7 || key == KEY(3, 0, 13, 0, 4) ||
	       key == KEY(3, 3, 13, 0, 3) || key == KEY(2, 3, 0, 4, 0);
}

static void see_registers(u32 first, u32 end)
{
	for (u32 key = first; key < end; key++) {
		u64 value = 0;

		if (is_left_out(key))
			continue;
		struct fault f = fault_execute(0xd5200000 | key << 5, 0, &value); /* MRS X0 */
		seen(f.taken ? "exception" : "register", key, f.taken ? f.esr >> 26 : value);
	}
}

/* The seeds are each 64 or 8 bytes of the tree's structure block behind a property's head. */
static u64 hash_tree(void)
{
	u64 tree = tree_address(), strings = tree + __builtin_bswap32(read32(tree + 12)), hash = 0;
	u64 at = tree + __builtin_bswap32(read32(tree + 8)), end = strings;

	while (at < end) {
		u32 token = __builtin_bswap32(read32(at));

		hash = hash_of(hash, token);
		at += 4;
		if (token != 3) /* FDT_PROP; names pass as words, too */
			continue;
		u64 size = __builtin_bswap32(read32(at));
		const char *name = (const char *)(strings + __builtin_bswap32(read32(at + 4)));
		bool seed = strcmp(name, "rng-seed") == 0 || strcmp(name, "kaslr-seed") == 0;

		hash = hash_of(hash, size);
		at += 8;
		for (u64 i = 0; i < align_up(size, 4); i += 4)
			hash = hash_of(hash, seed ? 0 : read32(at + i));
		at += align_up(size, 4);
	}
	return hash;
}

static void see_memory(void)
{
	u64 tree_end = align_up(tree_address() + tree_size(), 8), end = RAM_BASE + tree_memory_size();

	guest_print("seen ram_size %lx\n", tree_memory_size());
	guest_print("seen tree %lx\n", hash_tree());
	guest_print("seen behind_tree %lx\n", hash_range(tree_end, (u64)image_start));
	guest_print("seen image %lx\n", hash_range((u64)image_start, (u64)boot_registers & ~7UL));
	guest_print("seen behind_image %lx\n", hash_range((u64)image_end, end));
}

/* --- all of it changed --- */

static void dirty_registers(void)
{
	static const u64 pattern = 0x5a5a5a5a5a5a5a50;

	write_register(tpidr_el0, pattern);
	write_register(tpidr_el1, pattern);
	write_register(tpidrro_el0, pattern);
	write_register(contextidr_el1, pattern);
	write_register(afsr0_el1, pattern);
	write_register(afsr1_el1, pattern);
	write_register(amair_el1, pattern);
	write_register(mair_el1, pattern);
	write_register(ttbr0_el1, pattern);
	write_register(ttbr1_el1, pattern);
	write_register(tcr_el1, pattern);
	write_register(par_el1, pattern);
	write_register(sp_el0, pattern);
	write_register(csselr_el1, 2);
	write_register(cntkctl_el1, 0x3ff);
	write_register(cntv_cval_el0, pattern);
	write_register(cntv_ctl_el0, 3);
	write_register(cntp_cval_el0, 0);
	write_register(cntp_ctl_el0, 3);
	write_register(oslar_el1, 0);
	write_register(dbgbvr0_el1, pattern);
	write_register(dbgbcr0_el1, 0x1e0);
	write_register(dbgwvr0_el1, pattern);
	write_register(dbgwcr0_el1, 0x1fe0);
	write_register(mdscr_el1, 1 << 12);
	write_register(dbgclaimset_el1, 0x55);
	write_register(s3_3_c9_c12_1, 0x80000001); /* PMCNTENSET_EL0 */
	write_register(s3_3_c9_c14_0, 15);         /* PMUSERENR_EL0 */
	write_register(s3_3_c9_c12_0, 1);          /* PMCR_EL0 */
	asm volatile(".irp n, " ALL "\n\tdup v\\n\\().2d, %0\n\t.endr" ::"r"(pattern));
	if (has_sve())
		asm volatile(SVE ".irp n, " ALL
		                 "\n\tdup z\\n\\().d, %0\n\t.endr\n\tptrue p7.b\n\tsetffr" ::"r"(pattern));
	write_register(fpcr, 3 << 22);
	write_register(fpsr, 0x1f);
}

static void dirty_devices(void)
{
	for (u32 n = 40; n < 288; n++) {
		gic_enable(1, n, 0xf8);
		gic_edge(1, n, true);
		gic_set_bit(0, n, GICD_ISACTIVER);
		gic_set_bit(0, n, GICD_ISPENDR);
	}
	for (u32 n = 0; n < 32; n++)
		gic_enable(0, n, 0xf0);
	gic_sgi(0, 9);
	write_register(s3_0_c4_c6_0, 0x50);
	for (u32 at = 0x20; at < 0x4c; at += 4)
		if (at != 0x30)
			write32(PL011 + at, ~0U);
	write32(PL031 + RTC_MR, 5);
	write32(PL031 + RTC_IMSC, 1);
	for (u32 at = GPIO_DIR; at <= GPIO_AFSEL; at += 4)
		write32(PL061 + at, 0xff);
	write32(PL061 + GPIO_DATA, 0xff);
	write32(0x0c000008, ~0U);
	write32(0x0c00000c, 0xff);
	write32(0x0c000000, 1);
}

static void dirty_memory(void)
{
	for (u64 at = RAM_BASE; at < (u64)image_start; at += 8)
		write64(at, at ^ SECRET);
	for (u64 at = (u64)image_end; at < RAM_BASE + tree_memory_size(); at += 8)
		write64(at, at ^ SECRET);
}

static void second(u64 unused)
{
	(void)unused;
	see_registers(KEY(3, 0, 0, 0, 0), KEY(3, 1, 0, 0, 0));
	dirty_registers();
}

void test(void)
{
	irq_mask();
	see_registers(KEY(2, 0, 0, 0, 0), KEY(2, 1, 0, 0, 0));
	see_registers(KEY(2, 3, 0, 0, 0), KEY(2, 4, 0, 0, 0));
	see_registers(KEY(3, 0, 0, 0, 0), KEY(3, 1, 0, 0, 0));
	see_registers(KEY(3, 3, 0, 0, 0), KEY(3, 4, 0, 0, 0));
	see_memory();
	smp_start(1, second, 0x1234);
	smp_wait_off(1);
	guest_print("seen all 1\n");
	if (guest_rebooted())
		return;
	/* The size of memory is read from the tree, which goes last. */
	dirty_devices();
	dirty_registers();
	dirty_memory();
	guest_reboot();
}
