/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers of a host program with one thread: nothing to order. */
#pragma once

static inline void isb(void) {}
#define dsb(domain) ((void)0)
#define dmb(domain) ((void)0)
static inline void wfi(void) {}
static inline void wfe(void) {}
static inline void sev(void) {}
static inline void cpu_yield(void) {}
