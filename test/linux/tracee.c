/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of ptrace that a test of debugging needs. */
#include "tracee.h"
#include "check.h"
#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t tracee_start(void (*work)(void))
{
	int status;
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
			_exit(CHECK_FAILED);
		work();
		_exit(CHECK_HELD);
	}
	NEED(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	return pid;
}

int tracee_go(pid_t pid, int request)
{
	int status;

	NEED(ptrace(request, pid, 0, 0) == 0);
	NEED(waitpid(pid, &status, 0) == pid);
	return status;
}

siginfo_t tracee_signal(pid_t pid)
{
	siginfo_t info;

	NEED(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
	return info;
}

struct user_pt_regs tracee_registers(pid_t pid)
{
	struct user_pt_regs registers;
	struct iovec part = {&registers, sizeof registers};

	NEED(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part) == 0);
	return registers;
}

void tracee_jump(pid_t pid, uint64_t pc)
{
	struct user_pt_regs registers = tracee_registers(pid);
	struct iovec part = {&registers, sizeof registers};

	registers.pc = pc;
	NEED(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part) == 0);
}

static struct user_hwdebug_state debug_state(pid_t pid, int set)
{
	struct user_hwdebug_state state = {0};
	struct iovec part = {&state, sizeof state};

	NEED(ptrace(PTRACE_GETREGSET, pid, set, &part) == 0);
	return state;
}

unsigned tracee_debug_count(pid_t pid, int set) { return debug_state(pid, set).dbg_info & 0xff; }

/* All slots up to the one that is set are written, each as it was. */
bool tracee_debug(pid_t pid, int set, unsigned slot, uint64_t address, uint32_t control)
{
	struct user_hwdebug_state state = debug_state(pid, set);
	struct iovec part = {&state, offsetof(struct user_hwdebug_state, dbg_regs[slot + 1])};

	state.dbg_regs[slot].addr = address;
	state.dbg_regs[slot].ctrl = control;
	return ptrace(PTRACE_SETREGSET, pid, set, &part) == 0;
}

void tracee_debug_off(pid_t pid, int set)
{
	for (unsigned slot = 0; slot < tracee_debug_count(pid, set); slot++)
		NEED(tracee_debug(pid, set, slot, 0, 0));
}

bool tracee_stopped_by_debug(pid_t pid, int status)
{
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		return false;
	siginfo_t info = tracee_signal(pid);

	/* The kernel itself says so where a call of it was stepped over. */
	return info.si_code == TRAP_HWBKPT || info.si_code == TRAP_TRACE ||
	       (info.si_code == SI_USER && info.si_pid == 0);
}

void tracee_ended(pid_t pid, int status, const char *what)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_HELD)
		return;
	check(false, "%s: the child does not go on to its end (status %x)", what, status);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
