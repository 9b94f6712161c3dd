/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers: one access of one width, in program order. */
#pragma once
#include "lib/types.h"

static inline u32 mmio_read32(const volatile void *base, u64 offset)
{
	return *(const volatile u32 *)((const volatile u8 *)base + offset);
}

static inline void mmio_write32(volatile void *base, u64 offset, u32 value)
{
	*(volatile u32 *)((volatile u8 *)base + offset) = value;
}

static inline u64 mmio_read64(const volatile void *base, u64 offset)
{
	return *(const volatile u64 *)((const volatile u8 *)base + offset);
}

static inline void mmio_write64(volatile void *base, u64 offset, u64 value)
{
	*(volatile u64 *)((volatile u8 *)base + offset) = value;
}
