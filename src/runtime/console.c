/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/sys.h"
#include "kernel/tty.h"
#include "kernel/usocket.h"

#include <errno.h>

#define SOCKET_MS      10000 /* for the listener of --console-socket to accept, and to take the master */
#define RETRY_FIRST_MS 5     /* a slave that nobody has open: look again, */
#define RETRY_LAST_MS  100   /* less and less often */
#define LEFT_IN_KERNEL_MAX                                                                                   \
    (UINT64_C(1) << 20)     /* more than a terminal holds: it comes from somebody who goes on */
#define WRITE_BLOCKING 512u /* at a time to what may block: poll(2) promises a little room, no more */

int console_check(const struct console_request *req, struct err *reterr)
{
    bool socket = req->socket && *req->socket;

    if (req->detach && req->terminal && !socket)
        return err_usage(reterr, "cannot allocate tty if runc will detach without setting console socket");
    if ((!req->detach || !req->terminal) && socket)
        return err_usage(reterr, "cannot use console socket if runc will not detach or allocate tty");
    return 0;
}

int console_open(struct console *c, const struct console_request *req, struct err *reterr)
{
    int r = console_check(req, reterr);

    if (r < 0 || !req->terminal)
        return r;
    if (!req->detach)
        return isatty(STDIN_FILENO) ? tty_wait_foreground(STDIN_FILENO, reterr) : 0;
    c->socket = usocket_connect((struct usocket_name){.path = req->socket}, SOCK_STREAM,
                                io_now_ms() + SOCKET_MS, reterr);
    return c->socket < 0 ? err_prefix(reterr, "--console-socket") : 0;
}

/* ---- the master has come ---- */

/* The text beside the descriptor is runc's: the name of the terminal. */
static int hand_over(struct console *c, int master, struct err *reterr)
{
    char name[32];
    uint32_t number;
    int r = tty_number(master, &number);

    if (r < 0)
        return err_system(reterr, r, "ioctl", "TIOCGPTN of the container's terminal");
    snprintf(name, sizeof(name), "/dev/pts/%u", (unsigned)number);
    r = usocket_send(c->socket, name, strlen(name), master, io_now_ms() + SOCKET_MS, reterr);
    fd_close(&c->socket);
    return r < 0 ? err_prefix(reterr, "--console-socket") : 0;
}

/* A descriptor of our own where that is possible, so that it may be non-blocking. */
static int own(int fd, int access_mode, bool *waits)
{
    int own = tty_reopen(fd, access_mode);
    struct stat st;

    *waits =
        own < 0 && sys_fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd));
    return own < 0 ? sys_fcntl(fd, F_DUPFD_CLOEXEC, 3) : own;
}

static int own_terminal(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

void console_resized(struct console *c)
{
    struct tty_size size;

    if (c->master >= 0 && tty_get_size(own_terminal(), &size) == 0)
        tty_set_size(c->master, size);
}

int console_take(struct console *c, int master, struct err *reterr)
{
    AUTO_CLOSE int fd = master;
    bool waits;
    int r;

    if (c->socket >= 0)
        return hand_over(c, fd, reterr);
    c->to_container = calloc(1, sizeof(*c->to_container));
    c->from_container = calloc(1, sizeof(*c->from_container));
    if (!c->to_container || !c->from_container)
        return err_nomem(reterr);
    r = sys_fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
    if (r < 0)
        return err_system(reterr, r, "fcntl", "master of the container's terminal");
    c->in = own(STDIN_FILENO, O_RDONLY, &waits);
    c->out = own(STDOUT_FILENO, O_WRONLY, &c->out_waits);
    if (c->in < 0 || c->out < 0)
        return err_system(reterr, c->in < 0 ? c->in : c->out, "fcntl", "standard descriptors");
    c->in_is_tty = isatty(STDIN_FILENO);
    c->master = take_fd(&fd);
    console_resized(c);
    return 0;
}

static void hang_up(struct console *c)
{
    fd_close(&c->master);
}

void console_done(struct console *c)
{
    if (c->raw)
        tty_restore(STDIN_FILENO, &c->before);
    fd_close(&c->socket);
    fd_close(&c->master);
    fd_close(&c->in);
    fd_close(&c->out);
    free(c->to_container);
    free(c->from_container);
    *c = CONSOLE_INIT;
}

/* ---- the relay ---- */

int console_begin(struct console *c, struct err *reterr)
{
    int r;

    /* Keys of a terminal that is not standard input go nowhere: there, Ctrl-C stays a signal. */
    if (c->master < 0 || !c->in_is_tty)
        return 0;
    r = tty_set_raw(STDIN_FILENO, &c->before, reterr);
    c->raw = r == 0;
    return r;
}

void console_continued(struct console *c)
{
    struct termios now;

    if (c->master < 0 || !c->in_is_tty)
        return;
    c->in_background = tty_in_background(STDIN_FILENO);
    if (c->in_background)
        return;
    /* The shell gave the terminal its own modes while we were stopped. */
    if (c->raw)
        tty_set_raw(STDIN_FILENO, &now, NULL);
    console_resized(c);
}

static bool has_room(struct relay *r)
{
    size_t n;

    return relay_room(r, &n) != NULL;
}

static bool has_data(const struct relay *r)
{
    size_t n;

    return relay_data(r, &n) != NULL;
}

/* What is not waited for is left out: poll(2) reports a hang-up whether it was asked for or not. */
static struct pollfd wait_for(int fd, bool in, bool out)
{
    short events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));

    return (struct pollfd){.fd = events ? fd : -1, .events = events};
}

