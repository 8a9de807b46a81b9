/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from criu: its answers, its log, and descriptors.json, any bytes. Texts that are taken over end
 * within their room and hold no control characters; the same bytes give the same result.
 */
#include "oracle.h"

#include "core/criu_args.h"
#include "core/criu_log.h"
#include "core/criu_rpc.h"

static void check_text(const char *s, size_t cap)
{
    const size_t len = strnlen(s, cap);

    CHECK(len < cap);
    for (size_t i = 0; i < len; i++)
        CHECK((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

static void check_answer(const uint8_t *data, size_t size)
{
    struct criu_answer a, again;
    int r = criu_rpc_answer(data, size, &a);

    CHECK(criu_rpc_answer(data, size, &again) == r);
    check_text(a.message, sizeof(a.message));
    check_text(a.script, sizeof(a.script));
    CHECK(criu_version_number(&a) >= 0);
    if (r == 0)
        CHECK(memcmp(&a, &again, sizeof(a)) == 0);
}

static void check_descriptors(const uint8_t *data, size_t size)
{
    struct strings names;
    struct arena a;
    struct err e;
    bool is_null;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    if (criu_args_descriptors(&a, (const char *)data, size, &names, &e) == 0)
        for (size_t i = 0; i < names.n; i++) {
            const char *key = criu_args_descriptor_key(&a, names.v[i], &is_null);

            CHECK(!key || strncmp(key, names.v[i], strlen(key)) == 0);
        }
    else
        CHECK(e.message[0] != '\0');
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF struct buf out = BUF_INIT(4096);
    size_t n = criu_log_errors((struct str){(const char *)data, size}, 3, &out);

    CHECK(n <= 3 && (n > 0) == (out.len > 0));
    check_text(buf_cstr(&out), 4097);
    check_answer(data, size);
    check_descriptors(data, size);
    return 0;
}
