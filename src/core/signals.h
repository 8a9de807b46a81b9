/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals by name and number, for the `kill` command and for messages. signal(7); the numbers are the
 * kernel's for every architecture but MIPS, Alpha, SPARC and PA-RISC, which we do not build for.
 */
#pragma once

#include "base/err.h"

/* Real-time signals as libc and every engine count them: 32 and 33 are used inside libc and have numbers
 * only. */
#define SIGNALS_RTMIN 34
#define SIGNALS_RTMAX 64
#define SIGNALS_MAX   64

/* Enough for every name that signal_name_into writes. */
#define SIGNAL_NAME_MAX 16

/*
 * "TERM", "SIGTERM", "sigterm", "15", "RTMIN", "SIGRTMIN+3", "rtmax-1". Numbers are strict decimals 0 ... 64;
 * 0 tests whether the process exists. ERR_USAGE, -EINVAL: `unknown signal "X"`.
 */
int signal_parse(const char *text, int *ret, struct err *reterr);

/* "SIGTERM", "SIGRTMIN+3", "signal 32" into out[SIGNAL_NAME_MAX]; returns out. */
const char *signal_name_into(int signal, char out[SIGNAL_NAME_MAX]);

/* What ended a process, as messages of runc put it: "killed", "segmentation fault"; NULL when there is no
 * such text. */
const char *signal_text(int signal);
