/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's source of true random numbers (DEN0098): the machine's, or none. Rows of vsmccc.def. */
#pragma once
#include "virtual/reg.h"

enum verdict vtrng_version(struct vcpu *v);
enum verdict vtrng_features(struct vcpu *v);
enum verdict vtrng_get_uuid(struct vcpu *v);
enum verdict vtrng_rnd(struct vcpu *v);
