/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that have no place in a program that handles hostile bytes: using one does not compile.
 * Unbounded copies, locale-dependent or unchecked number parsing, hidden statics, the shell, and NSS
 * (getpw*, which would load libraries of the container in a static program).
 */
#pragma once

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets
#pragma GCC poison strtok strtok_r atoi atol atoll atof strtol strtoll strtoul strtoull strtod
#pragma GCC poison scanf fscanf sscanf vscanf vfscanf vsscanf
#undef alloca
#pragma GCC poison alloca system popen tmpnam tempnam mktemp
#pragma GCC poison getpwnam getpwuid getgrnam getgrgid getgrouplist initgroups
