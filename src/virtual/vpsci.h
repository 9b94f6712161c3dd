/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's power: PSCI 1.1 (DEN0022). Rows of vsmccc.def. */
#pragma once
#include "virtual/reg.h"

enum verdict vpsci_version(struct vcpu *v);
enum verdict vpsci_cpu_suspend(struct vcpu *v);
enum verdict vpsci_cpu_off(struct vcpu *v);
enum verdict vpsci_cpu_on(struct vcpu *v);
enum verdict vpsci_affinity_info(struct vcpu *v);
enum verdict vpsci_migrate_info_type(struct vcpu *v);
enum verdict vpsci_system_off(struct vcpu *v);
enum verdict vpsci_system_reset(struct vcpu *v);
enum verdict vpsci_features(struct vcpu *v);
enum verdict vpsci_system_suspend(struct vcpu *v);
enum verdict vpsci_system_reset2(struct vcpu *v);
enum verdict vpsci_mem_protect(struct vcpu *v);
enum verdict vpsci_mem_protect_check_range(struct vcpu *v);
