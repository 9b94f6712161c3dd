/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine made of arrays, with as many CPUs as a test asks for, all in one thread: the test
 * says which CPU it is at the moment. Physical addresses are host addresses of fake RAM.
 */
#pragma once
#include "lib/types.h"
#include "machine/context.h"

/* Everything back to power-on; called by each test's setup. */
void fake_machine_reset(void);
/* The code that runs next runs on this CPU. */
void fake_cpu(u32 index);

/* `size` bytes of RAM, 2 MiB aligned, filled with `fill`; lives until fake_machine_reset(). */
u8 *fake_ram(u64 size, u8 fill);

/* What guest_enter() does on each call: plays the guest. NULL: the test fails on entry. */
enum exit_kind { EXIT_SYNC, EXIT_IRQ, EXIT_SERROR };
extern enum exit_kind (*fake_guest)(struct regs *r, struct exit *e);
extern bool fake_guest_goes_on; /* it would have: nothing was to be done outside */
extern u64 fake_guest_entries;

/* Interrupts that a CPU will acknowledge, in order; gic_send() adds kicks here by affinity. */
void fake_gic_raise(u32 cpu, u32 intid);
u32 fake_gic_pending_count(u32 cpu);
extern u32 fake_gic_last_dropped, fake_gic_last_ended;

/* The serial line. */
void fake_uart_reset(void);
void fake_uart_type(const char *bytes, u32 size);
const char *fake_uart_output(u32 *size); /* all that was sent since the reset; 0-terminated */
void fake_uart_full(bool full);
void fake_uart_absent(void);     /* until the next reset */
void fake_uart_takes(u32 bytes); /* it has room for so many, and none after; a drain makes room for 16 */
extern u32 fake_uart_waits;      /* bytes that were sent without room: EL2 waited for the line */
bool fake_uart_wants_room(void);
extern void (*fake_uart_sees)(void); /* called before each byte that is sent; NULL at power-on */
extern u32 fake_uart_ticks;          /* that pass while a byte is sent; 0 at power-on */

/* panic() and require() on the host: the test that expects one says so and gets a text that holds the sentence. */
bool fake_expect_panic(void (*act)(void), const char **sentence);

/* ID registers as cpu_id_register() shows them. */
void fake_id_register(u32 crm, u32 op2, u64 value);
enum { FAKE_GMID = 4 };       /* with MTE in them */
extern u64 fake_tags_cleared; /* bytes whose tags cache_scrub_tagged() cleared */
/* With SVE in them: what each CPU's vector, predicate and first-fault registers hold. */
enum { FAKE_VECTOR_BYTES = 64, FAKE_VECTORS_SIZE = 32 * FAKE_VECTOR_BYTES };
extern u8 fake_vectors[8][FAKE_VECTORS_SIZE];
/* What cpu_wait() does besides counting: the interrupt that ends it; may be NULL. */
extern void (*fake_on_wait)(void);
/* What stage 1 of the guest answers, as PAR_EL1; NULL: every address is its own IPA. */
#define FAKE_NORMAL (0xffUL << 56) /* PAR_EL1.ATTR: write-back */
extern u64 (*fake_translate)(u64 address, bool user, bool write);
extern u8 fake_fpu[32][16]; /* the FP/SIMD file in the CPU */
/* Called at each cleaning of caches by address; may be NULL. */
extern void (*fake_cache_on_clean)(const u8 *from, u64 size);
extern u32 fake_gic_private; /* bit n: gic_enable_private(n) was called */
extern bool fake_serror;     /* a physical SError waits on the CPU */
extern u64 fake_serror_iss;  /* its syndrome */
extern u32 fake_system_offs, fake_waits;
extern u32 fake_windows; /* mmu_window_open() calls; each is checked against the limit and for being closed */
/* RNDRRS: whether the CPUs have it, how many numbers it has left, and the last one. */
extern bool fake_has_rndr;
extern u32 fake_rndr_left;
extern u64 fake_rndr_next;
/* The firmware behind psci_call(); NULL: all is NOT_SUPPORTED. */
extern void (*fake_firmware)(u64 x[4]);
