/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that were broken: a sentence for each place in the code and kind, and how often. Lock: its own. */
#pragma once
#include <stdio.h>
#include "lib/types.h"

/* `rule` names the kind; the sentence is formatted the first time that `rule` is broken at `pc`. */
__attribute__((format(printf, 3, 4))) void violation(const char *rule, u64 pc, const char *sentence, ...);
void violation_print(FILE *to);
