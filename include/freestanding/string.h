/* SPDX-License-Identifier: Apache-2.0 */
/* The header string.h of EL2, for libfdt's header: no C library is linked. */
#pragma once
#include "lib/string.h"
