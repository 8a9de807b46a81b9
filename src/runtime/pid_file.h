/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --pid-file: the number of init in decimal, without a newline. It appears whole or not at all (a temporary
 * file in the same directory, renamed): engines read it as soon as they see it.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

int pid_file_write(const char *path, pid_t pid, struct err *reterr);
