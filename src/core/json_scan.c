/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_scan.h"

#include "core/json_utf8.h"

#include <errno.h>
#include <stdarg.h>

enum scan_state { BEFORE_VALUE, AFTER_VALUE, AFTER_OPEN_ARRAY, AFTER_OPEN_OBJECT, BEFORE_NAME };

/* Objects with at most this many names are searched pairwise, which costs less than sorting. */
#define PAIRWISE_MAX 24u

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static int scan_fail(struct json_scan *s, uint32_t pos, unsigned depth, const char *fmt, ...)
    PRINTF_LIKE(4, 5) COLD;

static int scan_fail(struct json_scan *s, uint32_t pos, unsigned depth, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->error_message, sizeof(s->error_message), fmt, ap);
    va_end(ap);
    s->error_pos = pos;
    s->error_depth = depth;
    return s->error = -EINVAL;
}

/* The pointer of the innermost open container, for errors that belong to no member of it. */
static unsigned container_depth(const struct json_scan *s)
{
    return s->depth ? s->depth - 1 : 0;
}

static int scan_unexpected(struct json_scan *s, unsigned depth, const char *expected) COLD;

static int scan_unexpected(struct json_scan *s, unsigned depth, const char *expected)
{
    unsigned char c;

    if (s->pos >= s->len)
        return scan_fail(s, s->pos, depth, "unexpected end of the text, expected %s", expected);
    c = (unsigned char)s->text[s->pos];
    if (c > 0x20 && c < 0x7F)
        return scan_fail(s, s->pos, depth, "unexpected character '%c', expected %s", c, expected);
    return scan_fail(s, s->pos, depth, "unexpected byte 0x%02x, expected %s", c, expected);
}

/* ---- strings ---- */

