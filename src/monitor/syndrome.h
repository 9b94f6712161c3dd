/* SPDX-License-Identifier: Apache-2.0 */
/* What stopped a guest, in words, for the report of its VM; what is done about it dispatch.c decides. */
#pragma once
#include "lib/types.h"

/* Of an exception that was taken to EL2. */
struct syndrome {
	u64 value;   /* ESR_EL2 */
	u64 address; /* of an abort */
};

enum { SYNDROME_TEXT = 96 };
/* Fills `text` (SYNDROME_TEXT bytes). */
void syndrome_words(u64 esr, char *text);
/* Whether the address means something. */
bool syndrome_is_abort(u64 esr);
