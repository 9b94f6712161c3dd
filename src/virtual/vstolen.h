/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time (DEN0057A §3): how long each vCPU of a VM could have run while others had its CPU, in a page that the VM
 * reads as it reads its memory, and cannot write.
 */
#pragma once
#include "lib/types.h"
#include "virtual/reg.h"

#define VSTOLEN_BASE 0x090a0000UL /* where QEMU's virt has it */

struct vm;
struct vcpu;

/* One vCPU's; little-endian. */
struct vstolen {
	u32 revision, attributes; /* 0 */
	u64 nanoseconds;          /* since its VM started; never less than before */
	u8 unused[48];
};

/* The VM starts again. */
void vstolen_reset(struct vm *vm);
/* So many ticks of the counter more. On the CPU that has it. */
void vstolen_add(struct vcpu *v, u64 ticks);

/* Rows of vsmccc.def; the first is asked for in SMCCC_ARCH_FEATURES, too. */
enum { PV_TIME_FEATURES = (s32)0xc5000020, PV_TIME_ST = (s32)0xc5000021 };
enum verdict vstolen_features(struct vcpu *v);
enum verdict vstolen_place(struct vcpu *v);
