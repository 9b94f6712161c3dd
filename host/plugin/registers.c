/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All vCPUs of a machine are of one model, so a register has one handle for all of them; QEMU reads
 * it from the vCPU that the calling thread executes.
 */
#include "registers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "qemu.h"

enum { GENERAL = 31 }; /* x0 to x30 */

static struct qemu_plugin_register *handle[REG_COUNT];
static const char *const names[REG_COUNT] = {
	[REG_CPSR] = "cpsr",         [REG_TPIDR_EL2] = "TPIDR_EL2", [REG_VTTBR_EL2] = "VTTBR_EL2",
	[REG_VTCR_EL2] = "VTCR_EL2", [REG_ESR_EL2] = "ESR_EL2",     [REG_SPSR_EL2] = "SPSR_EL2",
	[REG_ELR_EL2] = "ELR_EL2",   [REG_HPFAR_EL2] = "HPFAR_EL2", [REG_FAR_EL2] = "FAR_EL2",
};

static struct qemu_plugin_register *find(const GArray *all, const char *name)
{
	const qemu_plugin_reg_descriptor *row = (const void *)all->data;

	for (unsigned i = 0; i < all->len; i++)
		if (strcasecmp(row[i].name, name) == 0)
			return row[i].handle;
	return NULL;
}

const char *registers_find(void)
{
	static char general[8];
	const GArray *all = qemu_plugin_get_registers();

	for (int i = 0; i < REG_COUNT; i++) {
		snprintf(general, sizeof(general), "x%d", i);
		const char *name = i < GENERAL ? general : names[i];

		handle[i] = find(all, name);
		if (!handle[i])
			return name;
	}
	return NULL;
}

u64 registers_read(enum reg which)
{
	static __thread GByteArray *bytes;
	u64 value = 0;

	if (!bytes)
		bytes = g_byte_array_new();
	g_byte_array_set_size(bytes, 0);
	qemu_plugin_read_register(handle[which], bytes);
	memcpy(&value, bytes->data, bytes->len < sizeof(value) ? bytes->len : sizeof(value));
	return value;
}
