/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the hypervisor takes, as sizes of symbols that nobody links: host/budgets.py asks nm for them. */
#include "monitor/ledger.c" /* what an entry is, is its own business */
#include "monitor/vm.h"

char budget_vm[VM_PAGES * PAGE_SIZE];
char budget_vcpu[VM_VCPU_PAGES * PAGE_SIZE];
char budget_ledger[(UNIT_PAGES + 1) *
                   sizeof(*banks[0].entry)]; /* of 2 MiB: an entry a page, and how many are taken */
