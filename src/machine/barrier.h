/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers and hints. Each use says in a comment what it orders. */
#pragma once

static inline void isb(void) { asm volatile("isb" ::: "memory"); }
#define dsb(domain) asm volatile("dsb " #domain ::: "memory")
#define dmb(domain) asm volatile("dmb " #domain ::: "memory")

static inline void wfi(void) { asm volatile("wfi" ::: "memory"); }
static inline void wfe(void) { asm volatile("wfe" ::: "memory"); }
static inline void sev(void) { asm volatile("sev" ::: "memory"); }
/* A spin without a hint costs a whole time slice where CPUs are emulated in turns. */
static inline void cpu_yield(void) { asm volatile("yield" ::: "memory"); }
