/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/sdbus.h"

#ifdef LORICA_SYSTEMD

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#define LIBRARY "libsystemd.so.0"

static struct sdbus_api library;
static const struct sdbus_api *current;

void sdbus_use(const struct sdbus_api *api)
{
    current = api;
}

static int missing(struct err *reterr, const char *why)
{
    return err_state(reterr, ENOENT,
                     "--systemd-cgroup needs " LIBRARY " (package libsystemd0, or systemd-libs): %s",
                     why ? why : "it cannot be loaded");
}

/* The address as the function pointer it is: ISO C has no conversion between the two. */
static bool find(void *handle, const char *name, void *ret, size_t size)
{
    void *address = dlsym(handle, name);

    memcpy(ret, &address, size);
    return address != NULL;
}

const struct sdbus_api *sdbus_load(struct err *reterr)
{
    void *handle;

    if (current)
        return current;
    handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        missing(reterr, dlerror());
        return NULL;
    }
#define X(name)                                                                                              \
    if (!find(handle, "sd_bus_" #name, &library.name, sizeof(library.name))) {                               \
        missing(reterr, dlerror());                                                                          \
        dlclose(handle);                                                                                     \
        return NULL;                                                                                         \
    }
    SDBUS_FUNCTIONS(X)
#undef X
    current = &library;
    return current;
}

#endif
