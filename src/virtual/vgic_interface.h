/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU interface of a VM that says gic = "software": its registers are trapped, and what it signals is
 * HCR_EL2.VI or VF. Its state is vgic_cpu.saved, also while the vCPU is loaded. Lock: vgic.lock.
 */
#pragma once
#include "virtual/vgic_list.h"

/* Looks at the words again: what the loaded `v` signals now. Lock held. */
void vgic_interface_signal(struct vcpu *v);
/* `v` signals nothing. Lock held. */
void vgic_interface_retire(struct vcpu *v);

/* Rows of the trapped system registers, in the order of their encodings. */
enum verdict vgic_interface_pmr_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_pmr_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_iar0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_eoir0_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_hppir0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_bpr0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_bpr0_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ap0r0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ap0r0_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ap1r0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ap1r0_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_rpr_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_iar1_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_eoir1_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_hppir1_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_bpr1_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_bpr1_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ctlr_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_ctlr_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_igrpen0_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_igrpen0_write(struct vcpu *v, struct access *a);
enum verdict vgic_interface_igrpen1_read(struct vcpu *v, struct access *a);
enum verdict vgic_interface_igrpen1_write(struct vcpu *v, struct access *a);
