/* SPDX-License-Identifier: Apache-2.0 */
/* What an access is for the guest that stage 2 stopped and nothing answers. */
#pragma once
#include "monitor/vcpu.h"

struct abort_access {
	u64 address,
		ipa; /* the latter is not told of a permission fault, unless of a walk: then it is its entry's page */
	bool walk;       /* stage 2 stopped the walk for the address */
	bool permission; /* something is there, and is not for the guest to do this with */
};

/* ISS.DFSC or ISS.IFSC, as the machine that the guest sees would say it. */
u32 abort_status(const struct vcpu *v, const struct abort_access *a);
