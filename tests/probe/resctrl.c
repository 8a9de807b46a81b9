/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resctrl DIR [LOG]: a file system at DIR that behaves as resctrl does
 * (Documentation/filesystems/resctrl.rst), for machines whose processor has none: one L3 cache of 11 bits and
 * memory bandwidth in steps of 10, for two domains; 4 groups, 8 monitoring groups. By FUSE, without a library
 * (fuse(4), linux/fuse.h). Says "ready" on standard output, and ends when DIR is unmounted.
 *
 * What it is faithful in: mkdir makes a group with its files, rmdir removes it although it has some; too many
 * groups are ENOSPC; a line of `schemata` that makes no sense, or has no newline, is EINVAL, with the reason
 * in info/last_cmd_status; only the domains that a line names change; bandwidth is rounded up; a task is in
 * one group, and in a monitoring group of that group only; tasks of a group that is removed go to the root.
 * Tasks are kept as they were written: their children do not follow. Each is a line of
 * LOG, "GROUP PID" or "GROUP/MONITOR PID".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS    4u /* with the root */
#define MONITORS  8u
#define TASKS     64u
#define DOMAINS   2u
#define TEXT_MAX  4096u
#define NAME_SIZE 256u

struct group {
    bool used;
    char name[NAME_SIZE]; /* "" is the root */
    unsigned l3[DOMAINS], mb[DOMAINS];
};
struct monitor {
    bool used;
    char name[NAME_SIZE];
    unsigned group;
};
struct task {
    int pid; /* 0: free */
    unsigned group;
    int monitor; /* -1 */
};

static struct group groups[GROUPS] = {{true, "", {0x7ff, 0x7ff}, {100, 100}}};
static struct monitor monitors[MONITORS];
static struct task tasks[TASKS];
static char status[256] = "ok\n";
static FILE *journal;

/*
 * A node is kind << 16 | group << 8 | item. Node 1, which FUSE wants for the root, stands for its group.
 */
enum kind {
    GROUP_DIR = 1,
    GROUP_SCHEMATA,
    GROUP_TASKS,
    GROUP_MON_GROUPS,
    GROUP_MON_DATA,
    DOMAIN_DIR, /* item: domain */
    DOMAIN_OCCUPANCY,
    DOMAIN_TOTAL,
    DOMAIN_LOCAL,
    MONITOR_DIR, /* item: monitor */
    MONITOR_TASKS,
    MONITOR_MON_DATA,
    INFO_DIR,
    INFO_STATUS,
    INFO_L3,
    INFO_MB,
    INFO_VALUE /* item: row of info_values */
};

static const struct {
    enum kind dir;
    const char *name, *text;
} info_values[] = {
    {INFO_L3, "cbm_mask", "7ff\n"},      {INFO_L3, "min_cbm_bits", "1\n"}, {INFO_L3, "num_closids", "4\n"},
    {INFO_MB, "bandwidth_gran", "10\n"}, {INFO_MB, "delay_linear", "1\n"}, {INFO_MB, "min_bandwidth", "10\n"},
    {INFO_MB, "num_closids", "4\n"},
};
#define INFO_VALUES (sizeof(info_values) / sizeof(info_values[0]))

static uint64_t node(enum kind k, unsigned group, unsigned item)
{
    return (uint64_t)k << 16 | group << 8 | item;
}
static enum kind kind_of(uint64_t n)
{
    return n == FUSE_ROOT_ID ? GROUP_DIR : (enum kind)(n >> 16);
}
static unsigned group_of(uint64_t n)
{
    return n == FUSE_ROOT_ID ? 0 : n >> 8 & 0xff;
}
static unsigned item_of(uint64_t n)
{
    return n == FUSE_ROOT_ID ? 0 : n & 0xff;
}

static bool is_dir(enum kind k)
{
    return k == GROUP_DIR || k == GROUP_MON_GROUPS || k == GROUP_MON_DATA || k == DOMAIN_DIR ||
           k == MONITOR_DIR || k == MONITOR_MON_DATA || k == INFO_DIR || k == INFO_L3 || k == INFO_MB;
}

