/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/io and kernel/chan. Needs no root. */
#include "kernel_test.h"

#include "kernel/chan.h"
#include "kernel/io.h"
#include "kernel/pidfd.h"

#include <dirent.h>
#include <time.h>

static char dir_path[64];
static int dir_fd = -1;

static int setup(void **state)
{
    (void)state;
    sys_fault_clear();
    snprintf(dir_path, sizeof(dir_path), "/tmp/lorica-io-XXXXXX");
    assert_non_null(mkdtemp(dir_path));
    dir_fd = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    return 0;
}

static size_t entries(void)
{
    DIR *d = opendir(dir_path);
    struct dirent *e;
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)))
        n += !streq(e->d_name, ".") && !streq(e->d_name, "..");
    closedir(d);
    return n;
}

static int teardown(void **state)
{
    DIR *d = opendir(dir_path);
    struct dirent *e;

    (void)state;
    sys_fault_clear();
    while (d && (e = readdir(d)))
        unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    close(dir_fd);
    return rmdir(dir_path);
}

static void put(const char *name, const char *text)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* ---- reading and writing ---- */

static void test_io_read_file(void **state)
{
    char text[8];

    (void)state;
    put("f", "1234567");
    assert_int_equal(io_read_file(dir_fd, "f", text, sizeof(text)), 7);
    assert_string_equal(text, "1234567");
    put("f", "12345678");
    assert_int_equal(io_read_file(dir_fd, "f", text, sizeof(text)), -EMSGSIZE);
    put("f", "");
    assert_int_equal(io_read_file(dir_fd, "f", text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(io_read_file(dir_fd, "f", text, 0), -EMSGSIZE);
    assert_int_equal(io_read_file(dir_fd, "none", text, sizeof(text)), -ENOENT);
    assert_int_equal(symlinkat("f", dir_fd, "l"), 0);
    assert_int_equal(io_read_file(dir_fd, "l", text, sizeof(text)), -ELOOP);
    assert_int_equal(mkfifoat(dir_fd, "p", 0600), 0);
    assert_int_equal(io_read_file(dir_fd, "p", text, sizeof(text)), 0); /* no writer; does not hang */
}

static void test_io_write_file(void **state)
{
    char text[16];

    (void)state;
    put("f", "abcdef");
    assert_int_equal(io_write_file(dir_fd, "f", "XY", 2), 0);
    assert_int_equal(io_read_file(dir_fd, "f", text, sizeof(text)), 6); /* not truncated */
    assert_string_equal(text, "XYcdef");
    assert_int_equal(io_write_file(dir_fd, "none", "XY", 2), -ENOENT); /* not created */
    assert_int_equal(symlinkat("f", dir_fd, "l"), 0);
    assert_int_equal(io_write_file(dir_fd, "l", "XY", 2), -ELOOP);
}

/* A pipe takes 64 KiB, and then a part. */
static void test_io_write_once__short(void **state)
{
    static char big[300000];
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(io_write_once(fds[1], big, sizeof(big)), -EIO);
    assert_int_equal(io_write_once(fds[1], big, 5000), -EAGAIN);
    close(fds[0]);
    close(fds[1]);
}

static void test_io_write_all__deadline(void **state)
{
    static char big[300000];
    int fds[2];
    int64_t before = io_now_ms();

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(io_write_all(fds[1], big, sizeof(big), before + 30), -ETIMEDOUT);
    assert_true(io_now_ms() - before >= 29);
    assert_true(io_now_ms() - before < 5000);
    signal(SIGPIPE, SIG_IGN);
    close(fds[0]);
    assert_int_equal(io_write_all(fds[1], big, 10, IO_NO_DEADLINE), -EPIPE);
    close(fds[1]);
}

static void test_io_write_all__reader(void **state)
{
    static char big[500000], back[500000];
    int fds[2];
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7);
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        _exit(io_write_all(fds[1], big, sizeof(big), io_now_ms() + 10000) == 0 ? 0 : 1);
    }
    close(fds[1]);
    assert_int_equal(io_read_exact(fds[0], back, sizeof(back), io_now_ms() + 10000), 0);
    assert_memory_equal(big, back, sizeof(big));
    assert_int_equal(io_read_exact(fds[0], back, 1, io_now_ms() + 10000), -ENODATA);
    waitpid(pid, NULL, 0);
    close(fds[0]);
}

