/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse of describe(): VMs as the flattened tree (doc/vm.md) that makes them again. The tree may be far longer than
 * what EL2 has room for, so it comes in pieces, and each call is one short step.
 */
#pragma once
#include "monitor/describe.h"

enum { DUMP_IMAGES_MAX = 2 * DESCRIBE_VM_MAX };

struct dump {
	u32 size; /* bytes of the whole tree, as soon as dump_measure() has said OK; 0 before */

	/* dump.c's. */
	u32 at; /* bytes handed out */
	u32 vm_count, image_count;
	const struct vm_description *vms[DESCRIBE_VM_MAX];
	u32 bootargs_size[DESCRIBE_VM_MAX]; /* the closing 0 included */
	const struct blob
		*images[DUMP_IMAGES_MAX]; /* what lies under /images; its phandle is its place plus 1 */
	u32 looked_at;                    /* VMs whose images and bootargs were looked at */
	u32 part;                         /* of the tree: which is being measured, or handed out */
	u64 begin;                        /* its first byte in the tree */
};

/*
 * Begins the description of `count` VMs (1 to DESCRIBE_VM_MAX), in their order; refused ones are left out. They are as
 * describe() made them, all of one system description or one alone. Nothing is copied: VMs, images and bootargs stay
 * where and as they are until the last byte is out.
 *
 * What was said of the machine's CPUs (`affinity`) is written, not what was given (`cpus`), and a boot module's bytes are
 * written, not its place: the machine of tomorrow has other CPUs, and other things there. So describe() makes the same VMs
 * of it, by content of their images, and gives them the same CPUs if the machine is the same.
 *
 * BAD_VALUE: no VM, too many, or an image whose bytes cannot be read here (a module, where describe() had no
 * `module_bytes`).
 */
enum status dump_begin(struct dump *d, const struct vm_description *vms, u32 count);
/*
 * One step towards `size`; images are not read. BUSY: call again (at most 200 times). OK: dump_some() may begin.
 * NO_ROOM: more than INT32_MAX bytes, for which the format has room, but no reader.
 */
enum status dump_measure(struct dump *d);
/*
 * Writes the next 1 to `room` bytes (at least 1) to `to`, and answers how many; 0: that was all, or the size is not known.
 * A step goes over one node without its children at most, some thousand instructions, so it may write less than `room`;
 * of an image it copies as much as there is room for. The bytes are the same whatever the rooms were. describe() wants the
 * whole at a multiple of 8.
 */
u32 dump_some(struct dump *d, u8 *to, u32 room);
