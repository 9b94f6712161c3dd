/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every program says: "ok: ..." for a check that holds, "FAILED: ..." for one that does not, "absent: ..." for
 * what the machine does not have. The exit status is 0 if all held, 1 if one did not, 4 (as the kernel's own tests
 * have it) if there was nothing to check. Only the first process of a crowd says what holds; all say what fails.
 */
#ifndef CHECK_H
#define CHECK_H
#include <stdbool.h>

enum { CHECK_HELD, CHECK_FAILED, CHECK_ABSENT = 4 };

__attribute__((format(printf, 2, 3))) bool check(bool holds, const char *format, ...);
int check_status(void);
void check_quiet(void); /* this process says only what fails */
void check_anew(void);  /* what failed before is not this process's */
_Noreturn void check_absent(const char *what);

/* What must succeed for there to be a test at all. */
_Noreturn void check_broken(const char *what);
#define NEED(call) ((call) ? (void)0 : check_broken(#call))

#endif
