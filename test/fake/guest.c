/* SPDX-License-Identifier: Apache-2.0 */
/* The fake of guest_enter(): a file of its own, because only tests of the loop link the dispatcher. */
#include "fake/machine_fake.h"

#include <string.h>

#include "lib/require.h"
#include "machine/sysreg.h"
#include "monitor/dispatch.h"

enum { KEPT_FIRST = 19, KEPT = 11 }; /* x19 to x29 are in no struct regs until the guest is left */

bool fake_guest_goes_on;

static bool stop(struct vcpu *v, enum exit_kind kind)
{
	switch (kind) {
	case EXIT_SYNC:
		return dispatch(v);
	case EXIT_IRQ:
		return dispatch_interrupt(v);
	case EXIT_SERROR:
		return dispatch_serror(v);
	}
	return false;
}

/* Leaves the guest after every stop, as if more was to be done: then a test sees each by itself. */
void guest_enter(struct regs *r)
{
	u64 mode = r->pstate & 0x1f, kept[KEPT];
	struct exit *e = (struct exit *)(r + 1);

	require(mode == 0 || mode == 4 || mode == 5 || mode == 0x10); /* the last gate, as in vectors.S */
	require(fake_guest);
	fake_guest_entries++;
	enum exit_kind kind = fake_guest(r, e);
	write_sysreg(far_el2, e->far);
	write_sysreg(hpfar_el2, e->hpfar);
	memcpy(kept, &r->x[KEPT_FIRST], sizeof(kept));
	memset(&r->x[KEPT_FIRST], 0xee, sizeof(kept));
	fake_guest_goes_on = stop((struct vcpu *)r, kind);
	memcpy(&r->x[KEPT_FIRST], kept, sizeof(kept));
}
