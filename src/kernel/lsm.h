/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels for the program to be executed: AppArmor and SELinux, written through our own procfs and read back.
 * A label that was asked for is in force or it is an error: a failed detection never means "off".
 */
#pragma once

#include "base/err.h"
#include "kernel/procfs.h"

/* "exec PROFILE" to thread-self/attr/apparmor/exec (5.8), else attr/exec; read back. "unconfined" is a
 * profile. */
int lsm_apparmor_exec(struct procfs *p, const char *profile, struct err *reterr);

/* The label to thread-self/attr/exec; read back. */
int lsm_selinux_exec(struct procfs *p, const char *label, struct err *reterr);

/* The label of keys made from now on: thread-self/attr/keycreate. */
int lsm_selinux_keycreate(struct procfs *p, const char *label, struct err *reterr);
