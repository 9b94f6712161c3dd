/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's two timers. The virtual one is native; its interrupt is linked to the hardware.
 * The physical one is native where CNTPOFF_EL2 exists, else trapped and kept here.
 */
#pragma once
#include "lib/types.h"
#include "monitor/deadline.h"
#include "virtual/reg.h"

struct vcpu;

struct vtimer {
	struct vcpu *vcpu;
	u64 cval;    /* CNTP_CVAL_EL0, in the guest's time */
	u32 control; /* CNTP_CTL_EL0: ENABLE, IMASK */
	bool line;   /* the interrupt's level as the vGIC knows it */
	struct deadline alarm;
};

void vtimer_reset(struct vcpu *v);
/* `v` is this CPU's: its timer may have come due on another one. */
void vtimer_look(struct vcpu *v);
/* Rows of the trapped system registers. */
enum verdict vtimer_cntpct_read(struct vcpu *v, struct access *a);
enum verdict vtimer_ctl_read(struct vcpu *v, struct access *a);
enum verdict vtimer_ctl_write(struct vcpu *v, struct access *a);
enum verdict vtimer_cval_read(struct vcpu *v, struct access *a);
enum verdict vtimer_cval_write(struct vcpu *v, struct access *a);
enum verdict vtimer_tval_read(struct vcpu *v, struct access *a);
enum verdict vtimer_tval_write(struct vcpu *v, struct access *a);
