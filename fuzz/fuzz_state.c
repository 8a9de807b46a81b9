/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the text of a state file. Oracles: a refusal is an error of kind STATE with a message, and leaves no
 * result; what is accepted can be written again, reads back to a state that writes the very same bytes, and
 * no shorter text of it is accepted; the documents printed from it are JSON, and the table has one line a
 * container and nothing that moves a cursor.
 */
#include "oracle.h"

#include "core/json.h"
#include "core/state.h"

#include <errno.h>

#define PREFIXES 16

static void check_json(const struct buf *b)
{
    struct json_doc doc;

    CHECK(buf_error(b) == 0);
    CHECK(json_parse(b->data, b->len, &doc, NULL) == 0);
    json_doc_done(&doc);
}

static void check_prints(const struct state *s)
{
    AUTO_BUF struct buf b = BUF_INIT(16 * STATE_MAX_BYTES);
    struct state_view v;
    size_t lines = 0;

    state_view_init(&v, s, STATUS_RUNNING, "root");
    state_print(&v, &b);
    check_json(&b);
    buf_clear(&b);
    state_list_json(&v, 1, &b);
    check_json(&b);
    buf_clear(&b);
    state_list_table(&v, 1, &b);
    CHECK(buf_error(&b) == 0);
    for (size_t i = 0; i < b.len; i++) {
        lines += b.data[i] == '\n';
        CHECK(b.data[i] == '\n' || ((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7f));
    }
    CHECK(lines == 2);
}

static void check_accepted(const struct state *s)
{
    AUTO_BUF struct buf first = BUF_INIT(STATE_MAX_BYTES), second = BUF_INIT(STATE_MAX_BYTES);
    struct state *again;
    struct arena a;

    CHECK(state_encode(s, &first) == 0);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    CHECK(state_decode(&a, first.data, first.len, &again, NULL) == 0);
    CHECK(state_encode(again, &second) == 0);
    CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    for (size_t i = 1; i <= PREFIXES; i++)
        CHECK(state_decode(&a, first.data, first.len * i / (PREFIXES + 1), &again, NULL) == -EBADMSG);
    CHECK(state_decode(&a, first.data, first.len - 1, &again, NULL) == -EBADMSG);
    for (int type = 0; type < NS_TYPE_COUNT; type++)
        state_owns_namespace(s, (enum ns_type)type);
    check_prints(s);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state *s = NULL;
    struct arena a;
    struct err e;
    int r;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    r = state_decode(&a, (const char *)data, size, &s, &e);
    if (r == 0) {
        CHECK(s != NULL && e.kind == ERR_NONE);
        check_accepted(s);
    } else {
        CHECK(s == NULL);
        CHECK(r == -EBADMSG || r == -ENOTSUP);
        CHECK(e.kind == ERR_STATE && e.code == -r && e.message[0] != '\0');
    }
    arena_done(&a);
    return 0;
}
