/* SPDX-License-Identifier: Apache-2.0 */
/* What `events` tells of a group of resctrl. */
#include "kernel/resctrl.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <errno.h>
#include <stdlib.h>

#define VALUE_SIZE  64
#define DOMAINS_MAX 256 /* of one kind of cache in one machine */

static int open_dir(int dirfd, const char *name)
{
    return sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY, 0);
}

static int read_info(int root, struct arena *a, struct stats_rdt *s)
{
    AUTO_CLOSE int l3 = open_dir(root, "info/L3"), mb = open_dir(root, "info/MB");
    char text[VALUE_SIZE];
    int len = l3 < 0 ? -1 : io_read_file(l3, "cbm_mask", text, sizeof(text));

    s->has_l3 = len > 0;
    if (s->has_l3) {
        struct str mask = str_trim((struct str){text, (size_t)len});

        s->cbm_mask = arena_strndup(a, mask.ptr, mask.len);
        if (!s->cbm_mask)
            return -ENOMEM;
        s->min_cbm_bits = resctrl_number(l3, "min_cbm_bits");
        s->l3_num_closids = resctrl_number(l3, "num_closids");
    }
    s->has_mb = mb >= 0;
    if (s->has_mb) {
        s->bandwidth_gran = resctrl_number(mb, "bandwidth_gran");
        s->delay_linear = resctrl_number(mb, "delay_linear");
        s->min_bandwidth = resctrl_number(mb, "min_bandwidth");
        s->mb_num_closids = resctrl_number(mb, "num_closids");
    }
    return 0;
}

static int line_of(struct arena *a, const char *text, const char *resource, const char **ret)
{
    struct str line;

    if (!rdt_find_line(str_of(text), resource, &line))
        return 0;
    *ret = arena_strndup(a, line.ptr, line.len);
    return *ret ? 0 : -ENOMEM;
}

static int read_schemata(const char *mountpoint, const char *group, struct arena *a, struct stats_rdt *s,
                         struct err *reterr)
{
    const char *top = "", *own = "";
    int r = resctrl_read(a, mountpoint, "/", &top, NULL);

    if (r == 0 || r != -ENOMEM)
        r = resctrl_read(a, mountpoint, group, &own, reterr);
    if (r < 0)
        return r;
    if (line_of(a, top, "L3", &s->l3_root) < 0 || line_of(a, top, "MB", &s->mb_root) < 0 ||
        line_of(a, own, "L3", &s->l3) < 0 || line_of(a, own, "MB", &s->mb) < 0 ||
        stats_parse_lines(a, str_of(own), &s->schemata) < 0)
        return err_nomem(reterr);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "mon_L3_00", ...: each cache that is monitored, in order. */
static int list_domains(int mon_data, struct arena *a, const char *names[DOMAINS_MAX], size_t *n)
{
    DIR *opened = fdopendir(mon_data); /* takes the descriptor where it succeeds */
    AUTO_CLOSEDIR DIR *dir = opened;
    struct dirent *d;

    *n = 0;
    if (!dir) {
        fd_close(&mon_data);
        return 0;
    }
    while (*n < DOMAINS_MAX && (d = readdir(dir))) {
        if (!str_starts(str_of(d->d_name), "mon_L3_"))
            continue;
        names[*n] = arena_strdup(a, d->d_name);
        if (!names[(*n)++])
            return -ENOMEM;
    }
    qsort(names, *n, sizeof(names[0]), compare_names);
    return 0;
}

static bool has_file(int dirfd, const char *file)
{
    struct stat st;

    return sys_fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int read_monitors(int dir, struct arena *a, struct stats_rdt *s)
{
    const char *names[DOMAINS_MAX];
    size_t n = 0;
    int data = open_dir(dir, "mon_data");

    if (data < 0)
        return 0;
    if (list_domains(fcntl(data, F_DUPFD_CLOEXEC, 0), a, names, &n) < 0) {
        fd_close(&data);
        return -ENOMEM;
    }
    s->mbm = arena_new_array(a, struct stats_rdt_mbm, n + 1);
    s->cmt = arena_new_array(a, uint64_t, n + 1);
    for (size_t i = 0; s->mbm && s->cmt && i < n; i++) {
        AUTO_CLOSE int domain = open_dir(data, names[i]);

        if (domain < 0)
            continue;
        if (has_file(domain, "mbm_total_bytes") || has_file(domain, "mbm_local_bytes"))
            s->mbm[s->n_mbm++] =
                (struct stats_rdt_mbm){.total_bytes = resctrl_number(domain, "mbm_total_bytes"),
                                       .local_bytes = resctrl_number(domain, "mbm_local_bytes")};
        if (has_file(domain, "llc_occupancy"))
            s->cmt[s->n_cmt++] = resctrl_number(domain, "llc_occupancy");
    }
    fd_close(&data);
    return s->mbm && s->cmt ? 0 : -ENOMEM;
}

int resctrl_stats(const char *mountpoint, const char *group, const char *monitoring, struct arena *a,
                  struct stats_rdt *ret, struct err *reterr)
{
    const char *below = streq(group, "/") ? "." : group;
    AUTO_CLOSE int root = open_dir(AT_FDCWD, mountpoint);
    AUTO_CLOSE int dir = -1;
    int r;

    if (root < 0)
        return err_system(reterr, root, "open", "resctrl %s", mountpoint);
    r = read_info(root, a, ret) < 0 ? err_nomem(reterr) : 0;
    if (r == 0)
        r = read_schemata(mountpoint, group, a, ret, reterr);
    if (r < 0)
        return r;
    if (monitoring) {
        below = arena_printf(a, "%s/mon_groups/%s", below, monitoring);
        if (!below)
            return err_nomem(reterr);
    }
    dir = open_dir(root, below);
    if (dir < 0)
        return err_system(reterr, dir, "open", "resctrl group %s", below);
    if (read_monitors(dir, a, ret) < 0)
        return err_nomem(reterr);
    ret->has = true;
    return 0;
}
