/* SPDX-License-Identifier: Apache-2.0 */
/* What may cost more the first time: memory, floating point, a CPU's start. */
#include "bench.h"

enum { PAGE = 0x1000, FPEN = 3 << 20 /* CPACR_EL1 */ };

static bool overlaps(u64 page, u64 start, u64 end) { return page < end && start < page + PAGE; }

/* The next page of RAM that neither this program nor its loader has written; 0: there is none. */
static u64 fresh_page(u64 page)
{
	u64 end, initrd_end, initrd = tree_initrd(&initrd_end);

	if (!tree_memory(&end))
		return 0;
	while (overlaps(page, tree_address(), tree_address() + tree_size()) ||
	       overlaps(page, initrd, initrd_end))
		page += PAGE;
	return page + PAGE <= end ? page : 0;
}

static bool store(struct figure *f)
{
	u64 page = align_up((u64)image_end, PAGE);

	for (u32 i = 0; i < SAMPLES && (page = fresh_page(page)) != 0; i++, page += PAGE)
		figure_add(f, frame_write32(page, i) - bench_empty);
	return f->count != 0;
}

bool row_memory_first(struct figure *f) { return store(f); }
bool row_memory_again(struct figure *f) { return store(f); } /* the same pages */

/* CPU 1 on, until it is off again; when CPU_ON was called, or 0 if it could not be. */
static u64 power_cycle(struct powered *p)
{
	u64 from;

	*p = (struct powered){0};
	dsb();
	from = machine.smc ? power_on_smc(1, p) : power_on_hvc(1, p);
	if (p->at == 0)
		return 0;
	smp_wait_off(1);
	return from;
}

/* Once on this CPU since it started; the other samples are of CPU 1, which starts again for each. */
bool row_fp_first(struct figure *f)
{
	struct powered p;

	write_register(cpacr_el1, FPEN);
	isb();
	figure_add(f, frame_fp(0, 0) - bench_empty);
	if (tree_cpu_count() < 2)
		return true;
	while (f->count < SAMPLES) {
		if (!power_cycle(&p))
			return false;
		figure_add(f, p.fp - bench_empty);
	}
	return true;
}

bool row_fp_again(struct figure *f)
{
	for (u32 i = 0; i < SAMPLES; i++)
		figure_add(f, frame_fp(0, 0) - bench_empty);
	return true;
}

bool row_cpu_on(struct figure *f)
{
	struct powered p;

	if (tree_cpu_count() < 2)
		return false;
	for (u32 i = 0; i < SAMPLES; i++) {
		u64 from = power_cycle(&p);

		if (!from)
			return false;
		figure_add(f, p.at - from - bench_empty);
	}
	return true;
}
