/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound ownership of descriptors and heap memory.
 *
 *   AUTO_CLOSE int fd = open(...);     closed when the scope ends; errno is kept
 *   return take_fd(&fd);               ownership moves to the caller
 *   AUTO_FREE char *p = malloc(...);
 *   AUTO_FCLOSE FILE *f = fdopen(take_fd(&fd), "r");   fdopen owns the fd only on success
 *
 * Header only: base itself makes no system call. A descriptor that is not open is -1.
 */
#pragma once

#include "base/compiler.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void fd_close(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
    *fd = -1;
}

static inline int take_fd(int *fd)
{
    int moved = *fd;
    *fd = -1;
    return moved;
}

static inline void auto_free_(void *p)
{
    free(*(void **)p);
}

static inline void auto_fclose_(FILE **f)
{
    if (*f)
        fclose(*f);
}

static inline void auto_closedir_(DIR **d)
{
    if (*d)
        closedir(*d);
}

#define AUTO_CLOSE    __attribute__((cleanup(fd_close)))
#define AUTO_FREE     __attribute__((cleanup(auto_free_)))
#define AUTO_FCLOSE   __attribute__((cleanup(auto_fclose_)))
#define AUTO_CLOSEDIR __attribute__((cleanup(auto_closedir_)))