static void test_io_read_all(void **state)
{
    AUTO_BUF struct buf small = BUF_INIT(10);
    AUTO_BUF struct buf big = BUF_INIT(100);
    int fd;

    (void)state;
    put("f", "0123456789A");
    fd = openat(dir_fd, "f", O_RDONLY | O_CLOEXEC);
    assert_int_equal(io_read_all(fd, &small), -EMSGSIZE);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(io_read_all(fd, &big), 0);
    assert_string_equal(buf_cstr(&big), "0123456789A");
    close(fd);
}

static void test_io_poll_timeout(void **state)
{
    (void)state;
    assert_int_equal(io_poll_timeout(IO_NO_DEADLINE), -1);
    assert_int_equal(io_poll_timeout(io_now_ms() - 5), 0);
    assert_int_equal(io_poll_timeout(io_now_ms() + 5000000000), INT_MAX);
    assert_in_range(io_poll_timeout(io_now_ms() + 1000), 900, 1000);
}

/* ---- atomic replacement ---- */

static void test_io_replace_file(void **state)
{
    struct err e;
    struct stat st;
    char text[64];

    (void)state;
    err_init(&e);
    assert_int_equal(io_replace_file(dir_fd, "s", 0600, "first", 5, true, &e), 0);
    assert_int_equal(io_replace_file(dir_fd, "s", 0600, "second!", 7, false, &e), 0);
    assert_int_equal(io_read_file(dir_fd, "s", text, sizeof(text)), 7);
    assert_string_equal(text, "second!");
    assert_int_equal(fstatat(dir_fd, "s", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries(), 1);
    assert_int_equal(io_replace_file(dir_fd, "a/b", 0600, "x", 1, true, &e), -EINVAL);
    assert_int_equal(io_replace_file(dir_fd, "", 0600, "x", 1, true, &e), -EINVAL);
}

/* Whatever fails: the old contents, and nothing beside. */
static void test_io_replace_file__faults(void **state)
{
    static const struct {
        enum sys_call call;
        int code;
    } faults_to_try[] = {
        {SYSCALL_openat, ENOSPC}, {SYSCALL_write, ENOSPC}, {SYSCALL_write, EIO}, {SYSCALL_renameat, EROFS}};
    struct err e;
    char text[64];

    (void)state;
    err_init(&e);
    put("s", "old");
    for (size_t i = 0; i < ARRAY_SIZE(faults_to_try); i++) {
        sys_fault_set(faults_to_try[i].call, faults_to_try[i].code, 0);
        assert_int_equal(io_replace_file(dir_fd, "s", 0600, "new", 3, true, &e), -faults_to_try[i].code);
        sys_fault_clear();
        assert_int_equal(io_read_file(dir_fd, "s", text, sizeof(text)), 3);
        assert_string_equal(text, "old");
        assert_int_equal(entries(), 1);
    }
}

/* Readers see one or the other, whole. */
static void test_io_replace_file__readers(void **state)
{
    static char a[20000], b[30000], got[40000];
    struct err e;
    pid_t pid;
    int status;

    (void)state;
    err_init(&e);
    memset(a, 'a', sizeof(a));
    memset(b, 'b', sizeof(b));
    assert_int_equal(io_replace_file(dir_fd, "s", 0600, a, sizeof(a), false, &e), 0);
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 400; i++)
            if (io_replace_file(dir_fd, "s", 0600, i & 1 ? a : b, i & 1 ? sizeof(a) : sizeof(b), false, &e) <
                0)
                _exit(1);
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        int n = io_read_file(dir_fd, "s", got, sizeof(got));

        assert_true(n == (int)sizeof(a) || n == (int)sizeof(b));
        assert_memory_equal(got, n == (int)sizeof(a) ? a : b, (size_t)n);
    }
    assert_int_equal(status, 0);
}

/* ---- chan ---- */

#define SOON (io_now_ms() + 5000)

