/* SPDX-License-Identifier: Apache-2.0 */
/* The header limits.h, as far as libfdt's header uses it. */
#pragma once
#define INT_MAX  __INT_MAX__
#define INT_MIN  (-INT_MAX - 1)
#define UINT_MAX (2U * __INT_MAX__ + 1U)