static int hex4(const char *p)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int digit;

        if (p[i] >= '0' && p[i] <= '9')
            digit = p[i] - '0';
        else if (p[i] >= 'a' && p[i] <= 'f')
            digit = p[i] - 'a' + 10;
        else if (p[i] >= 'A' && p[i] <= 'F')
            digit = p[i] - 'A' + 10;
        else
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* \uXXXX at s->pos (the backslash), or a pair of them. */
static int scan_unicode_escape(struct json_scan *s, unsigned depth)
{
    int high, low;

    high = s->len - s->pos >= 6 ? hex4(s->text + s->pos + 2) : -1;
    if (high < 0)
        return scan_fail(s, s->pos, depth, "\\u must be followed by four hexadecimal digits");
    if (high == 0)
        return scan_fail(s, s->pos, depth, "a string must not contain \\u0000");
    if (high < 0xD800 || high > 0xDFFF) {
        s->pos += 6;
        return 0;
    }
    low = -1;
    if (high < 0xDC00 && s->len - s->pos >= 12 && s->text[s->pos + 6] == '\\' && s->text[s->pos + 7] == 'u')
        low = hex4(s->text + s->pos + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return scan_fail(s, s->pos, depth, "lone surrogate \\u%04x in a string", (unsigned)high);
    s->pos += 12;
    return 0;
}

static int scan_escape(struct json_scan *s, unsigned depth)
{
    if (s->len - s->pos >= 2) {
        switch (s->text[s->pos + 1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't': s->pos += 2; return 0;
        case 'u': return scan_unicode_escape(s, depth);
        default: break;
        }
    }
    return scan_fail(s, s->pos, depth, "unknown escape sequence in a string");
}

/*
 * The end of the run of plain characters at p: ASCII, printable (or DEL), no quote, no backslash. Eight bytes
 * at a time as long as none of them can be anything else: a byte below 0x20, equal to one of the two, or
 * above 0x7F leaves a high bit in the sums (which may also carry into the byte above; the loop at the end
 * sorts that out).
 */
static const char *skip_plain(const char *p, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    while (end - p >= 8) {
        uint64_t x;

        memcpy(&x, p, sizeof(x));
        if ((x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones)) & ones * 0x80)
            break;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

/*
 * s->pos is behind the opening quote, and behind the closing one afterwards. *escaped: there is a backslash.
 * `depth` are the frames that an error's pointer is made of.
 */
static int scan_string(struct json_scan *s, unsigned depth, bool *escaped)
{
    *escaped = false;
    for (;;) {
        unsigned char c;
        size_t n;

        s->pos = (uint32_t)(skip_plain(s->text + s->pos, s->text + s->len) - s->text);
        if (s->pos == s->len)
            return scan_fail(s, s->pos, depth, "unexpected end of the text inside a string");
        c = (unsigned char)s->text[s->pos];
        if (c == '"') {
            s->pos++;
            return 0;
        }
        if (c == '\\') {
            *escaped = true;
            if (scan_escape(s, depth) < 0)
                return s->error;
            continue;
        }
        if (c < 0x20)
            return scan_fail(s, s->pos, depth, "control character 0x%02x in a string", c);
        n = json_utf8_len(s->text + s->pos, s->len - s->pos);
        if (n == 0)
            return scan_fail(s, s->pos, depth, "malformed UTF-8 (byte 0x%02x) in a string", c);
        s->pos += (uint32_t)n;
    }
}

/*
 * The next character of a valid string, escapes resolved: its bytes into out, their number as the result;
 * 0 at the closing quote.
 */
static size_t string_next(const char **p, char out[4])
{
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    const char *s = *p;
    uint32_t code_point;

    if (*s == '"')
        return 0;
    if (*s != '\\') {
        size_t n = json_utf8_len(s, 4);

        memcpy(out, s, n);
        *p = s + n;
        return n;
    }
    if (s[1] != 'u') {
        for (const char *e = escapes; *e; e += 2)
            if (*e == s[1])
                out[0] = e[1];
        *p = s + 2;
        return 1;
    }
    code_point = (uint32_t)hex4(s + 2);
    *p = s + 6;
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + ((uint32_t)hex4(s + 8) - 0xDC00);
        *p = s + 12;
    }
    return json_utf8_put(code_point, out);
}

/* Order of two valid strings by their bytes, escapes resolved. */
static int string_compare(const char *a, const char *b)
{
    char ca[4], cb[4];

    for (;;) {
        size_t na = string_next(&a, ca), nb = string_next(&b, cb);
        int order;

        if (na == 0 || nb == 0)
            return (na > nb) - (na < nb);
        order = memcmp(ca, cb, na < nb ? na : nb);
        if (order || na != nb)
            return order ? order : (na > nb) - (na < nb);
    }
}

/* ---- names ---- */

static uint64_t string_hash(const char *p, size_t len, bool escaped)
{
    uint64_t h = FNV_OFFSET;
    char c[4];
    size_t n;

    if (!escaped) {
        for (size_t i = 0; i < len; i++)
            h = (h ^ (unsigned char)p[i]) * FNV_PRIME;
        return h;
    }
    while ((n = string_next(&p, c)) > 0)
        for (size_t i = 0; i < n; i++)
            h = (h ^ (unsigned char)c[i]) * FNV_PRIME;
    return h;
}

static int names_push(struct json_scan *s, uint64_t hash, uint32_t pos)
{
    if (s->n_names == s->names_cap) {
        uint32_t cap = s->names_cap ? s->names_cap * 2 : 64;
        struct json_scan_name *names = realloc(s->names, cap * sizeof(*names));

        if (!names)
            return s->error = -ENOMEM;
        s->names = names;
        s->names_cap = cap;
    }
    s->names[s->n_names++] = (struct json_scan_name){.hash = hash, .pos = pos};
    return 0;
}

static int scan_duplicate(struct json_scan *s, uint32_t pos) COLD;

static int scan_duplicate(struct json_scan *s, uint32_t pos)
{
    const char *name = s->text + pos, *end = name;
    char c[4];

    /* At most about 64 bytes of it, as they stand in the text. */
    while (end - name < 64 && string_next(&end, c) > 0)
        ;
    s->frames[s->depth - 1].name_pos = pos;
    return scan_fail(s, pos - 1, s->depth, "duplicate name \"%.*s\"", (int)(end - name), name);
}

/* Heap sort: no memory, no recursion, and O(n log n) whatever the names are. */
static bool name_less(const struct json_scan *s, const struct json_scan_name *a,
                      const struct json_scan_name *b)
{
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash;
    order = string_compare(s->text + a->pos, s->text + b->pos);
    return order ? order < 0 : a->pos < b->pos;
}

static void names_sift(const struct json_scan *s, struct json_scan_name *v, uint32_t root, uint32_t n)
{
    struct json_scan_name moving = v[root];

    for (;;) {
        uint32_t child = 2 * root + 1;

        if (child >= n)
            break;
        if (child + 1 < n && name_less(s, &v[child], &v[child + 1]))
            child++;
        if (!name_less(s, &moving, &v[child]))
            break;
        v[root] = v[child];
        root = child;
    }
    v[root] = moving;
}

static void names_sort(const struct json_scan *s, struct json_scan_name *v, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;)
        names_sift(s, v, i, n);
    for (uint32_t end = n; end-- > 1;) {
        struct json_scan_name largest = v[0];

        v[0] = v[end];
        v[end] = largest;
        names_sift(s, v, 0, end);
    }
}

/* At the end of an object: is there a name twice? The earliest repetition is the one that is reported. */
static int names_check(struct json_scan *s, uint32_t first)
{
    uint32_t n = s->n_names - first;
    uint32_t found = UINT32_MAX;
    struct json_scan_name *v;

    if (n < 2)
        return 0;
    v = s->names + first;
    if (n <= PAIRWISE_MAX) {
        for (uint32_t i = 1; i < n; i++)
            for (uint32_t j = 0; j < i; j++)
                if (v[i].hash == v[j].hash && string_compare(s->text + v[i].pos, s->text + v[j].pos) == 0)
                    return scan_duplicate(s, v[i].pos);
        return 0;
    }
    names_sort(s, v, n);
    for (uint32_t i = 1; i < n; i++)
        if (v[i].hash == v[i - 1].hash && v[i].pos < found &&
            string_compare(s->text + v[i].pos, s->text + v[i - 1].pos) == 0)
            found = v[i].pos;
    return found == UINT32_MAX ? 0 : scan_duplicate(s, found);
}

static int scan_name(struct json_scan *s)
{
    struct json_scan_frame *f = &s->frames[s->depth - 1];
    uint32_t start;
    bool escaped;

    if (s->pos >= s->len || s->text[s->pos] != '"')
        return scan_unexpected(s, container_depth(s), "a name in double quotes");
    start = ++s->pos;
    if (scan_string(s, container_depth(s), &escaped) < 0)
        return s->error;
    f->name_pos = start;
    if (s->skip_duplicates)
        return 0;
    return names_push(s, string_hash(s->text + start, s->pos - 1 - start, escaped), start);
}

/* ---- values ---- */

static void skip_space(struct json_scan *s)
{
    const char *p = s->text + s->pos, *end = s->text + s->len;

    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    s->pos = (uint32_t)(p - s->text);
}

static bool is_digit_at(const struct json_scan *s, uint32_t pos)
{
    return pos < s->len && s->text[pos] >= '0' && s->text[pos] <= '9';
}

static uint32_t skip_digits(const struct json_scan *s, uint32_t pos)
{
    while (is_digit_at(s, pos))
        pos++;
    return pos;
}

/* RFC 8259 section 6. */
static int scan_number(struct json_scan *s)
{
    uint32_t start = s->pos;

    if (s->text[s->pos] == '-')
        s->pos++;
    if (!is_digit_at(s, s->pos))
        return scan_unexpected(s, s->depth, "a digit");
    if (s->text[s->pos] == '0' && is_digit_at(s, s->pos + 1))
        return scan_fail(s, start, s->depth, "a number must not begin with 0");
    s->pos = skip_digits(s, s->pos);
    if (s->pos < s->len && s->text[s->pos] == '.') {
        s->pos++;
        if (!is_digit_at(s, s->pos))
            return scan_unexpected(s, s->depth, "a digit");
        s->pos = skip_digits(s, s->pos);
    }
    if (s->pos < s->len && (s->text[s->pos] == 'e' || s->text[s->pos] == 'E')) {
        s->pos++;
        if (s->pos < s->len && (s->text[s->pos] == '+' || s->text[s->pos] == '-'))
            s->pos++;
        if (!is_digit_at(s, s->pos))
            return scan_unexpected(s, s->depth, "a digit");
        s->pos = skip_digits(s, s->pos);
    }
    if (s->pos - start > JSON_NUMBER_MAX)
        return scan_fail(s, start, s->depth, "a number must not have more than %u characters",
                         JSON_NUMBER_MAX);
    return 0;
}

static int scan_literal(struct json_scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
        return scan_unexpected(s, s->depth, "a value");
    s->pos += (uint32_t)n;
    return 0;
}

static int scan_open(struct json_scan *s, bool is_array)
{
    if (s->depth >= JSON_DEPTH_MAX)
        return scan_fail(s, s->pos, s->depth, "more than %u levels of objects and arrays", JSON_DEPTH_MAX);
    s->frames[s->depth++] = (struct json_scan_frame){.first_name = s->n_names, .is_array = is_array};
    s->pos++;
    s->state = is_array ? AFTER_OPEN_ARRAY : AFTER_OPEN_OBJECT;
    return 0;
}

static int scan_close(struct json_scan *s)
{
    struct json_scan_frame *f = &s->frames[s->depth - 1];

    if (!f->is_array) {
        if (names_check(s, f->first_name) < 0)
            return s->error;
        s->n_names = f->first_name;
    }
    s->depth--;
    s->pos++;
    s->state = AFTER_VALUE;
    return 0;
}

static int scan_value(struct json_scan *s)
{
    bool escaped;

    s->value_pos = s->pos;
    s->value_depth = s->depth;
    if (s->pos >= s->len)
        return scan_unexpected(s, s->depth, "a value");
    if (++s->n_values > JSON_VALUES_MAX)
        return scan_fail(s, s->pos, s->depth, "more than %u values", JSON_VALUES_MAX);
    s->state = AFTER_VALUE;
    switch (s->text[s->pos]) {
    case '{': return scan_open(s, false);
    case '[': return scan_open(s, true);
    case '"': s->pos++; return scan_string(s, s->depth, &escaped);
    case 't': return scan_literal(s, "true");
    case 'f': return scan_literal(s, "false");
    case 'n': return scan_literal(s, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return scan_number(s);
    default: return scan_unexpected(s, s->depth, "a value");
    }
}

/* A comma, the end of the container, or the end of the document. */
static int scan_after_value(struct json_scan *s)
{
    struct json_scan_frame *f;
    char c;

    if (s->depth == 0)
        return scan_unexpected(s, 0, "the end of the text");
    f = &s->frames[s->depth - 1];
    c = s->pos < s->len ? s->text[s->pos] : '\0';
    if (c == (f->is_array ? ']' : '}'))
        return scan_close(s);
    if (c != ',')
        return scan_unexpected(s, container_depth(s), f->is_array ? "',' or ']'" : "',' or '}'");
    s->pos++;
    f->index++;
    s->state = f->is_array ? BEFORE_VALUE : BEFORE_NAME;
    return 0;
}

void json_scan_init(struct json_scan *s, const char *text, size_t len)
{
    memset(s, 0, offsetof(struct json_scan, frames));
    s->text = len ? text : "";
    s->state = BEFORE_VALUE;
    if (len > JSON_BYTES_MAX)
        scan_fail(s, 0, 0, "the text has %zu bytes, more than %u", len, JSON_BYTES_MAX);
    else
        s->len = (uint32_t)len;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        scan_fail(s, 0, 0, "the text begins with a byte order mark");
}

void json_scan_done(struct json_scan *s)
{
    free(s->names);
    s->names = NULL;
}

int json_scan_next(struct json_scan *s)
{
    while (!s->error) {
        skip_space(s);
        switch ((enum scan_state)s->state) {
        case BEFORE_VALUE: return scan_value(s) < 0 ? s->error : 1;
        case AFTER_VALUE:
            if (s->depth == 0 && s->pos == s->len)
                return 0;
            (void)scan_after_value(s);
            break;
        case AFTER_OPEN_ARRAY:
            s->state = BEFORE_VALUE;
            if (s->pos < s->len && s->text[s->pos] == ']')
                (void)scan_close(s);
            break;
        case AFTER_OPEN_OBJECT:
            s->state = BEFORE_NAME;
            if (s->pos < s->len && s->text[s->pos] == '}')
                (void)scan_close(s);
            break;
        case BEFORE_NAME:
            if (scan_name(s) < 0)
                break;
            skip_space(s);
            if (s->pos >= s->len || s->text[s->pos] != ':') {
                (void)scan_unexpected(s, s->depth, "':'");
                break;
            }
            s->pos++;
            s->state = BEFORE_VALUE;
            break;
        }
    }
    return s->error;
}

/* ---- places ---- */

void json_scan_position(const char *text, size_t pos, uint32_t *line, uint32_t *column)
{
    uint32_t l = 1, c = 1;

    for (size_t i = 0; i < pos; i++) {
        if (text[i] == '\n') {
            l++;
            c = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            c++;
        }
    }
    *line = l;
    *column = c;
}

/* One character of a name as it stands in a JSON pointer; false: no room. */
static bool pointer_put(char *pointer, size_t size, size_t *len, const char *c, size_t n)
{
    if (n == 1 && (*c == '~' || *c == '/')) {
        c = *c == '~' ? "~0" : "~1";
        n = 2;
    }
    if (*len + n >= size)
        return false;
    memcpy(pointer + *len, c, n);
    *len += n;
    pointer[*len] = '\0';
    return true;
}

void json_pointer_add(char *pointer, size_t size, const char *name)
{
    size_t len = strlen(pointer), left = strlen(name);

    if (len + 1 >= size)
        return;
    pointer[len++] = '/';
    pointer[len] = '\0';
    while (left) {
        size_t n = json_utf8_len(name, left);

        n = n ? n : 1;
        if (!pointer_put(pointer, size, &len, name, n))
            return;
        name += n;
        left -= n;
    }
}

void json_scan_pointer(const struct json_scan *s, unsigned depth, char *pointer, size_t size)
{
    size_t len = 0;

    pointer[0] = '\0';
    for (unsigned d = 0; d < depth; d++) {
        const struct json_scan_frame *f = &s->frames[d];
        const char *p = s->text + f->name_pos;
        char c[4];
        size_t n;

        if (f->is_array) {
            char number[16];

            snprintf(number, sizeof(number), "%u", f->index);
            json_pointer_add(pointer, size, number);
            len = strlen(pointer);
            continue;
        }
        if (len + 1 >= size)
            return;
        pointer[len++] = '/';
        pointer[len] = '\0';
        while ((n = string_next(&p, c)) > 0)
            if (!pointer_put(pointer, size, &len, c, n))
                return;
    }
}

bool json_scan_at(const struct json_scan *s, unsigned depth, struct str part)
{
    const struct json_scan_frame *f = &s->frames[depth];
    const char *p = s->text + f->name_pos;
    char c[4], want[8];
    size_t n;

    if (f->is_array) {
        uint32_t index;

        return str_to_u32(part, UINT32_MAX, &index) == 0 && index == f->index;
    }
    while ((n = string_next(&p, c)) > 0) {
        size_t len = 0;

        (void)pointer_put(want, sizeof(want), &len, c, n);
        if (part.len < len || memcmp(part.ptr, want, len) != 0)
            return false;
        part.ptr += len;
        part.len -= len;
    }
    return part.len == 0;
}

int json_scan_error(const struct json_scan *s, struct err *reterr)
{
    char pointer[ERR_WHERE_MAX];

    if (s->error == -ENOMEM)
        return err_nomem(reterr);
    json_scan_pointer(s, s->error_depth, pointer, sizeof(pointer));
    err_config(reterr, pointer, "%s", s->error_message);
    if (reterr)
        json_scan_position(s->text, s->error_pos, &reterr->line, &reterr->column);
    return -EINVAL;
}
