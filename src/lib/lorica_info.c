/* SPDX-License-Identifier: Apache-2.0 */
#include "core/info.h"
#include "kernel/io.h"
#include "kernel/probe.h"
#include "kernel/systemd.h"
#include "lib/context.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* In the caller's PATH, as checkpoint would look for it. */
static const char *find_program(struct arena *a, const char *name)
{
    const char *path = secure_getenv("PATH");
    struct str rest = str_of(path ? path : "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"), dir;

    while (str_next(&rest, ':', &dir)) {
        const char *full = dir.len ? arena_printf(a, "%.*s/%s", (int)dir.len, dir.ptr, name) : NULL;

        if (full && access(full, X_OK) == 0)
            return full;
    }
    return NULL;
}

/* The first line of a small file, or NULL. */
static const char *read_line(struct arena *a, const char *path)
{
    char text[512];
    int n = io_read_file(AT_FDCWD, path, text, sizeof(text));

    if (n < 0)
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    return arena_strdup(a, text);
}

static uint64_t limit_of(rlim_t v)
{
    return v == RLIM_INFINITY ? UINT64_MAX : v;
}

static int collect(struct arena *a, struct facts *facts, struct info_host *h, struct utsname *uts,
                   struct err *e)
{
    struct rlimit files = {0};
    const char *line;
    int r = probe_facts(a, facts, e);

    if (r == 0)
        r = probe_more(a, facts, PROBE_ALL, e);
    if (r < 0)
        return r;
    if (uname(uts) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
        return err_system(e, EIO, "uname", "%s", "");
    *h = (struct info_host){
        .facts = facts,
        .version = LORICA_VERSION,
        .release = uts->release,
        .machine = uts->machine,
        .lsms = read_line(a, "/sys/kernel/security/lsm"),
        .criu = find_program(a, "criu"),
        .systemd_built = systemd_supported(),
        .systemd_running = access("/run/systemd/system", F_OK) == 0,
        .open_files = limit_of(files.rlim_cur),
        .open_files_max = limit_of(files.rlim_max),
    };
    line = read_line(a, "/proc/sys/user/max_user_namespaces");
    h->has_max_user_namespaces = line && str_to_u64(str_of(line), UINT64_MAX, &h->max_user_namespaces) == 0;
    return 0;
}

int lorica_info(bool json, char **ret, struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct info_host host;
    struct utsname uts;
    struct facts facts;
    struct arena a;
    struct err e;
    int r;

    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = collect(&a, &facts, &host, &uts, &e);
    if (r == 0 && json)
        info_json(&host, &text);
    else if (r == 0)
        info_text(&host, &text);
    arena_done(&a);
    return lib_hand_out_text(r, &text, ret, &e, err);
}