static bool exists(uint64_t n)
{
    enum kind k = kind_of(n);

    if (k == MONITOR_DIR || k == MONITOR_TASKS || k == MONITOR_MON_DATA)
        return item_of(n) < MONITORS && monitors[item_of(n)].used;
    return k >= GROUP_DIR && k <= INFO_VALUE && group_of(n) < GROUPS && groups[group_of(n)].used;
}

/* ---- what a directory holds ---- */

struct child {
    const char *name;
    uint64_t node;
};

static size_t children(uint64_t dir, struct child out[32])
{
    unsigned g = group_of(dir), item = item_of(dir);
    size_t n = 0;

    switch (kind_of(dir)) {
    case GROUP_DIR:
        out[n++] = (struct child){"schemata", node(GROUP_SCHEMATA, g, 0)};
        out[n++] = (struct child){"tasks", node(GROUP_TASKS, g, 0)};
        out[n++] = (struct child){"mon_groups", node(GROUP_MON_GROUPS, g, 0)};
        out[n++] = (struct child){"mon_data", node(GROUP_MON_DATA, g, 0)};
        if (g == 0) {
            out[n++] = (struct child){"info", node(INFO_DIR, 0, 0)};
            for (unsigned i = 1; i < GROUPS; i++)
                if (groups[i].used)
                    out[n++] = (struct child){groups[i].name, node(GROUP_DIR, i, 0)};
        }
        break;
    case GROUP_MON_GROUPS:
        for (unsigned i = 0; i < MONITORS; i++)
            if (monitors[i].used && monitors[i].group == g)
                out[n++] = (struct child){monitors[i].name, node(MONITOR_DIR, g, i)};
        break;
    case MONITOR_DIR:
        out[n++] = (struct child){"tasks", node(MONITOR_TASKS, g, item)};
        out[n++] = (struct child){"mon_data", node(MONITOR_MON_DATA, g, item)};
        break;
    case GROUP_MON_DATA:
    case MONITOR_MON_DATA:
        out[n++] = (struct child){"mon_L3_00", node(DOMAIN_DIR, g, 0)};
        out[n++] = (struct child){"mon_L3_01", node(DOMAIN_DIR, g, 1)};
        break;
    case DOMAIN_DIR:
        out[n++] = (struct child){"llc_occupancy", node(DOMAIN_OCCUPANCY, g, item)};
        out[n++] = (struct child){"mbm_total_bytes", node(DOMAIN_TOTAL, g, item)};
        out[n++] = (struct child){"mbm_local_bytes", node(DOMAIN_LOCAL, g, item)};
        break;
    case INFO_DIR:
        out[n++] = (struct child){"last_cmd_status", node(INFO_STATUS, 0, 0)};
        out[n++] = (struct child){"L3", node(INFO_L3, 0, 0)};
        out[n++] = (struct child){"MB", node(INFO_MB, 0, 0)};
        break;
    case INFO_L3:
    case INFO_MB:
        for (unsigned i = 0; i < INFO_VALUES; i++)
            if (info_values[i].dir == kind_of(dir))
                out[n++] = (struct child){info_values[i].name, node(INFO_VALUE, 0, i)};
        break;
    default: break;
    }
    return n;
}

static uint64_t find_child(uint64_t dir, const char *name)
{
    struct child all[32];
    size_t n = children(dir, all);

    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].node;
    return 0;
}

/* ---- what a file holds ---- */

/* Who has ended is in no group any more. */
static bool lives(struct task *t)
{
    if (t->pid && kill(t->pid, 0) < 0 && errno == ESRCH)
        t->pid = 0;
    return t->pid != 0;
}

static size_t print_tasks(char *out, unsigned group, int monitor)
{
    size_t len = 0;

    for (size_t i = 0; i < TASKS; i++)
        if (lives(&tasks[i]) && tasks[i].group == group && (monitor < 0 || tasks[i].monitor == monitor))
            len += (size_t)snprintf(out + len, TEXT_MAX - len, "%d\n", tasks[i].pid);
    return len;
}