static void test_chan__round_trip(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, CHAN_DATA_MAX};
    static unsigned char out[CHAN_DATA_MAX], in[CHAN_DATA_MAX];
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct chan_msg m;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    assert_int_equal(fcntl(a.fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(b.fd, F_GETFD), FD_CLOEXEC);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (unsigned char)(i * 31);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_int_equal(chan_send(&a, 7 + (uint32_t)i, out, sizes[i], -1, SOON, &e), 0);
        assert_int_equal(chan_recv(&b, &m, in, sizeof(in), SOON, &e), 0);
        assert_int_equal(m.type, 7 + i);
        assert_int_equal(m.len, sizes[i]);
        assert_int_equal(m.fd, -1);
        assert_memory_equal(in, out, sizes[i]);
    }
    assert_int_equal(chan_send(&a, 1, out, CHAN_DATA_MAX + 1, -1, SOON, &e), -EMSGSIZE);
    /* a message that does not fit is final and gone */
    assert_int_equal(chan_send(&a, 1, out, 100, -1, SOON, &e), 0);
    assert_int_equal(chan_recv(&b, &m, in, 99, SOON, &e), -EMSGSIZE);
    assert_int_equal(chan_recv(&b, &m, in, 99, io_now_ms() + 20, &e), -ETIMEDOUT);
    assert_int_equal(e.kind, ERR_PROTO);
    chan_close(&a);
    chan_close(&b);
    chan_close(&b);
}

static void test_chan__descriptor(void **state)
{
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct chan_msg m;
    struct stat sa, sb;
    struct err e;
    char c;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    assert_int_equal(chan_send(&a, 3, "x", 1, dir_fd, SOON, &e), 0);
    assert_int_equal(chan_recv(&b, &m, &c, 1, SOON, &e), 0);
    assert_true(m.fd >= 0 && m.fd != dir_fd);
    assert_int_equal(fcntl(m.fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(m.fd, &sa), 0);
    assert_int_equal(fstat(dir_fd, &sb), 0);
    assert_int_equal(sa.st_ino, sb.st_ino);
    close(m.fd);
    chan_close(&a);
    chan_close(&b);
}

/* More descriptors than one: refused, and none of them stays open. */
static void test_chan__many_descriptors(void **state)
{
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    uint32_t header[2] = {1, 0};
    int fds[3] = {dir_fd, dir_fd, dir_fd};
    struct iovec iov = {header, sizeof(header)};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(fds))];
    } control;
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof(control.bytes)};
    struct chan_msg msg;
    struct err e;
    int before;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    before = count_fds();
    memset(&control, 0, sizeof(control));
    *CMSG_FIRSTHDR(&m) = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(fds)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, sizeof(fds));
    assert_int_equal(sendmsg(a.fd, &m, 0), sizeof(header));
    assert_int_equal(chan_recv(&b, &msg, NULL, 0, SOON, &e), -EPROTO);
    assert_int_equal(msg.fd, -1);
    assert_int_equal(count_fds(), before);
    chan_close(&a);
    chan_close(&b);
}

static void test_chan__malformed(void **state)
{
    static const struct {
        uint32_t words[3];
        size_t len;
    } bad[] = {{{1, 0, 0}, 4}, {{1, 5, 0}, 8}, {{1, 0, 0}, 12}, {{1, UINT32_MAX, 0}, 12}};
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct chan_msg m;
    struct err e;
    char data[64];

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(send(a.fd, bad[i].words, bad[i].len, 0), bad[i].len);
        assert_int_equal(chan_recv(&b, &m, data, sizeof(data), SOON, &e), -EPROTO);
    }
    chan_close(&a);
    chan_close(&b);
}

static void test_chan__peer_died(void **state)
{
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct chan_msg m;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    /* what it had said comes first, even when it left something of ours unread */
    assert_int_equal(chan_send(&b, 9, NULL, 0, -1, SOON, &e), 0);
    assert_int_equal(chan_send(&a, 1, NULL, 0, -1, SOON, &e), 0);
    chan_close(&b);
    assert_int_equal(chan_recv(&a, &m, NULL, 0, SOON, &e), 0);
    assert_int_equal(m.type, 9);
    assert_int_equal(chan_recv(&a, &m, NULL, 0, SOON, &e), -ECONNRESET);
    assert_int_equal(e.kind, ERR_PROTO);
    assert_int_equal(chan_send(&a, 1, NULL, 0, -1, SOON, &e), -ECONNRESET);
    chan_close(&a);
}

