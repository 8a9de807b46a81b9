/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows cJSON. The scanner has seen every byte before cJSON does, so that cJSON's leniency
 * (NUL, trailing bytes, equal names, rounding) cannot matter; cJSON builds the tree. Walking the tree visits
 * the values in the order in which the scanner met them: that is how each node gets the place of its text,
 * which is kept in `valueint`, a field that cJSON fills for numbers only and that nobody else reads.
 */
#include "core/json.h"

#include "core/json_scan.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>

STATIC_ASSERT(JSON_BYTES_MAX <= INT32_MAX, "the place of a value is kept in an int");
STATIC_ASSERT(JSON_DEPTH_MAX <= CJSON_NESTING_LIMIT, "cJSON must accept what the scanner accepted");
/* cJSON copies a number into an array of 64 bytes. */
STATIC_ASSERT(JSON_NUMBER_MAX < 64, "cJSON must accept what the scanner accepted");

static const cJSON *node_of(const struct json_value *v)
{
    return (const cJSON *)(const void *)v;
}

static const struct json_value *value_of(const cJSON *node)
{
    return (const struct json_value *)(const void *)node;
}

static uint32_t pos_of(const struct json_value *v)
{
    return (uint32_t)node_of(v)->valueint;
}

/* ---- parsing ---- */

struct places {
    uint32_t *v;
    uint32_t n;
    uint32_t cap;
};

static int places_push(struct places *p, uint32_t pos)
{
    if (p->n == p->cap) {
        uint32_t cap = p->cap ? p->cap * 2 : 512;
        uint32_t *v = realloc(p->v, cap * sizeof(*v));

        if (!v)
            return -ENOMEM;
        p->v = v;
        p->cap = cap;
    }
    p->v[p->n++] = pos;
    return 0;
}

/* The whole strict pass; fills the places of all values. */
static int scan_text(const char *text, size_t len, struct places *places, struct err *reterr)
{
    struct json_scan s;
    int r;

    json_scan_init(&s, text, len);
    while ((r = json_scan_next(&s)) > 0)
        if (places_push(places, s.value_pos) < 0) {
            s.error = -ENOMEM;
            break;
        }
    if (s.error)
        r = json_scan_error(&s, reterr);
    json_scan_done(&s);
    return r;
}

/* Does the node's type fit the first character of its text? */
static bool node_fits(const cJSON *node, char c)
{
    switch (c) {
    case '{': return cJSON_IsObject(node);
    case '[': return cJSON_IsArray(node);
    case '"': return cJSON_IsString(node);
    case 't': return cJSON_IsTrue(node);
    case 'f': return cJSON_IsFalse(node);
    case 'n': return cJSON_IsNull(node);
    default: return cJSON_IsNumber(node);
    }
}

/* Give every node its place. False: tree and text differ, which cannot happen unless cJSON is broken. */
static bool attach_places(cJSON *root, const char *text, const struct places *places)
{
    cJSON *open[JSON_DEPTH_MAX];
    unsigned depth = 0;
    uint32_t i = 0;
    cJSON *node = root;

    for (;;) {
        if (i == places->n || !node_fits(node, text[places->v[i]]))
            return false;
        node->valueint = (int)places->v[i++];
        if (node->child && (cJSON_IsObject(node) || cJSON_IsArray(node))) {
            if (depth == JSON_DEPTH_MAX)
                return false;
            open[depth++] = node;
            node = node->child;
            continue;
        }
        while (depth && !node->next)
            node = open[--depth];
        if (depth == 0)
            return i == places->n;
        node = node->next;
    }
}

int json_parse(const char *text, size_t len, struct json_doc *ret, struct err *reterr)
{
    struct places places = {NULL, 0, 0};
    cJSON *root = NULL;
    int r;

    *ret = (struct json_doc){NULL, 0, NULL};
    r = scan_text(text, len, &places, reterr);
    if (r == 0) {
        root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
        if (!root)
            r = err_nomem(reterr); /* the syntax is known to be right */
        else if (!attach_places(root, text, &places))
            r = err_internal(reterr, EBADMSG, "the JSON library read another document than the scanner");
    }
    free(places.v);
    if (r < 0) {
        cJSON_Delete(root);
        return r;
    }
    *ret = (struct json_doc){.text = text, .len = len, .root = (struct json_value *)(void *)root};
    return 0;
}

void json_doc_done(struct json_doc *doc)
{
    cJSON_Delete((cJSON *)(void *)doc->root);
    *doc = (struct json_doc){NULL, 0, NULL};
}

/* ---- access ---- */

enum json_type json_type(const struct json_value *v)
{
    switch (node_of(v)->type & 0xFF) {
    case cJSON_False: return JSON_FALSE;
    case cJSON_True: return JSON_TRUE;
    case cJSON_Number: return JSON_NUMBER;
    case cJSON_String: return JSON_STRING;
    case cJSON_Array: return JSON_ARRAY;
    case cJSON_Object: return JSON_OBJECT;
    default: return JSON_NULL;
    }
}

const char *json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL: return "null";
    case JSON_FALSE: return "false";
    case JSON_TRUE: return "true";
    case JSON_NUMBER: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "an array";
    case JSON_OBJECT: return "an object";
    }
    return "an unknown type";
}

const struct json_value *json_first(const struct json_value *container)
{
    enum json_type type = json_type(container);

    return type == JSON_OBJECT || type == JSON_ARRAY ? value_of(node_of(container)->child) : NULL;
}

