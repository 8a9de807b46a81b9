/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test has left behind, in one program, since it is asked after each of a thousand tests.
 *
 *   leaks facts           of the host that no test may change
 *   leaks cgroups ID      the directories of test ID in /sys/fs/cgroup, the deepest first
 *   leaks processes ID    those that sit in one of them, or were started with LORICA_TEST_ID=ID; zombies are
 * gone leaks all ID FACTS    a line for each of these, and for each of the facts that is not as the file
 * FACTS has it
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"

static char text[1 << 20]; /* of the file that was read last, terminated */

/* The bytes in `text`; 0 when it cannot be read. */
static size_t read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n;

    if (fd >= 0) {
        while (len < sizeof(text) - 1 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
            len += (size_t)n;
        close(fd);
    }
    text[len] = '\0';
    return len;
}

/* ---- facts ---- */

static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx",
                                    "/",         "/dev",      "/proc",     "/sys",     "/tmp"};
static const char *const settings[] = {"/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern",
                                       "/proc/sys/net/ipv4/ip_forward"};

#define FACTS (sizeof(nodes) / sizeof(nodes[0]) + sizeof(settings) / sizeof(settings[0]))

static void fact(size_t i, char *line, size_t size)
{
    const size_t n_nodes = sizeof(nodes) / sizeof(nodes[0]);
    struct stat s;

    if (i >= n_nodes) {
        read_file(settings[i - n_nodes]);
        text[strcspn(text, "\n")] = '\0';
        snprintf(line, size, "%s %s", settings[i - n_nodes], text);
    } else if (stat(nodes[i], &s) < 0) {
        snprintf(line, size, "%s %s", nodes[i], strerror(errno));
    } else {
        snprintf(line, size, "%s %o %u:%u %x:%x", nodes[i], s.st_mode, s.st_uid, s.st_gid, major(s.st_rdev),
                 minor(s.st_rdev));
    }
}

static void print_facts(void)
{
    char line[4096];

    for (size_t i = 0; i < FACTS; i++) {
        fact(i, line, sizeof(line));
        puts(line);
    }
}

static void print_changes(const char *path)
{
    char was[4096], is[4096];
    FILE *f = fopen(path, "re");

    if (!f) {
        printf("host    %s: %s\n", path, strerror(errno));
        return;
    }
    for (size_t i = 0; i < FACTS; i++) {
        fact(i, is, sizeof(is));
        if (!fgets(was, sizeof(was), f))
            was[0] = '\0';
        was[strcspn(was, "\n")] = '\0';
        if (strcmp(was, is) != 0)
            printf("host    %s, was: %s\n", is, was);
    }
    fclose(f);
}

/* ---- what has the name of a test ---- */

static const char *id, *cgroup_format;

static int cgroup(const char *path, const struct stat *s, int type, struct FTW *at)
{
    const char *name = strstr(path, id);

    (void)s;
    (void)at;
    if ((type == FTW_D || type == FTW_DP || type == FTW_DNR) && name && name > path && name[-1] == '/')
        printf(cgroup_format, path);
    return 0;
}

static void print_cgroups(const char *format)
{
    cgroup_format = format;
    nftw(CGROUPS, cgroup, 32, FTW_DEPTH | FTW_PHYS);
}

/* The file names a cgroup of the test: ID and no other number after "/" or ":". */
static bool has_cgroup(const char *file)
{
    const size_t len = strlen(id);

    read_file(file);
    for (const char *at = strstr(text, id); at; at = strstr(at + 1, id))
        if (at > text && (at[-1] == '/' || at[-1] == ':') && (at[len] < '0' || at[len] > '9'))
            return true;
    return false;
}

static bool has_variable(const char *file)
{
    const char *wanted = "LORICA_TEST_ID=";
    size_t len = read_file(file);

    for (const char *at = text; at < text + len; at += strlen(at) + 1)
        if (strncmp(at, wanted, strlen(wanted)) == 0 && strcmp(at + strlen(wanted), id) == 0)
            return true;
    return false;
}

static bool is_zombie(const char *file)
{
    const char *behind;

    read_file(file);
    behind = strrchr(text, ')');
    return !behind || behind[1] == '\0' || behind[2] == 'Z' || behind[2] == 'X';
}

static void print_process(const char *pid, bool with_command)
{
    char path[300];
    size_t len = 0;

    if (with_command) {
        snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
        len = read_file(path);
        for (size_t i = 0; i + 1 < len; i++)
            if (text[i] == '\0')
                text[i] = ' ';
        printf("process %s: %s\n", pid, text);
    } else {
        puts(pid);
    }
}

static void print_processes(bool with_command)
{
    DIR *d = opendir("/proc");
    const struct dirent *e;
    char path[3][300];

    while (d && (e = readdir(d))) {
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        snprintf(path[0], sizeof(path[0]), "/proc/%s/cgroup", e->d_name);
        snprintf(path[1], sizeof(path[1]), "/proc/%s/environ", e->d_name);
        snprintf(path[2], sizeof(path[2]), "/proc/%s/stat", e->d_name);
        if ((has_cgroup(path[0]) || has_variable(path[1])) && !is_zombie(path[2]))
            print_process(e->d_name, with_command);
    }
    if (d)
        closedir(d);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    id = argc > 2 ? argv[2] : "";
    if (strcmp(verb, "facts") == 0 && argc == 2) {
        print_facts();
    } else if (!id[0]) {
        fprintf(stderr, "usage: leaks facts | cgroups ID | processes ID | all ID FACTS\n");
        return 2;
    } else if (strcmp(verb, "cgroups") == 0) {
        print_cgroups("%s\n");
    } else if (strcmp(verb, "processes") == 0) {
        print_processes(false);
    } else if (strcmp(verb, "all") == 0 && argc == 4) {
        print_cgroups("cgroup  %s\n");
        print_processes(true);
        print_changes(argv[3]);
    } else {
        fprintf(stderr, "leaks: unknown: %s\n", verb);
        return 2;
    }
    return 0;
}
