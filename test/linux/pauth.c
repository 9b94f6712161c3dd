/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five keys of pointer authentication of every process stay its own under load on all CPUs, and what was forged
 * is refused. Argument: seconds.
 */
#include "check.h"
#include "crowd.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/hwcap.h>

enum { VALUES = 16, KEYS = 5, DEPTH = 200 };
/*
 * A PAC may be as narrow as 3 bits (52-bit addresses, the tag above them ignored), so two keys agree on a value now
 * and then; on 16 of them never. Bit 54 is of the PAC whatever the size of addresses.
 */
#define PAC_BIT (1UL << 54)
static const char *const key_names[KEYS] = {"IA", "IB", "DA", "DB", "GA"};

asm(".arch armv8.3-a");
#define SIGN(name, instruction)                                                    \
	static uint64_t name(uint64_t value, uint64_t modifier)                    \
	{                                                                          \
		asm volatile(instruction " %0, %1" : "+r"(value) : "r"(modifier)); \
		return value;                                                      \
	}
SIGN(sign_ia, "pacia")
SIGN(sign_ib, "pacib")
SIGN(sign_da, "pacda")
SIGN(sign_db, "pacdb")
SIGN(authenticate_ia, "autia")
SIGN(authenticate_ib, "autib")
SIGN(authenticate_da, "autda")
SIGN(authenticate_db, "autdb")

static uint64_t sign_ga(uint64_t value, uint64_t modifier)
{
	uint64_t code;

	asm volatile("pacga %0, %1, %2" : "=r"(code) : "r"(value), "r"(modifier));
	return code;
}

static uint64_t (*const sign[KEYS])(uint64_t, uint64_t) = {sign_ia, sign_ib, sign_da, sign_db, sign_ga};
static uint64_t (*const authenticate[KEYS])(uint64_t, uint64_t) = {authenticate_ia, authenticate_ib,
                                                                   authenticate_da, authenticate_db};

struct signatures {
	uint64_t code[KEYS][VALUES];
};
_Static_assert(sizeof(struct signatures) <= CROWD_NOTE, "fits");

static uint64_t value_of(unsigned i) { return 0x123456789000UL + i * 0x1110; }

static struct signatures signatures(void)
{
	struct signatures all;

	for (unsigned key = 0; key < KEYS; key++)
		for (unsigned i = 0; i < VALUES; i++)
			all.code[key][i] = sign[key](value_of(i), i + 1);
	return all;
}

static unsigned alike(const struct signatures *one, const struct signatures *other, unsigned key)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VALUES; i++)
		count += one->code[key][i] == other->code[key][i];
	return count;
}

/* --- a forged pointer: the CPU refuses it at once (FEAT_FPAC: SIGILL), or makes it one that cannot be used --- */

static volatile sig_atomic_t refused;

static void on_refusal(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	refused = 1;
	((ucontext_t *)context)->uc_mcontext.pc += 4;
}

static bool is_refused(unsigned key, uint64_t code, uint64_t value, uint64_t modifier)
{
	refused = 0;
	return authenticate[key](code, modifier) != value || refused;
}

/* Each bit of the PAC matters, and so do the modifier and the key. */
static void forge(unsigned key)
{
	uint64_t value = value_of(0), code = sign[key](value, 1), bits = 0;
	unsigned forged = 0;

	for (unsigned i = 0; i < VALUES; i++)
		bits |= sign[key](value, i) ^ value;
	for (uint64_t bit = bits & -bits; bits; bits &= bits - 1, bit = bits & -bits, forged++)
		if (!is_refused(key, code ^ bit, value, 1))
			check(false, "key %s: a pointer with one false bit, %lx, was accepted",
			      key_names[key], (unsigned long)bit);
	check(authenticate[key](code, 1) == value && forged,
	      "key %s: the right pointer is accepted, %u forged ones are not", key_names[key], forged);
}

/* --- a forged return --- */

static __attribute__((noinline, target("branch-protection=pac-ret+leaf"))) uint64_t deep(uint64_t level)
{
	uint64_t sum = level;

	asm volatile("" : "+r"(sum));
	return level ? sum + deep(level - 1) : 0;
}

/* The way a function returns, with one bit of the signed address turned. */
static void return_forged(void)
{
	asm volatile("adr x30, 1f\n\tmov x16, sp\n\tpacia x30, x16\n\teor x30, x30, "
	             "#0x40000000000000\n\tautia x30, x16\n\t"
	             "ret\n1:" ::
	                     : "x16", "x30", "memory");
}

static void return_is_refused(void)
{
	int status;
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0) {
		signal(SIGILL, SIG_DFL);
		return_forged();
		_exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	check(WIFSIGNALED(status) && (WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGSEGV),
	      "a return to a forged address ends the process (status %x)", status);
}

/* --- the crowd --- */

/* Not by the C library: its functions may have signed their return addresses with the old key. */
static long reset_keys(void)
{
	register long x0 asm("x0") = PR_PAC_RESET_KEYS;
	register long x1 asm("x1") = 0;
	register long x2 asm("x2") = 0;
	register long x3 asm("x3") = 0;
	register long x4 asm("x4") = 0;
	register long x8 asm("x8") = SYS_prctl;

	asm volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8) : "memory");
	return x0;
}

static void begin(struct member *member)
{
	struct signatures mine;

	NEED(reset_keys() == 0);
	mine = signatures();
	memcpy(member->note, &mine, sizeof mine);
}

static void turn(struct member *member)
{
	const struct signatures *mine = (const void *)member->note;
	uint64_t end = crowd_ns() + 5000000;

	while (crowd_ns() < end) {
		struct signatures now = signatures();

		for (unsigned key = 0; key < KEYS; key++)
			if (alike(mine, &now, key) != VALUES)
				check(false, "member %u: key %s changed", member->number, key_names[key]);
		for (unsigned key = 0; key < KEYS - 1; key++)
			if (authenticate[key](mine->code[key][3], 4) != value_of(3))
				check(false, "member %u: key %s refuses its own", member->number,
				      key_names[key]);
		if (deep(DEPTH) != DEPTH * (DEPTH + 1) / 2)
			check(false, "member %u: a sum of signed returns is wrong", member->number);
	}
	if (!is_refused(member->rounds % 4, mine->code[member->rounds % 4][5] ^ PAC_BIT, value_of(5), 6))
		check(false, "member %u: a forged pointer was accepted", member->number);
}

static void compare(const struct member *all, unsigned count)
{
	unsigned most = 0;

	for (unsigned key = 0; key < KEYS; key++)
		for (unsigned i = 0; i < count; i++)
			for (unsigned k = 0; k < i; k++) {
				unsigned same =
					alike((const void *)all[i].note, (const void *)all[k].note, key);

				most = same > most ? same : most;
			}
	check(most < VALUES,
	      "no two of %u processes have a key in common (at most %u of %d signatures alike)", count, most,
	      VALUES);
}

int main(int count, char **words)
{
	unsigned seconds = count > 1 ? (unsigned)atoi(words[1]) : 3, members;
	struct sigaction action = {.sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO};
	const struct member *all;

	if (!(getauxval(AT_HWCAP) & HWCAP_PACA) || !(getauxval(AT_HWCAP) & HWCAP_PACG))
		check_absent("pointer authentication");
	NEED(sigaction(SIGILL, &action, 0) == 0);
	for (unsigned key = 0; key < KEYS - 1; key++)
		forge(key);
	return_is_refused();
	all = crowd_rounds(begin, turn, seconds, &members);
	compare(all, members);
	return check_status();
}
