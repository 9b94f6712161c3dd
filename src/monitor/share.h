/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vCPUs that share CPUs: whose turn it is on this one, and how news of a vCPU gets to a CPU that may act on it.
 *
 * Invariant: whoever changes what a vCPU could do (power, a VM's end, an interrupt, a job) says share_notice() after
 * it; then some CPU looks at the vCPU in its loop, and it is the only one that does.
 */
#pragma once
#include "lib/types.h"

struct vcpu;

/* It shares CPUs from now on. v->sched says which, and on what terms. One at a time. */
void share_add(struct vcpu *v);
/*
 * It does not any more: it is off, and news of it are of nobody. Else the CPUs that still have it, a bit each, which were asked to
 * choose another one: say it again, from one of them.
 */
u32 share_remove(struct vcpu *v);
/* Something is new about it. Any CPU. */
void share_notice(struct vcpu *v);
/* Whether there is news for this CPU, which its loop has not looked at. */
bool share_has_news(void);
/* This CPU's loop: acts on the news, chooses, puts away whom it had. NULL: nobody wants this CPU. */
struct vcpu *share_choose(void);
/* Whom this CPU chose last, or NULL. */
struct vcpu *share_current(void);
