/* SPDX-License-Identifier: Apache-2.0 */
/* How deep each CPU's EL2 stack has been: the lowest address in it that was ever stored to. */
#pragma once
#include <stdio.h>
#include "lib/types.h"

/* A store at EL2, whether it hits a stack or not. */
void stack_store(u64 address);
void stack_print(FILE *to);
