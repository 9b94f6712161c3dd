/* SPDX-License-Identifier: Apache-2.0 */
/* libfdt's header asks for <stdlib.h>; the part of libfdt that EL2 links uses nothing of it. */
#pragma once
