/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a VM that nobody will start again: its CPUs are given back, one step for each, and its place is free. */
#pragma once

struct vm;

/* It has ended or never ran, and its state is VM_REMOVING. Any CPU; it goes on by itself. */
void removal_begin(struct vm *vm);
