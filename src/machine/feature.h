/* SPDX-License-Identifier: Apache-2.0 */
/* ID registers of CPUs that differ: what all of them have. */
#pragma once
#include "lib/types.h"

/* An ID register by its CRm and op2; op0 = 3, op1 = 0, CRn = 0. */
#define FEATURE_AT(crm, op2) ((crm)*8 + (op2))

/* The register `at` of a machine with two CPUs of which one has `a`, the other `b`. */
u64 feature_common(u32 at, u64 a, u64 b);
/*
 * The longest vector, in quadwords, up to which all CPUs have the same lengths. Bit n - 1 of `all` and `any`: all
 * CPUs, some CPU, can have vectors of n quadwords.
 */
u32 feature_quadwords(u32 all, u32 any);
