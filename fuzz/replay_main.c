/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a corpus through a fuzz target with an ordinary compiler: replay_X FILE-OR-DIRECTORY...
 * Directories are read one level deep, in the order of their names. Always begins with the empty input. Each
 * input is given in a block of exactly its size, so that a sanitizer sees a read behind its end. A corpus
 * directory that does not exist is an empty one; a file that cannot be read is a failure.
 */
#include "oracle.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static size_t replayed;

static void give(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    replayed++;
}

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "re");
    uint8_t *bytes = NULL;
    size_t size = 0, cap = 0;
    int failed = 0;

    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (;;) {
        if (size == cap) {
            cap = cap ? 2 * cap : 64 * 1024;
            bytes = realloc(bytes, cap);
            if (!bytes)
                abort();
        }
        size_t n = fread(bytes + size, 1, cap - size, f);
        if (n == 0)
            break;
        size += n;
    }
    failed = ferror(f);
    fclose(f);
    if (failed)
        fprintf(stderr, "%s: read error\n", path);
    else
        give(bytes, size);
    free(bytes);
    return failed ? -1 : 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_directory(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, is_visible, alphasort), r = 0;

    if (n < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        struct stat st;

        snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
        if (stat(file, &st) < 0 || (S_ISREG(st.st_mode) && replay_file(file) < 0))
            r = -1;
        free(names[i]);
    }
    free(names);
    return r;
}

int main(int argc, char **argv)
{
    int failed = 0;

    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    give((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) < 0) {
            if (errno == ENOENT) {
                fprintf(stderr, "%s: no corpus\n", argv[i]);
                continue;
            }
            failed = 1;
        } else if (S_ISDIR(st.st_mode) ? replay_directory(argv[i]) < 0 : replay_file(argv[i]) < 0) {
            failed = 1;
        }
    }
    printf("%zu inputs replayed\n", replayed);
    return failed;
}