const struct json_value *json_next(const struct json_value *v)
{
    return value_of(node_of(v)->next);
}

size_t json_count(const struct json_value *container)
{
    size_t n = 0;

    for (const struct json_value *v = json_first(container); v; v = json_next(v))
        n++;
    return n;
}

const char *json_name(const struct json_value *member)
{
    return node_of(member)->string;
}

const struct json_value *json_find(const struct json_value *object, const char *name)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    for (const struct json_value *v = json_first(object); v; v = json_next(v))
        if (strcmp(json_name(v), name) == 0)
            return v;
    return NULL;
}

const char *json_string(const struct json_value *v)
{
    return json_type(v) == JSON_STRING ? node_of(v)->valuestring : NULL;
}

struct str json_number(const struct json_doc *doc, const struct json_value *v)
{
    const char *start = doc->text + pos_of(v), *p = start, *end = doc->text + doc->len;

    if (json_type(v) != JSON_NUMBER)
        return (struct str){start, 0};
    while (p < end &&
           ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == '.' || *p == 'e' || *p == 'E'))
        p++;
    return (struct str){start, (size_t)(p - start)};
}

int json_u64(const struct json_doc *doc, const struct json_value *v, uint64_t max, uint64_t *ret)
{
    struct str number = json_number(doc, v);
    int64_t negative;
    int r = str_to_u64(number, max, ret);

    /* A negative integer is an integer all the same, only too small. */
    if (r == -EINVAL && str_starts(number, "-")) {
        r = str_to_i64(number, INT64_MIN, INT64_MAX, &negative);
        return r == -EINVAL ? -EINVAL : -ERANGE;
    }
    return r;
}

int json_i64(const struct json_doc *doc, const struct json_value *v, int64_t min, int64_t max, int64_t *ret)
{
    return str_to_i64(json_number(doc, v), min, max, ret);
}

/* ---- errors ---- */

/* Pointer and position of the value at `pos`, by scanning once more up to it. */
static void place_find(const struct json_doc *doc, uint32_t pos, char *pointer, size_t size, uint32_t *line,
                       uint32_t *column)
{
    struct json_scan s;

    pointer[0] = '\0';
    json_scan_init(&s, doc->text, doc->len);
    s.skip_duplicates = true;
    while (json_scan_next(&s) > 0)
        if (s.value_pos == pos) {
            json_scan_pointer(&s, s.value_depth, pointer, size);
            break;
        }
    json_scan_done(&s);
    json_scan_position(doc->text, pos, line, column);
}

int json_fail(const struct json_doc *doc, const struct json_value *v, struct err *reterr, const char *fmt,
              ...)
{
    char message[ERR_MESSAGE_MAX], pointer[ERR_WHERE_MAX];
    uint32_t line, column;
    va_list ap;

    if (!reterr)
        return -EINVAL;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    place_find(doc, pos_of(v), pointer, sizeof(pointer), &line, &column);
    err_config(reterr, pointer, "%s", message);
    reterr->line = line;
    reterr->column = column;
    return -EINVAL;
}

int json_fail_missing(const struct json_doc *doc, const struct json_value *object, const char *name,
                      struct err *reterr, const char *fmt, ...)
{
    char message[ERR_MESSAGE_MAX], pointer[ERR_WHERE_MAX];
    uint32_t line, column;
    va_list ap;

    if (!reterr)
        return -EINVAL;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    place_find(doc, pos_of(object), pointer, sizeof(pointer), &line, &column);
    json_pointer_add(pointer, sizeof(pointer), name);
    err_config(reterr, pointer, "%s", message);
    reterr->line = line;
    reterr->column = column;
    return -EINVAL;
}

void json_pointer(const struct json_doc *doc, const struct json_value *v, char *pointer, size_t size)
{
    uint32_t line, column;

    place_find(doc, pos_of(v), pointer, size, &line, &column);
}

/* Every '~' of a pointer is followed by 0 or 1 (RFC 6901 section 3). */
static bool pointer_is_valid(const char *pointer)
{
    if (*pointer && *pointer != '/')
        return false;
    for (; *pointer; pointer++)
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return false;
    return true;
}

bool json_locate(const char *text, size_t len, const char *pointer, uint32_t *line, uint32_t *column)
{
    struct json_scan s;
    struct str rest = *pointer ? str_of(pointer + 1) : (struct str){NULL, 0}, part;
    bool more, found = false;
    unsigned matched = 0; /* parts of the pointer that led to `pos` */
    uint32_t pos = 0;
    int r;

    if (!pointer_is_valid(pointer))
        return false;
    more = str_next(&rest, '/', &part);
    json_scan_init(&s, text, len);
    s.skip_duplicates = true;
    while ((r = json_scan_next(&s)) > 0) {
        if (s.value_depth == 0) {
            pos = s.value_pos;
            found = true;
        } else if (s.value_depth <= matched) {
            break; /* the part that matched is behind us: the next one does not exist */
        } else if (more && s.value_depth == matched + 1 && json_scan_at(&s, matched, part)) {
            matched++;
            pos = s.value_pos;
            more = str_next(&rest, '/', &part);
        }
        if (!more)
            break;
    }
    json_scan_done(&s);
    if (!found || r < 0)
        return false;
    json_scan_position(text, pos, line, column);
    return true;
}
