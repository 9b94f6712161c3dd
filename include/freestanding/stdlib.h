/* SPDX-License-Identifier: Apache-2.0 */
/* The header stdlib.h: libfdt asks for it; the part of libfdt that EL2 links uses nothing of it. */
#pragma once
