/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's serial line as EL2 uses it: bytes in and out, one interrupt. The console's lock guards it. */
#pragma once
#include "lib/types.h"

/* `base` is mapped. Keeps the firmware's speed; 8 bits, FIFO on, receive interrupt on. */
void uart_init(volatile void *base);
bool uart_ready(void);            /* uart_init() was called */
bool uart_room(void);             /* the next uart_put() will not wait */
void uart_put(u8 byte);           /* waits for room */
bool uart_get(u8 *byte);          /* false: nothing has come */
void uart_want_room(bool wanted); /* interrupt when there is room again */
void uart_drain(void);            /* waits until the last bit has left */
/* Entered below EL2, before anything is set up: says so on the build's default UART and powers off. */
void uart_refuse_level(u64 level);
/* The build's default UART: for messages while no device tree says which there is. */
pa_t uart_default(void);
