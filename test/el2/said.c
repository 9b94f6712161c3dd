/* SPDX-License-Identifier: Apache-2.0 */
/* Words on the UART of QEMU's virt board. */
#include "said.h"

#include <stdarg.h>

#include "lib/printf.h"

#define PL011_DR ((volatile u32 *)0x09000000UL)

static void put(struct sink *to, char c)
{
	(void)to;
	*PL011_DR = (u8)c;
}

static struct sink uart = {.put = put};

void say(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	format(&uart, text, arguments);
	va_end(arguments);
}

void fault(u64 syndrome, u64 where) { say("FAIL: exception with ESR_EL2 %lx at %lx\n", syndrome, where); }