static size_t contents(uint64_t n, char out[TEXT_MAX])
{
    const struct group *g = &groups[group_of(n)];
    unsigned item = item_of(n);

    switch (kind_of(n)) {
    case GROUP_SCHEMATA:
        return (size_t)snprintf(out, TEXT_MAX, "    MB:0=%3u;1=%3u\n    L3:0=%x;1=%x\n", g->mb[0], g->mb[1],
                                g->l3[0], g->l3[1]);
    case GROUP_TASKS: return print_tasks(out, group_of(n), -1);
    case MONITOR_TASKS: return print_tasks(out, group_of(n), (int)item);
    case DOMAIN_OCCUPANCY: return (size_t)snprintf(out, TEXT_MAX, "%u\n", 65536 * (item + 1));
    case DOMAIN_TOTAL: return (size_t)snprintf(out, TEXT_MAX, "%u\n", 2000 + item);
    case DOMAIN_LOCAL: return (size_t)snprintf(out, TEXT_MAX, "%u\n", 1000 + item);
    case INFO_STATUS: return (size_t)snprintf(out, TEXT_MAX, "%s", status);
    case INFO_VALUE: return (size_t)snprintf(out, TEXT_MAX, "%s", info_values[item].text);
    default: return 0;
    }
}

/* ---- what is written ---- */

static int refuse(const char *why, const char *what)
{
    snprintf(status, sizeof(status), "%s %s\n", why, what);
    return -EINVAL;
}

static int parse_domain(struct group *g, bool l3, char *text)
{
    char *value = strchr(text, '='), *end;
    unsigned long id, v;

    if (!value)
        return refuse("Missing '=' or non-numeric domain", text);
    *value++ = '\0';
    id = strtoul(text, &end, 10);
    if (*end || end == text || id >= DOMAINS)
        return refuse("Missing '=' or non-numeric domain", text);
    v = strtoul(value, &end, l3 ? 16 : 10);
    if (*end || end == value)
        return refuse(l3 ? "Non-hex character in the mask" : "Invalid MB value", value);
    if (l3 && (v == 0 || v > 0x7ff))
        return refuse("Mask out of range", value);
    if (!l3 && (v < 10 || v > 100))
        return refuse("MB value out of range", value);
    if (l3)
        g->l3[id] = (unsigned)v;
    else
        g->mb[id] = (unsigned)(v + 9) / 10 * 10;
    return 0;
}

