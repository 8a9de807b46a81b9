/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/mount_opts.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/alloc_fault.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define MAX_OPTIONS 12

static struct strings strings_of(const char *const *v)
{
    struct strings s = {(const char **)(uintptr_t)v, 0};

    while (s.n < MAX_OPTIONS && v[s.n])
        s.n++;
    return s;
}

static int parse(const char *const *v, struct mount_options *ret, struct err *e)
{
    struct strings options = strings_of(v);

    err_init(e);
    memset(ret, 0xee, sizeof(*ret));
    return parse_mount_options(&arena, &options, "/mounts/3/options", ret, e);
}

#define ATIME MOUNT_ATTR__ATIME

/* The whole table once more, from the specification and the man pages, not from the code. */
static const struct {
    const char *name;
    uint64_t set, clear, rec_set, rec_clear, propagation;
} single_options[] = {
    {"async", 0, MS_SYNCHRONOUS, 0, 0, 0},
    {"atime", 0, MS_NOATIME, 0, 0, 0},
    {"bind", MS_BIND, 0, 0, 0, 0},
    {"copy-symlink", 0, 0, 0, 0, 0},
    {"defaults", 0, 0, 0, 0, 0},
    {"dest-nofollow", 0, 0, 0, 0, 0},
    {"dev", 0, MS_NODEV, 0, 0, 0},
    {"diratime", 0, MS_NODIRATIME, 0, 0, 0},
    {"dirsync", MS_DIRSYNC, 0, 0, 0, 0},
    {"exec", 0, MS_NOEXEC, 0, 0, 0},
    {"idmap", 0, 0, 0, 0, 0},
    {"iversion", MS_I_VERSION, 0, 0, 0, 0},
    {"lazytime", MS_LAZYTIME, 0, 0, 0, 0},
    {"loud", 0, MS_SILENT, 0, 0, 0},
    {"mand", MS_MANDLOCK, 0, 0, 0, 0},
    {"noatime", MS_NOATIME, 0, 0, 0, 0},
    {"nodev", MS_NODEV, 0, 0, 0, 0},
    {"nodiratime", MS_NODIRATIME, 0, 0, 0, 0},
    {"noexec", MS_NOEXEC, 0, 0, 0, 0},
    {"noiversion", 0, MS_I_VERSION, 0, 0, 0},
    {"nolazytime", 0, MS_LAZYTIME, 0, 0, 0},
    {"nomand", 0, MS_MANDLOCK, 0, 0, 0},
    {"norelatime", 0, MS_RELATIME, 0, 0, 0},
    {"nostrictatime", 0, MS_STRICTATIME, 0, 0, 0},
    {"nosuid", MS_NOSUID, 0, 0, 0, 0},
    {"nosymfollow", MS_NOSYMFOLLOW, 0, 0, 0, 0},
    {"private", 0, 0, 0, 0, MS_PRIVATE},
    {"rasync", 0, MS_SYNCHRONOUS, 0, 0, 0},
    {"ratime", 0, 0, 0, ATIME, 0},
    {"rbind", MS_BIND | MS_REC, 0, 0, 0, 0},
    {"rdev", 0, 0, 0, MOUNT_ATTR_NODEV, 0},
    {"rdiratime", 0, 0, 0, MOUNT_ATTR_NODIRATIME, 0},
    {"rdirsync", MS_DIRSYNC, 0, 0, 0, 0},
    {"relatime", MS_RELATIME, 0, 0, 0, 0},
    {"remount", MS_REMOUNT, 0, 0, 0, 0},
    {"rexec", 0, 0, 0, MOUNT_ATTR_NOEXEC, 0},
    {"ridmap", 0, 0, 0, 0, 0},
    {"rmand", MS_MANDLOCK, 0, 0, 0, 0},
    {"rnoatime", 0, 0, MOUNT_ATTR_NOATIME, ATIME, 0},
    {"rnodev", 0, 0, MOUNT_ATTR_NODEV, 0, 0},
    {"rnodiratime", 0, 0, MOUNT_ATTR_NODIRATIME, 0, 0},
    {"rnoexec", 0, 0, MOUNT_ATTR_NOEXEC, 0, 0},
    {"rnomand", 0, MS_MANDLOCK, 0, 0, 0},
    {"rnorelatime", 0, 0, 0, 0, 0},
    {"rnostrictatime", 0, 0, 0, ATIME, 0},
    {"rnosuid", 0, 0, MOUNT_ATTR_NOSUID, 0, 0},
    {"rnosymfollow", 0, 0, MOUNT_ATTR_NOSYMFOLLOW, 0, 0},
    {"ro", MS_RDONLY, 0, 0, 0, 0},
    {"rprivate", 0, 0, 0, 0, MS_PRIVATE | MS_REC},
    {"rrelatime", 0, 0, 0, ATIME, 0},
    {"rro", 0, 0, MOUNT_ATTR_RDONLY, 0, 0},
    {"rrw", 0, 0, 0, MOUNT_ATTR_RDONLY, 0},
    {"rshared", 0, 0, 0, 0, MS_SHARED | MS_REC},
    {"rslave", 0, 0, 0, 0, MS_SLAVE | MS_REC},
    {"rstrictatime", 0, 0, MOUNT_ATTR_STRICTATIME, ATIME, 0},
    {"rsuid", 0, 0, 0, MOUNT_ATTR_NOSUID, 0},
    {"rsymfollow", 0, 0, 0, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"rsync", MS_SYNCHRONOUS, 0, 0, 0, 0},
    {"runbindable", 0, 0, 0, 0, MS_UNBINDABLE | MS_REC},
    {"rw", 0, MS_RDONLY, 0, 0, 0},
    {"shared", 0, 0, 0, 0, MS_SHARED},
    {"silent", MS_SILENT, 0, 0, 0, 0},
    {"slave", 0, 0, 0, 0, MS_SLAVE},
    {"src-nofollow", 0, 0, 0, 0, 0},
    {"strictatime", MS_STRICTATIME, 0, 0, 0, 0},
    {"suid", 0, MS_NOSUID, 0, 0, 0},
    {"symfollow", 0, MS_NOSYMFOLLOW, 0, 0, 0},
    {"sync", MS_SYNCHRONOUS, 0, 0, 0, 0},
    {"tmpcopyup", 0, 0, 0, 0, 0},
    {"unbindable", 0, 0, 0, 0, MS_UNBINDABLE},
};