void console_fill(const struct console *c, struct pollfd fds[CONSOLE_POLL_FDS], int64_t *deadline_ms)
{
    for (size_t i = 0; i < CONSOLE_POLL_FDS; i++)
        fds[i] = (struct pollfd){.fd = -1};
    if (c->master < 0)
        return;
    if (c->retry_ms == 0)
        fds[0] = wait_for(c->master, has_room(c->from_container), has_data(c->to_container));
    else if (c->retry_ms < *deadline_ms)
        *deadline_ms = c->retry_ms;
    if (!c->in_background)
        fds[1] = wait_for(c->in, has_room(c->to_container), false);
    fds[2] = wait_for(c->out, false, has_data(c->from_container));
}

/* No process has the slave open (now). */
static void nobody_there(struct console *c)
{
    c->backoff_ms = c->backoff_ms ? c->backoff_ms * 2 : RETRY_FIRST_MS;
    if (c->backoff_ms > RETRY_LAST_MS)
        c->backoff_ms = RETRY_LAST_MS;
    c->retry_ms = io_now_ms() + c->backoff_ms;
}

static void read_master(struct console *c)
{
    size_t room;
    unsigned char *to = relay_room(c->from_container, &room);
    ssize_t n = to ? sys_read(c->master, to, room) : -EAGAIN;

    if (n == 0 || (n < 0 && n != -EAGAIN)) {
        nobody_there(c);
        return;
    }
    if (to)
        c->retry_ms = c->backoff_ms = 0;
    if (n > 0) {
        relay_filled(c->from_container, (size_t)n);
        c->read_since_end += (uint64_t)n;
    }
}

static void write_master(struct console *c)
{
    size_t len;
    const unsigned char *from = relay_data(c->to_container, &len);
    ssize_t n = from ? sys_write(c->master, from, len) : 0;

    if (n > 0)
        relay_taken(c->to_container, (size_t)n);
    else if (n < 0 && n != -EAGAIN)
        nobody_there(c);
}

static void end_of_input(struct console *c)
{
    int byte = c->in_is_tty ? -1 : tty_end_of_input(c->master);

    if (byte < 0)
        relay_end_source(c->to_container);
    else
        relay_end_source_of_lines(c->to_container, (unsigned char)byte);
}

static void read_input(struct console *c)
{
    size_t room;
    unsigned char *to = relay_room(c->to_container, &room);
    ssize_t n = to ? sys_read(c->in, to, room) : -EAGAIN;

    if (n == -EAGAIN)
        return;
    if (n > 0)
        relay_filled(c->to_container, (size_t)n);
    else if (n == -EIO && c->in_is_tty && tty_in_background(STDIN_FILENO))
        c->in_background = true; /* until SIGCONT says that it may have changed */
    else
        end_of_input(c);
}

static void write_output(struct console *c)
{
    size_t len;
    const unsigned char *from = relay_data(c->from_container, &len);
    ssize_t n;

    if (!from)
        return;
    if (c->out_waits && len > WRITE_BLOCKING)
        len = WRITE_BLOCKING;
    n = sys_write(c->out, from, len);
    if (n > 0)
        relay_taken(c->from_container, (size_t)n);
    else if (n < 0 && n != -EAGAIN)
        relay_end_sink(c->from_container);
}

void console_turn(struct console *c, const struct pollfd fds[CONSOLE_POLL_FDS])
{
    if (c->master < 0)
        return;
    if (fds[0].revents || (c->retry_ms && io_now_ms() >= c->retry_ms))
        read_master(c);
    if (fds[2].revents || !c->out_waits)
        write_output(c);
    if (fds[1].revents)
        read_input(c);
    if (has_data(c->to_container))
        write_master(c);
    if (c->from_container->sink_ended || (c->in_is_tty && relay_done(c->to_container)))
        hang_up(c);
}

void console_end_input(struct console *c)
{
    if (c->master < 0)
        return;
    relay_end_sink(c->to_container);
    c->in_is_tty = false; /* no hang-up any more: only what is left is taken */
    c->in_background = true;
    c->retry_ms = c->backoff_ms = 0;
    c->read_since_end = 0;
}

bool console_drained(const struct console *c, bool silent)
{
    return c->master < 0 || (!has_data(c->from_container) &&
                             (c->retry_ms || silent || c->read_since_end > LEFT_IN_KERNEL_MAX));
}