static int write_schemata(struct group *g, char *text)
{
    struct group changed = *g;
    char *lines = NULL, *line, *save = NULL;

    for (line = strtok_r(text, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
        bool l3 = strncmp(line, "L3:", 3) == 0;

        if (!l3 && strncmp(line, "MB:", 3) != 0)
            return refuse("Unknown or unsupported resource name", line);
        for (char *d = strtok_r(line + 3, ";", &save); d; d = strtok_r(NULL, ";", &save)) {
            int r = parse_domain(&changed, l3, d);

            if (r < 0)
                return r;
        }
    }
    *g = changed;
    return 0;
}

static int write_task(unsigned group, int monitor, const char *text)
{
    int pid = atoi(text);
    struct task *free_one = NULL;

    if (pid <= 0)
        return -EINVAL;
    for (size_t i = 0; i < TASKS; i++) {
        if (tasks[i].pid == pid) {
            if (monitor >= 0 && tasks[i].group != group)
                return refuse("Can't move task to different control group", text);
            free_one = &tasks[i];
            break;
        }
        if (!tasks[i].pid && !free_one)
            free_one = &tasks[i];
    }
    if (!free_one)
        return -ENOSPC;
    if (monitor >= 0 && !free_one->pid && group != 0)
        return refuse("Can't move task to different control group", text);
    *free_one = (struct task){pid, group, monitor};
    if (journal) {
        fprintf(journal, "%s%s%s %d\n", groups[group].name, monitor < 0 ? "" : "/",
                monitor < 0 ? "" : monitors[monitor].name, pid);
        fflush(journal);
    }
    return 0;
}

static int write_file(uint64_t n, const char *data, size_t len)
{
    char text[TEXT_MAX];

    if (len == 0 || len >= sizeof(text) || data[len - 1] != '\n')
        return -EINVAL;
    memcpy(text, data, len);
    text[len] = '\0';
    snprintf(status, sizeof(status), "ok\n");
    switch (kind_of(n)) {
    case GROUP_SCHEMATA: return write_schemata(&groups[group_of(n)], text);
    case GROUP_TASKS: return write_task(group_of(n), -1, text);
    case MONITOR_TASKS: return write_task(group_of(n), (int)item_of(n), text);
    default: return -EPERM;
    }
}

/* ---- making and removing ---- */

static int make(uint64_t dir, const char *name, uint64_t *ret)
{
    enum kind k = kind_of(dir);
    unsigned g = group_of(dir);

    if (find_child(dir, name))
        return -EEXIST;
    if (strlen(name) >= NAME_SIZE)
        return -ENAMETOOLONG;
    for (unsigned i = 0; k == GROUP_MON_GROUPS && i < MONITORS; i++) {
        if (monitors[i].used)
            continue;
        monitors[i] = (struct monitor){.used = true, .group = g};
        strcpy(monitors[i].name, name);
        *ret = node(MONITOR_DIR, g, i);
        return 0;
    }
    for (unsigned i = 0; k == GROUP_DIR && g == 0 && i < GROUPS; i++) {
        if (groups[i].used)
            continue;
        groups[i] = groups[0];
        strcpy(groups[i].name, name);
        *ret = node(GROUP_DIR, i, 0);
        return 0;
    }
    return k == GROUP_MON_GROUPS || (k == GROUP_DIR && g == 0) ? -ENOSPC : -EPERM;
}

static int remove_dir(uint64_t dir, const char *name)
{
    uint64_t n = find_child(dir, name);
    unsigned g = group_of(n), item = item_of(n);

    if (!n)
        return -ENOENT;
    if (kind_of(n) != MONITOR_DIR && (kind_of(n) != GROUP_DIR || g == 0))
        return -EPERM;
    for (size_t i = 0; i < TASKS; i++) {
        if (kind_of(n) == GROUP_DIR && tasks[i].group == g)
            tasks[i] = (struct task){tasks[i].pid, 0, -1};
        if (kind_of(n) == MONITOR_DIR && tasks[i].monitor == (int)item)
            tasks[i].monitor = -1;
    }
    if (kind_of(n) == MONITOR_DIR)
        monitors[item].used = false;
    else
        groups[g].used = false;
    for (size_t i = 0; kind_of(n) == GROUP_DIR && i < MONITORS; i++)
        if (monitors[i].group == g)
            monitors[i].used = false;
    return 0;
}

/* ---- FUSE ---- */

static int fuse;

static void reply(uint64_t unique, int error, const void *data, size_t len)
{
    static char out[sizeof(struct fuse_out_header) + 65536];
    struct fuse_out_header h = {.len = (uint32_t)(sizeof(h) + len), .error = error, .unique = unique};

    memcpy(out, &h, sizeof(h));
    if (len)
        memcpy(out + sizeof(h), data, len);
    if (write(fuse, out, h.len) < 0 && errno != ENOENT)
        perror("resctrl: reply");
}

static struct fuse_attr attr_of(uint64_t n)
{
    bool dir = is_dir(kind_of(n));

    return (struct fuse_attr){.ino = n, .mode = dir ? S_IFDIR | 0755 : S_IFREG | 0644, .nlink = 1};
}

static void reply_entry(uint64_t unique, uint64_t n)
{
    struct fuse_entry_out e = {.nodeid = n, .attr = attr_of(n)};

    reply(unique, 0, &e, sizeof(e));
}

static void read_dir(const struct fuse_in_header *h, const struct fuse_read_in *in)
{
    char out[16384];
    struct child all[32];
    size_t n = children(h->nodeid, all), len = 0;

    for (size_t i = in->offset; i < n; i++) {
        size_t name = strlen(all[i].name), size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + name);
        struct fuse_dirent d = {.ino = all[i].node, .off = i + 1, .namelen = (uint32_t)name};

        if (len + size > in->size || len + size > sizeof(out))
            break;
        memset(out + len, 0, size);
        memcpy(out + len, &d, FUSE_NAME_OFFSET);
        memcpy(out + len + FUSE_NAME_OFFSET, all[i].name, name);
        len += size;
    }
    reply(h->unique, 0, out, len);
}