static void test_parse_mount_options__every_single_option(void **state)
{
    size_t n;
    const char *const *names = mount_option_names(&n);

    (void)state;
    assert_int_equal(n, ARRAY_SIZE(single_options));
    for (size_t i = 0; i < n; i++) {
        const char *const v[] = {single_options[i].name, NULL};
        struct mount_options o;
        struct err e;

        assert_string_equal(names[i], single_options[i].name);
        assert_int_equal(parse(v, &o, &e), 0);
        if (o.flags.set != single_options[i].set || o.flags.clear != single_options[i].clear ||
            o.flags.rec_set != single_options[i].rec_set || o.flags.rec_clear != single_options[i].rec_clear)
            fail_msg("%s: set %llx clear %llx rec_set %llx rec_clear %llx", v[0],
                     (unsigned long long)o.flags.set, (unsigned long long)o.flags.clear,
                     (unsigned long long)o.flags.rec_set, (unsigned long long)o.flags.rec_clear);
        assert_int_equal(o.flags.n_propagation, single_options[i].propagation != 0);
        if (o.flags.n_propagation)
            assert_int_equal(o.flags.propagation[0], single_options[i].propagation);
        assert_null(o.data);
        assert_int_equal(o.is_bind, streq(v[0], "bind") || streq(v[0], "rbind"));
        assert_int_equal(o.recursive, streq(v[0], "rbind"));
        assert_int_equal(o.remount, streq(v[0], "remount"));
        assert_int_equal(o.tmpcopyup, streq(v[0], "tmpcopyup"));
        assert_int_equal(o.copy_symlink, streq(v[0], "copy-symlink"));
        assert_int_equal(o.src_nofollow, streq(v[0], "src-nofollow"));
        assert_int_equal(o.dest_nofollow, streq(v[0], "dest-nofollow"));
        assert_int_equal(o.idmap, streq(v[0], "idmap") || streq(v[0], "ridmap"));
        assert_int_equal(o.idmap_recursive, streq(v[0], "ridmap"));
    }
}

/* ---- options together ---- */

