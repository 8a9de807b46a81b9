/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one byte that chooses a reader of kernel/, then its text. Oracles: what was read, written again in
 * the kernel's way, reads the same; a process name of any bytes does not change what is read behind it; an
 * error that came in packs to the very bytes it came from; options hold no comma outside quotes.
 */
#include "oracle.h"

#include "kernel/chan.h"
#include "kernel/mount.h"
#include "kernel/mountinfo.h"
#include "kernel/probe.h"
#include "kernel/procfs.h"

#include "base/buf.h"

#include <errno.h>

/* ---- mountinfo ---- */

static void escape(struct buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\' || *s == '#')
            buf_printf(b, "\\%03o", (unsigned char)*s);
        else
            buf_char(b, *s);
    }
}

static void try_mountinfo(const char *text, size_t len)
{
    static struct mountinfo first, second;
    AUTO_BUF struct buf b = BUF_INIT(1u << 20);

    if (mountinfo_parse(text, len, &first) < 0)
        return;
    buf_printf(&b, "%llu %llu 0:1 ", (unsigned long long)first.id, (unsigned long long)first.parent);
    escape(&b, first.root);
    buf_char(&b, ' ');
    escape(&b, first.mountpoint);
    buf_printf(&b, " rw shared:1 - %s source %s", first.fstype, first.super);
    CHECK(buf_error(&b) == 0);
    CHECK(mountinfo_parse(b.data, b.len, &second) == 0);
    CHECK(first.id == second.id && first.parent == second.parent);
    CHECK(streq(first.root, second.root) && streq(first.mountpoint, second.mountpoint));
    CHECK(streq(first.fstype, second.fstype) && streq(first.super, second.super));
}

/* ---- /proc/PID/stat ---- */

static void try_stat(const char *text, size_t len)
{
    struct procfs_stat st;
    AUTO_BUF struct buf b = BUF_INIT(1u << 20);

    procfs_parse_stat(text, &st);
    buf_str(&b, "7 (");
    buf_add(&b, text, strnlen(text, len));
    buf_str(&b, ") S 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24");
    CHECK(buf_error(&b) == 0);
    CHECK(procfs_parse_stat(b.data, &st) == 0);
    CHECK(st.state == 'S' && st.ppid == 3 && st.start_time == 21 && st.has_executed);
}

/* ---- /proc/self/cgroup ---- */

static void try_cgroup(const char *text, size_t len)
{
    AUTO_BUF struct buf b = BUF_INIT(1u << 20);
    struct probe_cgroup *v, *again;
    struct arena a;
    size_t n, m;

    arena_init(&a, ARENA_CHUNK_DEFAULT, 1u << 24);
    if (probe_parse_cgroup(&a, text, len, &v, &n, NULL) == 0) {
        for (size_t i = 0; i < n; i++) {
            CHECK(v[i].path[0] == '/');
            CHECK(!strchr(v[i].controllers, ':') && !strchr(v[i].controllers, '\n') &&
                  !strchr(v[i].path, '\n'));
            buf_printf(&b, "%u:%s:%s\n", v[i].id, v[i].controllers, v[i].path);
        }
        CHECK(buf_error(&b) == 0);
        CHECK(probe_parse_cgroup(&a, buf_cstr(&b), b.len, &again, &m, NULL) == 0 && m == n);
        for (size_t i = 0; i < n; i++)
            CHECK(v[i].id == again[i].id && streq(v[i].controllers, again[i].controllers) &&
                  streq(v[i].path, again[i].path));
    }
    arena_done(&a);
}

/* ---- errors between processes ---- */

static void try_error(const char *bytes, size_t len)
{
    unsigned char out[CHAN_ERR_MAX];
    struct err e;

    if (chan_unpack_err(bytes, len, &e) < 0)
        return;
    CHECK(e.code > 0 && memchr(e.where, '\0', sizeof(e.where)) && memchr(e.message, '\0', sizeof(e.message)));
    CHECK(chan_pack_err(&e, out) == len);
    CHECK(memcmp(out, bytes, len) == 0);
}

/* ---- options of a file system ---- */

static void try_options(const char *text)
{
    const char *rest = text, *key, *value;
    char scratch[64];
    size_t total = 0;
    int r;

    while ((r = mount_next_option(&rest, scratch, sizeof(scratch), &key, &value)) > 0) {
        bool context = strlen(key) >= 7 && streq(key + strlen(key) - 7, "context");

        CHECK(key == scratch && key[0] != ',');
        CHECK(!strchr(key, '='));
        if (!context)
            CHECK(!strchr(key, ',') && (!value || !strchr(value, ',')));
        total += strlen(key) + (value ? strlen(value) + 1 : 0);
        CHECK(total <= strlen(text));
        CHECK(rest >= text && rest <= text + strlen(text));
    }
    CHECK(r == 0 || r == -EMSGSIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    size_t len;

    if (size < 1 || size > 16384)
        return 0;
    len = size - 1;
    text = malloc(len + 1);
    if (!text)
        return 0;
    memcpy(text, data + 1, len);
    text[len] = '\0';
    switch (data[0] % 5) {
    case 0: try_mountinfo(text, len); break;
    case 1: try_stat(text, len); break;
    case 2: try_cgroup(text, len); break;
    case 3: try_error(text, len); break;
    default: try_options(text); break;
    }
    free(text);
    return 0;
}
