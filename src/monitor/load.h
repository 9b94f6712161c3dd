/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a VM's memory for a start: scrub all, copy the pristine images, write the device tree; in bounded steps. */
#pragma once
#include "lib/types.h"

struct vm;

enum { LOAD_STEP = 256 << 10 }; /* bytes scrubbed or copied between two turns of the loop */

struct load {
	u64 scrubbed; /* bytes */
	u32 segment;  /* of the image; then the initrd, then the tree */
	u64 copied;   /* bytes of the segment */
};

void load_begin(struct vm *vm);
/* One step. False: the memory is ready for the first instruction. No vCPU of the VM runs meanwhile. */
bool load_some(struct vm *vm);
