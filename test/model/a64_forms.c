/* SPDX-License-Identifier: Apache-2.0 */
/* For the cross assembler: an instruction for each row of a64_forms.def, in their order. */
asm(".text\n\t.arch armv8.7-a+sve+memtag+lse+mops+sme+ls64\n\t"
#define FORM(kind, text)        text "\n\t"
#define CODED(kind, code, text) code "\n\t"
#include "model/a64_forms.def"
);
