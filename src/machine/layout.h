/* SPDX-License-Identifier: Apache-2.0 */
/* Where things lie in EL2's 48-bit address space. Also read by assembly and the linker script. */
#pragma once

#define LAYOUT_IMAGE  0xff8000000000 /* the image, as linked; guard pages are what is not mapped */
#define LAYOUT_WINDOW 0xff0000000000 /* per-CPU windows, one every LAYOUT_WINDOW_STRIDE */
#define LAYOUT_STACK  0xfe8000000000 /* per-CPU stacks, one every LAYOUT_STACK_STRIDE */
#define LAYOUT_LINEAR 0x800000000000 /* physical address 0: EL2's own memory and devices only */
/* Several in what one table of the last level maps (2 MiB); between them lie pages that are not mapped. */
#define LAYOUT_WINDOW_STRIDE 0x80000
#define LAYOUT_STACK_STRIDE  0x10000
#define LAYOUT_PA_BITS       46 /* what the linear map can hold */
