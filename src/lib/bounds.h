/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a loop of EL2 turns at most: what doc/bounds.md says of each names one of these, or why it needs none.
 * Measured is the most that any loop of the bound took while the test kernels ran: `make bounds` writes it here and there.
 */
#pragma once

enum bound {
	BOUND_CPUS = 32,            /* of the machine; measured 4 */
	BOUND_VMS = 15,             /* of the machine; measured 1 */
	BOUND_VCPUS = 8,            /* of a VM; measured 4 */
	BOUND_SHARERS = 120,        /* vCPUs that share CPUs; measured 4 */
	BOUND_DEVICES = 10,         /* of a VM; measured 7 */
	BOUND_BITS = 32,            /* of a word, and whatever else is no longer; measured 32 */
	BOUND_BYTES = 16,           /* of a vector register, and whatever else is no longer; measured 16 */
	BOUND_LIST_REGISTERS = 16,  /* of the GIC's virtual interface; measured 4 */
	BOUND_BANKS = 9,            /* of a VM's interrupts, 32 each; measured 8 */
	BOUND_EOI_COUNT = 31,       /* ICH_HCR_EL2.EOIcount; measured 1 */
	BOUND_INDEX_SLOTS = 128,    /* of an index of rows; measured 64 */
	BOUND_ROWS = 128,           /* of a device's table in 128 bytes; measured 14 */
	BOUND_DECODE_ROWS = 27,     /* of the decoder's table; measured 22 */
	BOUND_REGISTERS = 4,        /* of one load or store; measured 4 */
	BOUND_ELEMENTS = 64,        /* of one load or store; measured 64 */
	BOUND_WALK = 5,             /* levels of a guest's stage 1; measured 3 */
	BOUND_LEVELS = 4,           /* of our own tables; measured 3 */
	BOUND_TABLES = 1024 * 514,  /* entries of a VM's tables, and the tables; measured 2564 */
	BOUND_WINDOW_PAGES = 512,   /* of a CPU's window, and of one table; measured 128 */
	BOUND_STEP_BYTES = 1 << 20, /* LOAD_STEP of a VM, and what boot clears at once; measured 1568 */
	BOUND_STEP_PAGES = 65,      /* of LOAD_STEP; measured 1 */
	BOUND_UNITS = 1 << 25,      /* of 2 MiB, of the machine's memory; measured 160 */
	BOUND_LEDGER_BANKS = 8,     /* of the machine's memory; measured 1 */
	BOUND_DEADLINES = 300,      /* of a CPU, one of them twice; measured 3 */
	BOUND_SOURCES = 17,         /* of the console; measured 17 */
	BOUND_RING = 4096,          /* entries of a source of the console; measured 62 */
	BOUND_UNSENT = 128,         /* bytes before and with an entry of the console; measured 0 */
	BOUND_INPUT = 512,          /* bytes typed to a VM that it did not read; measured 39 */
	BOUND_TEXT = 4096,          /* bytes of our own texts, boot words included; measured 55 */
	BOUND_NUMBER = 20,          /* digits; measured 9 */
	BOUND_RECORDS = 1020,       /* of a trace, lines of the GIC, rows of a table; measured 64 */
	BOUND_BUCKETS = 96,         /* of a histogram, causes of exits, ID fields; measured 89 */
	BOUND_ITEMS = 1024,         /* of the watch's report of one VM; measured 0 */
	BOUND_SEGMENTS = 64,        /* of an image; measured 0 */
	BOUND_TREE_CELLS = 32,      /* of a property of a guest's tree; measured 12 */
};