static const struct {
    const char *options[MAX_OPTIONS];
    uint64_t set, clear, rec_set, rec_clear;
    const char *data;
} combined[] = {
    {{NULL}, 0, 0, 0, 0, NULL},
    /* the last one wins, in both directions */
    {{"ro", "rw"}, 0, MS_RDONLY, 0, 0, NULL},
    {{"rw", "ro"}, MS_RDONLY, 0, 0, 0, NULL},
    {{"nosuid", "suid", "nosuid"}, MS_NOSUID, 0, 0, 0, NULL},
    {{"ro", "defaults"}, MS_RDONLY, 0, 0, 0, NULL},
    {{"sync", "rasync"}, 0, MS_SYNCHRONOUS, 0, 0, NULL},
    /* one access time setting */
    {{"noatime", "relatime"}, MS_RELATIME, 0, 0, 0, NULL},
    {{"relatime", "strictatime"}, MS_STRICTATIME, 0, 0, 0, NULL},
    {{"strictatime", "noatime"}, MS_NOATIME, 0, 0, 0, NULL},
    {{"strictatime", "atime"}, MS_STRICTATIME, MS_NOATIME, 0, 0, NULL},
    {{"noatime", "atime"}, 0, MS_NOATIME, 0, 0, NULL},
    {{"atime", "noatime"}, MS_NOATIME, 0, 0, 0, NULL},
    {{"noatime", "nodiratime"}, MS_NOATIME | MS_NODIRATIME, 0, 0, 0, NULL},
    {{"nodiratime", "relatime"}, MS_RELATIME | MS_NODIRATIME, 0, 0, 0, NULL},
    {{"norelatime", "nostrictatime", "atime"}, 0, MOUNT_MS_ATIME_GROUP, 0, 0, NULL},
    /* bind and rbind */
    {{"rbind", "bind"}, MS_BIND | MS_REC, 0, 0, 0, NULL},
    {{"bind", "rbind"}, MS_BIND | MS_REC, 0, 0, 0, NULL},
    {{"bind", "remount", "ro"}, MS_BIND | MS_REMOUNT | MS_RDONLY, 0, 0, 0, NULL},
    /* recursive attributes are apart from the flags */
    {{"ro", "rrw"}, MS_RDONLY, 0, 0, MOUNT_ATTR_RDONLY, NULL},
    {{"rro", "rrw"}, 0, 0, 0, MOUNT_ATTR_RDONLY, NULL},
    {{"rrw", "rro"}, 0, 0, MOUNT_ATTR_RDONLY, 0, NULL},
    {{"rnodiratime", "rnoatime"}, 0, 0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOATIME, ATIME, NULL},
    {{"rdiratime", "rnoatime"}, 0, 0, MOUNT_ATTR_NOATIME, ATIME | MOUNT_ATTR_NODIRATIME, NULL},
    /* the recursive access time: a field, whole or not at all */
    {{"rnoatime", "rstrictatime"}, 0, 0, MOUNT_ATTR_STRICTATIME, ATIME, NULL},
    {{"rstrictatime", "rnoatime"}, 0, 0, MOUNT_ATTR_NOATIME, ATIME, NULL},
    {{"rstrictatime", "rrelatime"}, 0, 0, 0, ATIME, NULL},
    {{"rnoatime", "ratime"}, 0, 0, 0, ATIME, NULL},
    {{"rstrictatime", "ratime"}, 0, 0, MOUNT_ATTR_STRICTATIME, ATIME, NULL},
    {{"rstrictatime", "rnostrictatime"}, 0, 0, 0, ATIME, NULL},
    {{"rnoatime", "rnostrictatime"}, 0, 0, MOUNT_ATTR_NOATIME, ATIME, NULL},
    {{"rrelatime", "rnorelatime"}, 0, 0, 0, 0, NULL},
    {{"rnoatime", "rnorelatime"}, 0, 0, MOUNT_ATTR_NOATIME, ATIME, NULL},
    {{"rnorelatime", "rnoatime"}, 0, 0, MOUNT_ATTR_NOATIME, ATIME, NULL},
    {{"rro", "rrelatime", "rnorelatime"}, 0, 0, MOUNT_ATTR_RDONLY, 0, NULL},
    /* data */
    {{"mode=755", "size=65536k"}, 0, 0, 0, 0, "mode=755,size=65536k"},
    {{"nosuid", "mode=755", "ro", "size=65536k"}, MS_NOSUID | MS_RDONLY, 0, 0, 0, "mode=755,size=65536k"},
    {{"", "a", "", "b", ""}, 0, 0, 0, 0, "a,b"},
    {{"", ""}, 0, 0, 0, 0, NULL},
    {{"a,ro"}, 0, 0, 0, 0, "a,ro"},
    {{"context=\"system_u:object_r:container_file_t:s0:c1,c2\"", "gid=5"},
     0,
     0,
     0,
     0,
     "context=\"system_u:object_r:container_file_t:s0:c1,c2\",gid=5"},
    {{"x", "x"}, 0, 0, 0, 0, "x,x"},
    /* near misses are data: exact names only */
    {{"RO"}, 0, 0, 0, 0, "RO"},
    {{"ro "}, 0, 0, 0, 0, "ro "},
    {{" ro"}, 0, 0, 0, 0, " ro"},
    {{"r"}, 0, 0, 0, 0, "r"},
    {{"roo"}, 0, 0, 0, 0, "roo"},
    {{"ro=1"}, 0, 0, 0, 0, "ro=1"},
    {{"a"}, 0, 0, 0, 0, "a"},
    {{"zzz"}, 0, 0, 0, 0, "zzz"},
    {{"idmapped"}, 0, 0, 0, 0, "idmapped"},
    {{"ridmap=uids=0-0-1;gids=0-0-1"}, 0, 0, 0, 0, "ridmap=uids=0-0-1;gids=0-0-1"},
    {{"rnobind"}, 0, 0, 0, 0, "rnobind"},
    {{"acl"}, 0, 0, 0, 0, "acl"},
};