/* The socket is held by somebody else, but the process is dead. */
static void test_chan__peer_pidfd(void **state)
{
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct pidfd p = PIDFD_INIT;
    struct chan_msg m;
    struct err e;
    pid_t pid;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    pid = fork();
    if (pid == 0) {
        chan_send(&b, 5, NULL, 0, -1, SOON, &e);
        _exit(0);
    }
    pidfd_adopt(&p, pid, -1);
    assert_int_equal(pidfd_wait_exit(&p, SOON, &e), 0);
    a.peer_pidfd = p.fd;
    assert_int_equal(chan_recv(&a, &m, NULL, 0, SOON, &e), 0);
    assert_int_equal(m.type, 5);
    assert_int_equal(chan_recv(&a, &m, NULL, 0, SOON, &e), -ECONNRESET);
    pidfd_kill_and_reap(&p);
    chan_close(&a);
    chan_close(&b);
}

/* Nobody reads: the sender waits until its deadline. */
static void test_chan_send__deadline(void **state)
{
    static unsigned char data[CHAN_DATA_MAX];
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    struct err e;
    int r = 0;

    (void)state;
    err_init(&e);
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    for (int i = 0; i < 100 && r == 0; i++)
        r = chan_send(&a, 1, data, sizeof(data), -1, io_now_ms() + 20, &e);
    assert_int_equal(r, -ETIMEDOUT);
    chan_close(&a);
    chan_close(&b);
}

static void test_chan__errors_travel(void **state)
{
    struct chan a = CHAN_INIT, b = CHAN_INIT;
    unsigned char data[CHAN_ERR_MAX];
    struct err sent, got, e;
    struct chan_msg m;

    (void)state;
    err_init(&e);
    err_init(&sent);
    err_init(&got);
    err_config(&sent, "/process/args/0", "no such %s", "thing");
    sent.line = 12;
    sent.column = 34;
    assert_int_equal(chan_pair(&a, &b, &e), 0);
    assert_int_equal(chan_send_err(&a, 4, &sent, SOON, &e), 0);
    assert_int_equal(chan_recv(&b, &m, data, sizeof(data), SOON, &e), 0);
    assert_int_equal(chan_unpack_err(data, m.len, &got), 0);
    assert_int_equal(got.kind, sent.kind);
    assert_int_equal(got.code, sent.code);
    assert_int_equal(got.line, 12);
    assert_int_equal(got.column, 34);
    assert_string_equal(got.where, sent.where);
    assert_string_equal(got.message, sent.message);
    chan_close(&a);
    chan_close(&b);
}

static void test_chan_unpack_err__malformed(void **state)
{
    unsigned char good[CHAN_ERR_MAX], bad[CHAN_ERR_MAX];
    struct err e, got;
    size_t len;

    (void)state;
    err_init(&e);
    memset(e.where, 'w', sizeof(e.where) - 1);
    memset(e.message, 'm', sizeof(e.message) - 1);
    e.kind = ERR_SYSTEM;
    e.code = EPERM;
    len = chan_pack_err(&e, good);
    assert_true(len <= CHAN_ERR_MAX);
    assert_int_equal(chan_unpack_err(good, len, &got), 0);
    assert_memory_equal(got.message, e.message, sizeof(e.message));
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(chan_unpack_err(good, cut, &got), -EPROTO);
    for (uint32_t kind = 0; kind < 2; kind++) {
        uint32_t v = kind ? ERR_INTERNAL + 1u : 0;

        memcpy(bad, good, len);
        memcpy(bad, &v, sizeof(v));
        assert_int_equal(chan_unpack_err(bad, len, &got), -EPROTO);
    }
    memcpy(bad, good, len);
    memset(bad + 4, 0, 4); /* code 0 */
    assert_int_equal(chan_unpack_err(bad, len, &got), -EPROTO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_io_read_file),
        T(test_io_write_file),
        T(test_io_write_once__short),
        T(test_io_write_all__deadline),
        T(test_io_write_all__reader),
        T(test_io_read_all),
        T(test_io_poll_timeout),
        T(test_io_replace_file),
        T(test_io_replace_file__faults),
        T(test_io_replace_file__readers),
        T(test_chan__round_trip),
        T(test_chan__descriptor),
        T(test_chan__many_descriptors),
        T(test_chan__malformed),
        T(test_chan__peer_died),
        T(test_chan__peer_pidfd),
        T(test_chan_send__deadline),
        T(test_chan__errors_travel),
        T(test_chan_unpack_err__malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
