/* SPDX-License-Identifier: Apache-2.0 */
/* Where machine/start.S goes on in C: the only up-calls from below, with panic.c's. */
#pragma once
#include "lib/types.h"

/* The boot CPU, on the boot stack, MMU on: physical addresses of the device tree and of the image. */
_Noreturn void main_primary(u64 tree, u64 load_address);
/* Every other CPU, on its own stack. */
_Noreturn void main_secondary(u64 cpu);