static void test_parse_mount_options__combined(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(combined); i++) {
        struct mount_options o;
        struct err e;

        assert_int_equal(parse(combined[i].options, &o, &e), 0);
        if (o.flags.set != combined[i].set || o.flags.clear != combined[i].clear ||
            o.flags.rec_set != combined[i].rec_set || o.flags.rec_clear != combined[i].rec_clear ||
            !streq(o.data, combined[i].data))
            fail_msg("row %zu (%s ...): set %llx clear %llx rec_set %llx rec_clear %llx data %s", i,
                     combined[i].options[0], (unsigned long long)o.flags.set,
                     (unsigned long long)o.flags.clear, (unsigned long long)o.flags.rec_set,
                     (unsigned long long)o.flags.rec_clear, o.data ? o.data : "none");
        assert_int_equal(o.flags.n_propagation, 0);
    }
}

static void test_parse_mount_options__propagation_in_order(void **state)
{
    const char *const v[] = {"rprivate", "ro", "shared", "shared", "rslave", NULL};
    struct mount_options o;
    struct err e;

    (void)state;
    assert_int_equal(parse(v, &o, &e), 0);
    assert_int_equal(o.flags.n_propagation, 4);
    assert_int_equal(o.flags.propagation[0], MS_PRIVATE | MS_REC);
    assert_int_equal(o.flags.propagation[1], MS_SHARED);
    assert_int_equal(o.flags.propagation[2], MS_SHARED);
    assert_int_equal(o.flags.propagation[3], MS_SLAVE | MS_REC);
    assert_int_equal(o.flags.set, MS_RDONLY);
    assert_false(o.recursive);
}

static void test_parse_mount_options__idmap_last_wins(void **state)
{
    const char *const plain_last[] = {"ridmap", "idmap", NULL};
    const char *const recursive_last[] = {"idmap", "ridmap", NULL};
    struct mount_options o;
    struct err e;

    (void)state;
    assert_int_equal(parse(plain_last, &o, &e), 0);
    assert_true(o.idmap);
    assert_false(o.idmap_recursive);
    assert_int_equal(parse(recursive_last, &o, &e), 0);
    assert_true(o.idmap);
    assert_true(o.idmap_recursive);
}

static void assert_triplet(const struct mount_idmap *m, uint32_t first, uint32_t second, uint32_t size,
                           bool relative)
{
    assert_int_equal(m->map.container_id, first);
    assert_int_equal(m->map.host_id, second);
    assert_int_equal(m->map.size, size);
    assert_int_equal(m->relative, relative);
}

