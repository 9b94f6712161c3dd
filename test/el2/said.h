/* SPDX-License-Identifier: Apache-2.0 */
/* What a program of this folder prints, on the board's UART. */
#pragma once
#include "lib/types.h"

__attribute__((format(printf, 1, 2))) void say(const char *text, ...);
/* Of start.S: an exception that the program did not expect. */
void fault(u64 syndrome, u64 where);
