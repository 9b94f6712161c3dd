/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of zeroed pages: a bump pointer and a list of what came back. */
#include "lib/pool.h"

#include "lib/bits.h"
#include "lib/string.h"

void pool_init(struct pool *p, void *from, u64 size)
{
	*p = (struct pool){.next = from, .end = (u8 *)from + size};
}

static u64 untouched(const struct pool *p) { return (u64)(p->end - p->next) / PAGE_SIZE; }

u64 pool_room(const struct pool *p) { return untouched(p) + p->freed; }

void *pool_take(struct pool *p)
{
	void *page = p->free;

	if (page) {
		p->free = p->free->next;
		p->freed--;
	} else {
		if (untouched(p) == 0)
			return NULL;
		page = p->next;
		p->next += PAGE_SIZE;
	}
	p->used++;
	return memset(page, 0, PAGE_SIZE);
}

void *pool_take_run(struct pool *p, u64 count)
{
	u64 skipped = align_up((u64)p->next, count * PAGE_SIZE) - (u64)p->next;

	if (untouched(p) < skipped / PAGE_SIZE + count)
		return NULL;
	for (; skipped; skipped -= PAGE_SIZE) {
		pool_add(p, p->next);
		p->next += PAGE_SIZE;
	}
	void *run = p->next;
	p->next += count * PAGE_SIZE;
	p->used += count;
	return memset(run, 0, count * PAGE_SIZE);
}

void pool_give(struct pool *p, void *page)
{
	struct pool_page *given = page;

	given->next = p->free;
	p->free = given;
	p->freed++;
	p->used--;
}

void pool_add(struct pool *p, void *page)
{
	p->used++; /* as if it had been out */
	pool_give(p, page);
}