static void test_parse_mount_options__idmap_with_mapping(void **state)
{
    const char *const v[] = {"rbind", "ridmap", "idmap=uids=0-1-10#10-4294967294-1;gids=@0-100-10", NULL};
    const char *const twice[] = {"idmap=uids=0-1-10;gids=0-1-10", "idmap=gids=7-8-9;uids=@4-5-6", "ridmap",
                                 NULL};
    struct mount_options o;
    struct err e;

    (void)state;
    assert_int_equal(parse(v, &o, &e), 0);
    assert_true(o.idmap);
    assert_false(o.idmap_recursive);
    assert_null(o.data);
    assert_int_equal(o.idmap_uids.n, 2);
    assert_int_equal(o.idmap_gids.n, 1);
    assert_triplet(&o.idmap_uids.v[0], 0, 1, 10, false);
    assert_triplet(&o.idmap_uids.v[1], 10, 4294967294u, 1, false);
    assert_triplet(&o.idmap_gids.v[0], 0, 100, 10, true);

    assert_int_equal(parse(twice, &o, &e), 0);
    assert_true(o.idmap_recursive);
    assert_int_equal(o.idmap_uids.n, 1);
    assert_int_equal(o.idmap_gids.n, 1);
    assert_triplet(&o.idmap_uids.v[0], 4, 5, 6, true);
    assert_triplet(&o.idmap_gids.v[0], 7, 8, 9, false);
}

static void test_parse_mount_options__bad_idmap(void **state)
{
    static const char *const bad[] = {
        "idmap=",
        "idmap=;",
        "idmap=uids=0-0-1",
        "idmap=gids=0-0-1",
        "idmap=uids=;gids=",
        "idmap=uids=0-0-1;gids=",
        "idmap=uids=0-0-1;gids=0-0-1;",
        "idmap=uids=0-0-1;uids=0-0-1;gids=0-0-1",
        "idmap=uids=0-0-1;gids=0-0-1;gids=0-0-1",
        "idmap=uids=0-0;gids=0-0-1",
        "idmap=uids=0-0-1-1;gids=0-0-1",
        "idmap=uids=0-0-;gids=0-0-1",
        "idmap=uids=-0-1;gids=0-0-1",
        "idmap=uids=0-0-4294967296;gids=0-0-1",
        "idmap=uids=0-0-01;gids=0-0-1",
        "idmap=uids=0-0-1#;gids=0-0-1",
        "idmap=uids=#0-0-1;gids=0-0-1",
        "idmap=uids=@@0-0-1;gids=0-0-1",
        "idmap=uids=0-@0-1;gids=0-0-1",
        "idmap=uids=0-0-1 ;gids=0-0-1",
        "idmap=uids=0x0-0-1;gids=0-0-1",
        "idmap=users=0-0-1;gids=0-0-1",
        "idmap=uids=0-0-1,gids=0-0-1",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        const char *const v[] = {"bind", bad[i], NULL};
        struct mount_options o;
        struct err e;

        if (parse(v, &o, &e) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, "/mounts/3/options/1");
        assert_non_null(strstr(e.message, "idmap option"));
    }
}

static void test_parse_mount_options__idmap_line_limit(void **state)
{
    (void)state;
    for (unsigned lines = 340; lines <= 341; lines++) {
        AUTO_BUF struct buf text = BUF_INIT(64 * 1024);
        const char *v[] = {NULL, NULL};
        struct mount_options o;
        struct err e;

        buf_str(&text, "idmap=gids=0-0-1;uids=");
        for (unsigned i = 0; i < lines; i++)
            buf_printf(&text, "%s%u-%u-1", i ? "#" : "", i, i);
        v[0] = buf_cstr(&text);
        assert_int_equal(parse(v, &o, &e), lines == 340 ? 0 : -EINVAL);
    }
}