static void read_file(const struct fuse_in_header *h, const struct fuse_read_in *in)
{
    char text[TEXT_MAX];
    size_t len = contents(h->nodeid, text);
    size_t from = in->offset < len ? in->offset : len, n = len - from;

    reply(h->unique, 0, text + from, n < in->size ? n : in->size);
}

static void init(const struct fuse_in_header *h, const struct fuse_init_in *in)
{
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor
                                                                               : FUSE_KERNEL_MINOR_VERSION,
                                .max_readahead = in->max_readahead,
                                .max_write = 65536};

    reply(h->unique, 0, &out, sizeof(out));
}

static void handle(const struct fuse_in_header *h, const char *body)
{
    struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
    struct fuse_attr_out attr = {.attr = attr_of(h->nodeid)};
    struct fuse_statfs_out st = {.st = {.bsize = 4096, .namelen = 255}};
    uint64_t n;
    int r;

    if (h->opcode != FUSE_INIT && h->opcode != FUSE_FORGET && h->opcode != FUSE_BATCH_FORGET &&
        h->opcode != FUSE_RELEASE && h->opcode != FUSE_RELEASEDIR && !exists(h->nodeid)) {
        reply(h->unique, -ENOENT, NULL, 0);
        return;
    }
    switch (h->opcode) {
    case FUSE_INIT: init(h, (const void *)body); break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: break;
    case FUSE_LOOKUP:
        n = find_child(h->nodeid, body);
        if (n)
            reply_entry(h->unique, n);
        else
            reply(h->unique, -ENOENT, NULL, 0);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR: reply(h->unique, 0, &attr, sizeof(attr)); break;
    case FUSE_OPEN: reply(h->unique, 0, &opened, sizeof(opened)); break;
    case FUSE_OPENDIR:
        opened.open_flags = 0;
        reply(h->unique, 0, &opened, sizeof(opened));
        break;
    case FUSE_READ: read_file(h, (const void *)body); break;
    case FUSE_READDIR: read_dir(h, (const void *)body); break;
    case FUSE_WRITE: {
        const struct fuse_write_in *in = (const void *)body;
        struct fuse_write_out out = {.size = in->size};

        r = write_file(h->nodeid, body + sizeof(*in), in->size);
        reply(h->unique, r, &out, r < 0 ? 0 : sizeof(out));
        break;
    }
    case FUSE_MKDIR:
        r = make(h->nodeid, body + sizeof(struct fuse_mkdir_in), &n);
        if (r < 0)
            reply(h->unique, r, NULL, 0);
        else
            reply_entry(h->unique, n);
        break;
    case FUSE_RMDIR: reply(h->unique, remove_dir(h->nodeid, body), NULL, 0); break;
    case FUSE_STATFS: reply(h->unique, 0, &st, sizeof(st)); break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR: reply(h->unique, 0, NULL, 0); break;
    default: reply(h->unique, -ENOSYS, NULL, 0); break;
    }
}

int main(int argc, char **argv)
{
    static _Alignas(16) char in[65536 + 4096];
    char options[128];

    if (argc != 2 && argc != 3)
        return 2;
    if (argc == 3 && !(journal = fopen(argv[2], "ae")))
        return 2;
    fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse < 0) {
        perror("resctrl: /dev/fuse");
        return 1;
    }
    snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=%u,group_id=%u,default_permissions",
             fuse, (unsigned)geteuid(), (unsigned)getegid());
    if (mount("resctrl", argv[1], "fuse.resctrl", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0) {
        perror("resctrl: mount");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        ssize_t n = read(fuse, in, sizeof(in) - 1);

        if (n < 0 && errno == ENODEV)
            return 0;
        if (n < 0 && errno != EINTR && errno != ENOENT && errno != EAGAIN)
            return 1;
        if (n < (ssize_t)sizeof(struct fuse_in_header))
            continue;
        in[n] = '\0';
        handle((const void *)in, in + sizeof(struct fuse_in_header));
    }
}
