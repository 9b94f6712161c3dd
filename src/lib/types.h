/* SPDX-License-Identifier: Apache-2.0 */
/* The words every file speaks: fixed-width integers and the three kinds of address. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* One-member structs, so that mixing them does not compile. */
typedef struct {
	u64 value;
} pa_t; /* physical address */
typedef struct {
	u64 value;
} ipa_t; /* intermediate physical address: what a guest calls physical */
typedef struct {
	u64 value;
} va_t; /* virtual address of EL2 */

static inline pa_t pa(u64 value) { return (pa_t){value}; }
static inline ipa_t ipa(u64 value) { return (ipa_t){value}; }
static inline va_t va(u64 value) { return (va_t){value}; }

enum {
	PAGE_SHIFT = 12,
	PAGE_SIZE = 1 << PAGE_SHIFT,
	CACHE_LINE_MAX = 128,
};
#define KIB (1024UL)
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

/* Which way a branch of a hot path goes. */
#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* A hot function without an array: nothing in it can overflow into the return address that the canary guards. */
#define no_array __attribute__((no_stack_protector))

/* A buffer that is written before it is read, and not before the MMU is on: machine/start.S does not clear it. */
#define not_cleared __attribute__((section(".bss.not_cleared")))

#define ARRAY_COUNT(a)                      (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((u8 *)(pointer)-offsetof(type, member)))

/* What a request that may be refused answers; the words are in status_name(). */
enum status {
	OK = 0,
	NO_MEMORY,
	NO_ROOM, /* a table of fixed size is full */
	BAD_VALUE,
	BUSY,
	DENIED,
};