static void test_parse_mount_options__data_limit(void **state)
{
    static char half[2049], rest[2048], one_more[2049];
    const char *const fits[] = {half, rest, NULL};
    const char *const too_long[] = {half, one_more, NULL};
    struct mount_options o;
    struct err e;

    (void)state;
    memset(half, 'x', 2047);
    memset(rest, 'y', 2047);
    memset(one_more, 'y', 2048);
    assert_int_equal(parse(fits, &o, &e), 0);
    assert_int_equal(strlen(o.data), MOUNT_DATA_MAX);
    assert_int_equal(o.data[2046], 'x');
    assert_int_equal(o.data[2047], ',');
    assert_int_equal(o.data[2048], 'y');
    assert_int_equal(parse(too_long, &o, &e), -EINVAL);
    assert_string_equal(e.where, "/mounts/3/options");
    assert_non_null(strstr(e.message, "4096 bytes"));
}

static void test_parse_mount_options__result_untouched_on_error(void **state)
{
    const char *const v[] = {"ro", "idmap=", NULL};
    struct mount_options o;
    const unsigned char *bytes = (const unsigned char *)&o;
    struct err e;

    (void)state;
    assert_int_equal(parse(v, &o, &e), -EINVAL);
    for (size_t i = 0; i < sizeof(o); i++)
        assert_int_equal(bytes[i], 0xee);
}

/* ---- idmap lists to mappings ---- */

static void test_mount_idmap_resolve__relative(void **state)
{
    struct config_idmap lines[] = {{0, 0, 1}, {1, 2, 1000}, {1001, 100000, 500}};
    const struct config_idmaps container = {lines, 3};
    struct mount_idmap list[] = {{{1, 3, 10}, true}, {{20, 3, 10}, false}, {{500, 1001, 500}, true}};
    struct config_idmaps m;
    struct err e;

    (void)state;
    list[1].map.host_id = 7000;
    assert_int_equal(
        mount_idmap_resolve(&arena, &(struct mount_idmap_list){list, 3}, &container, "/p", &m, &e), 0);
    assert_int_equal(m.n, 3);
    assert_int_equal(m.v[0].container_id, 1);
    assert_int_equal(m.v[0].host_id, 4);
    assert_int_equal(m.v[0].size, 10);
    assert_int_equal(m.v[1].host_id, 7000);
    assert_int_equal(m.v[2].container_id, 500);
    assert_int_equal(m.v[2].host_id, 100000);
}

