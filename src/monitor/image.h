/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of guest images: arm64 Image (Linux, Documentation/arch/arm64/booting.rst), ELF64, raw.
 * Reads and judges the bytes, places them; copies nothing. The same code on the host and at EL2.
 */
#pragma once
#include "lib/bounds.h"
#include "monitor/describe.h"
#include "monitor/report.h"

enum { IMAGE_SEGMENT_MAX = BOUND_SEGMENTS };

/* What the VM says about its image. */
struct image_request {
	struct blob file; /* bytes NULL: a module not readable here; its size alone is judged */
	u64 memory;       /* the VM's */
	bool has_load, has_entry;
	u64 load, entry;
};

struct image {
	enum image_kind kind;
	ipa_t load, entry;
	u64 footprint;
	u32 page_kib; /* Linux: 4, 16, 64; 0: not said, or another kind */
	u32 segments; /* to copy: 1, or the loadable ones of an ELF */
};

/* A run of bytes to copy; the rest of the guest's memory is zero already. */
struct image_segment {
	ipa_t to;
	struct blob file;
	u64 size; /* in memory; the bytes beyond file.size are zero */
};

/* False after an error: why this cannot be the VM's image. The tree and the image do not overlap. */
bool image_read(struct report *r, const struct image_request *request, struct image *out);
/* The index-th run of bytes of an image that image_read() has passed; false: there are no more. */
bool image_segment(const struct vm_description *vm, u32 index, struct image_segment *out);
/* "arm64 Image", "ELF64", "raw". */
const char *image_kind_name(enum image_kind kind);
