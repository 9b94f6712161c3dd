/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power of three vCPUs, as PSCI and vm->lock make it (monitor/vcpu.c, monitor/vm.c): every order in which they turn each other on
 * and themselves off, suspend, reset the VM and pass their loops, while somebody at the console ends the VM whenever it likes.
 *
 * A step is what happens under vm->lock. Spin takes every step from every state and checks the assertions; each step is printed,
 * with the states before and after, and test/unit/psci_model_test.c makes the real code take it. A state is printed as the VM's,
 * then of each vCPU its power, how it sleeps, and whether it leaves.
 */
#define N 3

/* As AFFINITY_INFO answers. */
#define ON       0
#define OFF      1
#define STARTING 2

#define AWAKE   0
#define STANDBY 1
#define DOWN    2

#define LOADING 0
#define RUNNING 1
#define ENDING  2

/* Answers, without their sign. */
#define DENIED     3
#define ALREADY_ON 4
#define ON_PENDING 5

byte vm = RUNNING;
byte power[N];
byte sleeps[N];
byte leaves[N]; /* its call met the end of the VM: it parks before it calls again */
byte parking;   /* vCPUs that have yet to park, while ENDING */
byte answer, caller, target; /* of the step, for the printer; 0 between steps */

c_code {
	static void tell_state(void)
	{
		int i;

		printf(" %d", now.vm);
		for (i = 0; i < 3; i++)
			printf("%d%d%d", now.power[i], now.sleeps[i], now.leaves[i]);
	}
};

inline begin(who, whom)
{
	caller = who;
	target = whom;
	c_code { printf("STEP"); tell_state(); };
}

inline finish()
{
	assert(vm != ENDING || (parking > 0 && parking == (power[0] != OFF) + (power[1] != OFF) + (power[2] != OFF)));
	assert(vm != LOADING || (power[0] == OFF && power[1] == OFF && power[2] == OFF));
	c_code { tell_state(); printf(" %d %d %d\n", now.caller, now.target, now.answer); };
	answer = 0;
	caller = 0;
	target = 0
}

inline end_vm()
{
	if
	:: vm == RUNNING ->
		parking = (power[0] != OFF) + (power[1] != OFF) + (power[2] != OFF);
		vm = (parking -> ENDING : LOADING) /* all off: nobody would park */
	:: else
	fi
}

inline cpu_on(i, j)
{
	begin(i, j);
	c_code { printf(" on"); };
	if
	:: vm != RUNNING -> answer = DENIED
	:: vm == RUNNING && power[j] == ON -> answer = ALREADY_ON
	:: vm == RUNNING && power[j] == STARTING -> answer = ON_PENDING
	:: vm == RUNNING && power[j] == OFF -> power[j] = STARTING
	fi;
	finish()
}

inline cpu_off(i)
{
	begin(i, 0);
	c_code { printf(" off"); };
	if
	:: vm == RUNNING ->
		power[i] = OFF;
		if
		:: power[0] == OFF && power[1] == OFF && power[2] == OFF -> end_vm()
		:: else
		fi
	:: else -> leaves[i] = 1
	fi;
	finish()
}

inline suspend(i)
{
	begin(i, 0);
	c_code { printf(" suspend"); };
	sleeps[i] = STANDBY;
	finish()
}

inline power_down(i)
{
	begin(i, 0);
	c_code { printf(" down"); };
	sleeps[i] = DOWN;
	finish()
}

inline suspend_system(i)
{
	begin(i, 0);
	c_code { printf(" system"); };
	if
	:: (power[0] == OFF) + (power[1] == OFF) + (power[2] == OFF) == N - 1 -> sleeps[i] = DOWN
	:: else -> answer = DENIED
	fi;
	finish()
}

inline reset(i)
{
	begin(i, 0);
	c_code { printf(" reset"); };
	leaves[i] = 1;
	end_vm();
	finish()
}

/* The loop of its CPU, once: it leaves an ending VM, or starts. The last to leave begins the next life. */
inline turn(i)
{
	begin(i, 0);
	c_code { printf(" turn"); };
	sleeps[i] = AWAKE;
	leaves[i] = 0;
	if
	:: vm == ENDING ->
		power[i] = OFF;
		parking--;
		if
		:: parking == 0 -> vm = LOADING
		:: else
		fi
	:: else -> power[i] = ON
	fi;
	finish()
}

inline wake(i)
{
	begin(i, 0);
	c_code { printf(" wake"); };
	sleeps[i] = AWAKE;
	finish()
}

#define calls (power[i] == ON && sleeps[i] == AWAKE && !leaves[i])

proctype vcpu(byte i)
{
end:	do
	:: d_step { calls -> cpu_on(i, 0) }
	:: d_step { calls -> cpu_on(i, 1) }
	:: d_step { calls -> cpu_on(i, 2) }
	:: d_step { calls -> cpu_off(i) }
	:: d_step { calls -> suspend(i) }
	:: d_step { calls -> power_down(i) }
	:: d_step { calls -> suspend_system(i) }
	:: d_step { calls -> reset(i) }
	:: d_step { (vm == ENDING && power[i] != OFF) || power[i] == STARTING -> turn(i) }
	:: d_step { vm == RUNNING && power[i] == ON && sleeps[i] != AWAKE -> wake(i) }
	od
}

proctype controller()
{
end:	do
	:: d_step { begin(0, 0); c_code { printf(" kill"); }; end_vm(); finish() }
	:: d_step { vm == LOADING -> begin(0, 0); c_code { printf(" load"); }; vm = RUNNING; power[0] = STARTING; finish() }
	od
}

init
{
	atomic {
		power[1] = OFF;
		power[2] = OFF;
		run vcpu(0);
		run vcpu(1);
		run vcpu(2);
		run controller()
	}
}
