/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of zeroed pages with a fixed extent. Not locked: its owner's lock guards it. */
#pragma once
#include "lib/types.h"

struct pool_page {
	struct pool_page *next;
};

struct pool {
	u8 *next, *end;         /* never handed out yet */
	struct pool_page *free; /* given back */
	u64 freed;              /* length of that list */
	u64 used;               /* pages out now */
};

/* `from` and `size` are page aligned. */
void pool_init(struct pool *p, void *from, u64 size);
u64 pool_room(const struct pool *p);
/* A zeroed page, or NULL. */
void *pool_take(struct pool *p);
/* `count` pages in a row aligned to their own size (a power of two); never given back. Or NULL. */
void *pool_take_run(struct pool *p, u64 count);
void pool_give(struct pool *p, void *page);
/* A page that is not of its extent is its from now on. */
void pool_add(struct pool *p, void *page);
