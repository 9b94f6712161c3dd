/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL031 (DDI 0224 §3.3.1): RTCDR counts seconds. */
#include "machine/rtc.h"

#include "machine/mmio.h"

#define RTCDR 0x00

u64 rtc_read(volatile void *base) { return mmio_read32(base, RTCDR); }