static void test_mount_idmap_resolve__refused(void **state)
{
    struct config_idmap lines[] = {{0, 0, 1}, {1, 2, 1000}};
    const struct config_idmaps container = {lines, 2};
    static const struct {
        struct mount_idmap list[2];
        size_t n;
        const char *message;
    } cases[] = {
        {{{{0, 0, 2}, true}}, 1, "not within one mapping"},    /* spans both lines */
        {{{{0, 1001, 1}, true}}, 1, "not within one mapping"}, /* behind the last */
        {{{{0, 1000, 2}, true}}, 1, "not within one mapping"}, /* the end is behind it */
        {{{{0, 1, UINT32_MAX}, true}}, 1, "not within one mapping"},
        {{{{0, 0, 0}, true}}, 1, "not within one mapping"},
        {{{{0, 0, 0}, false}}, 1, "size 0"},
        {{{{0, 5, 10}, false}, {{9, 50, 1}, false}}, 2, "container ids"},
        {{{{0, 5, 10}, false}, {{10, 14, 1}, false}}, 2, "host ids"},
        {{{{0, 2, 1}, false}, {{1, 1, 1}, true}}, 2, "host ids"}, /* only after translation */
        {{{{UINT32_MAX, 0, 1}, false}}, 1, "beyond"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mount_idmap list[2] = {cases[i].list[0], cases[i].list[1]};
        struct config_idmaps m;
        struct err e;

        err_init(&e);
        assert_int_equal(mount_idmap_resolve(&arena, &(struct mount_idmap_list){list, cases[i].n}, &container,
                                             "/mounts/0/options/2", &m, &e),
                         -EINVAL);
        assert_string_equal(e.where, "/mounts/0/options/2");
        if (!strstr(e.message, cases[i].message))
            fail_msg("row %zu: %s", i, e.message);
    }
}

/* ---- data, names, printing ---- */

static void test_mount_data_has__cases(void **state)
{
    static const struct {
        const char *data;
        const char *key;
        bool has;
    } cases[] = {
        {NULL, "mode", false},
        {"", "mode", false},
        {"mode=755", "mode", true},
        {"mode", "mode", true},
        {"size=1,mode=0", "mode", true},
        {"mode,size=1", "mode", true},
        {"size=1,mode", "mode", true},
        {"modes=1", "mode", false},
        {"size=mode", "mode", false},
        {"ptmxmode=0666", "mode", false},
        {"size=1,,mode=1", "mode", true},
        {"context=\"a,mode=1\"", "mode", false},
        {"context=\"a,b\",mode=1", "mode", true},
        {"context=\"a,mode=1", "mode", false}, /* an open quote runs to the end */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (mount_data_has(cases[i].data, cases[i].key) != cases[i].has)
            fail_msg("row %zu: %s", i, cases[i].data);
}

static void test_mount_option_names__sorted(void **state)
{
    size_t n;
    const char *const *names = mount_option_names(&n);

    (void)state;
    for (size_t i = 1; i < n; i++)
        assert_true(strcmp(names[i - 1], names[i]) < 0);
}

static void test_mount_propagation__names_and_flags(void **state)
{
    static const struct {
        const char *name;
        uint64_t flags;
    } cases[] = {
        {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
        {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
        {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
        {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(mount_propagation_flags(cases[i].name), cases[i].flags);
        assert_string_equal(mount_propagation_name(cases[i].flags), cases[i].name);
    }
    assert_int_equal(mount_propagation_flags("ro"), 0);
    assert_int_equal(mount_propagation_flags(""), 0);
    assert_int_equal(mount_propagation_flags("Private"), 0);
    assert_null(mount_propagation_name(0));
    assert_null(mount_propagation_name(MS_REC));
    assert_null(mount_propagation_name(MS_RDONLY));
    assert_null(mount_propagation_name(MS_SHARED | MS_SLAVE));
}

static void test_mount_flags_print__order(void **state)
{
    static const struct {
        const char *options[MAX_OPTIONS];
        const char *text;
    } cases[] = {
        {{NULL}, ""},
        {{"defaults"}, ""},
        {{"rprivate", "nosuid", "rro", "ro", "rbind"}, "rbind,ro,nosuid,rro,rprivate"},
        {{"remount", "bind", "rw", "rsync"}, "bind,remount,sync,rw"},
        {{"remount"}, "remount"},
        {{"rdirsync", "rmand", "rasync"}, "mand,dirsync,async"},
        {{"rnomand"}, "nomand"},
        {{"ratime"}, "rrelatime"},
        {{"rnoatime", "rdev"}, "rdev,rnoatime"},
        {{"strictatime", "atime", "mode=755"}, "strictatime,atime"},
        {{"slave", "rshared"}, "slave,rshared"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf text = BUF_INIT(1024);
        struct mount_options o;
        struct err e;

        assert_int_equal(parse(cases[i].options, &o, &e), 0);
        mount_flags_print(&o.flags, &text);
        assert_string_equal(buf_cstr(&text), cases[i].text);
    }
}

static void assert_round_trip(const char *const *v)
{
    struct mount_options o, again;
    struct strings list;
    struct err e;

    assert_int_equal(parse(v, &o, &e), 0);
    assert_int_equal(mount_options_list(&arena, &o, &list), 0);
    assert_int_equal(parse_mount_options(&arena, &list, "", &again, &e), 0);
    assert_true(mount_options_equal(&o, &again));
}

static void test_mount_options_list__round_trip(void **state)
{
    static const char *const all[] = {
        "copy-symlink", "src-nofollow", "dest-nofollow",   "tmpcopyup", "idmap=uids=1-2-3#@4-5-6;gids=@7-8-9",
        "ridmap",       "rslave",       "context=\"a,b\"", NULL};
    static const char *const map_only[] = {"idmap=uids=1-2-3;gids=@7-8-9", NULL};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(single_options); i++) {
        const char *const v[] = {single_options[i].name, NULL};
        assert_round_trip(v);
    }
    for (size_t i = 0; i < ARRAY_SIZE(combined); i++)
        assert_round_trip(combined[i].options);
    assert_round_trip(all);
    assert_round_trip(map_only);
}

static void test_mount_options_equal__sees_every_field(void **state)
{
    const char *const v[] = {"ro", "rprivate", "rro", "idmap=uids=1-2-3;gids=1-2-3", "mode=1", NULL};
    struct mount_options o, other;
    uint64_t propagation[] = {MS_SHARED};
    struct err e;

    (void)state;
    assert_int_equal(parse(v, &o, &e), 0);
#define DIFFERS(statement)                                                                                   \
    do {                                                                                                     \
        other = o;                                                                                           \
        assert_true(mount_options_equal(&o, &other));                                                        \
        statement;                                                                                           \
        assert_false(mount_options_equal(&o, &other));                                                       \
    } while (0)
    DIFFERS(other.flags.set ^= MS_NODEV);
    DIFFERS(other.flags.clear ^= MS_NODEV);
    DIFFERS(other.flags.rec_set ^= MOUNT_ATTR_NODEV);
    DIFFERS(other.flags.rec_clear ^= MOUNT_ATTR_NODEV);
    DIFFERS(other.flags.propagation = propagation);
    DIFFERS(other.flags.n_propagation = 0);
    DIFFERS(other.is_bind = true);
    DIFFERS(other.recursive = true);
    DIFFERS(other.remount = true);
    DIFFERS(other.tmpcopyup = true);
    DIFFERS(other.copy_symlink = true);
    DIFFERS(other.src_nofollow = true);
    DIFFERS(other.dest_nofollow = true);
    DIFFERS(other.idmap = false);
    DIFFERS(other.idmap_recursive = true);
    DIFFERS(other.idmap_uids.n = 0);
    DIFFERS(other.data = NULL);
    DIFFERS(other.data = "mode=2");
    struct mount_idmap changed[] = {{{1, 2, 3}, true}};
    DIFFERS(other.idmap_uids.v = changed);
    changed[0] = (struct mount_idmap){{0, 2, 3}, false};
    DIFFERS(other.idmap_gids.v = changed);
    changed[0] = (struct mount_idmap){{1, 0, 3}, false};
    DIFFERS(other.idmap_gids.v = changed);
    changed[0] = (struct mount_idmap){{1, 2, 0}, false};
    DIFFERS(other.idmap_gids.v = changed);
}

/* ---- no memory ---- */

static void test_parse_mount_options__allocations_fail(void **state)
{
    const char *v[] = {"rprivate", "idmap=uids=@1-0-3;gids=1-2-3", "mode=1"};
    const struct strings options = {v, ARRAY_SIZE(v)};
    struct config_idmap line = {0, 1000, 10};
    struct arena a;
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        struct mount_options o;
        struct config_idmaps m;
        struct strings list;
        struct err e;
        int r;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        r = parse_mount_options(&a, &options, "", &o, &e);
        if (r == 0)
            r = mount_options_list(&a, &o, &list);
        if (r == 0)
            r = mount_idmap_resolve(&a, &o.idmap_uids, &(struct config_idmaps){&line, 1}, "", &m, &e);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, 0);
            break;
        }
        assert_int_equal(r, -ENOMEM);
    }
    assert_int_equal(n, 1 + 4 + 3 + 1); /* propagation, data, two lists; text, its copy, array; mapping */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_mount_options__every_single_option),
        cmocka_unit_test(test_parse_mount_options__combined),
        cmocka_unit_test(test_parse_mount_options__propagation_in_order),
        cmocka_unit_test(test_parse_mount_options__idmap_last_wins),
        cmocka_unit_test(test_parse_mount_options__idmap_with_mapping),
        cmocka_unit_test(test_parse_mount_options__bad_idmap),
        cmocka_unit_test(test_parse_mount_options__idmap_line_limit),
        cmocka_unit_test(test_parse_mount_options__data_limit),
        cmocka_unit_test(test_parse_mount_options__result_untouched_on_error),
        cmocka_unit_test(test_mount_idmap_resolve__relative),
        cmocka_unit_test(test_mount_idmap_resolve__refused),
        cmocka_unit_test(test_mount_data_has__cases),
        cmocka_unit_test(test_mount_option_names__sorted),
        cmocka_unit_test(test_mount_propagation__names_and_flags),
        cmocka_unit_test(test_mount_flags_print__order),
        cmocka_unit_test(test_mount_options_list__round_trip),
        cmocka_unit_test(test_mount_options_equal__sees_every_field),
        cmocka_unit_test(test_parse_mount_options__allocations_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
