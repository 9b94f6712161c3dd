/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of break-before-make and TLB maintenance (Arm ARM D8.13, D8.14), for each valid
 * entry of a stage-2 table that a store of EL2 changes, in more than bits 58 to 55, which are software's:
 *
 * 1. It must not become another valid entry, unless only permissions, the access flag or DBM change.
 * 2. The CPU that changed it executes, in this order: a DSB that completes the store beyond this CPU
 *    (a walk sees it); a TLBI of stage 1 and 2 by its VMID, with that VMID in VTTBR_EL2, or of all guests, in both
 *    cases broadcast (TLBI by address is not accepted: nobody here uses it); a DSB of loads and stores beyond this CPU.
 * 3. Until all of that is done: no ERET to a lower EL and no WFI of that CPU; by nobody a valid descriptor in that
 *    entry, nor one anywhere that names what the entry named (a page, a block, a table), nor a store to what
 *    it mapped (but for DC ZVA), nor a valid descriptor in a table that it led to.
 *
 * What is between the first and the last is a change under way. That a CPU completes a change of another one
 * is not accepted. Lock: its own, around stage2.h's too.
 */
#pragma once
#include "cpu.h"
#include "lib/types.h"

/* Whether a store to this physical address matters at all. */
bool break_matters(u64 address);
void break_store(const struct cpu *cpu, u64 pc, u64 address, const u8 *bytes, u32 size);
/* DC ZVA at `at` is about to be executed; and has been. */
void break_zero(u64 at);
void break_zeroed(const struct cpu *cpu, u64 pc);
void break_load(const struct cpu *cpu, u64 pc, u64 vttbr);
void break_dsb(const struct cpu *cpu, u32 word);
void break_tlbi(const struct cpu *cpu, u32 word);
/* At ERET or WFI, `name`d so. */
void break_leave(const struct cpu *cpu, u64 pc, const char *name);
void break_print(FILE *to);
