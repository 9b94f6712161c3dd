/* SPDX-License-Identifier: Apache-2.0 */
/* The real field names over a fake register file: found before src/machine/sysreg.h on the host. */
#pragma once
#include "../../../src/machine/sysreg.h"
#undef read_sysreg
#undef write_sysreg

/* Registers by name, one file per fake CPU; unknown names read as 0. */
u64 fake_sysreg_read(const char *name);
void fake_sysreg_write(const char *name, u64 value);

#define read_sysreg(name)         fake_sysreg_read(#name)
#define write_sysreg(name, value) fake_sysreg_write(#name, (u64)(value))
