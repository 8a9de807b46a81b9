/* SPDX-License-Identifier: Apache-2.0 */
#include "core/systemd_value.h"

#include "core/json_utf8.h"

#include <errno.h>
#include <inttypes.h>

/* What has been read of an element: its value, and how much of its type is known. */
enum kind { KIND_INT, KIND_DOUBLE, KIND_STRING, KIND_BOOL };

struct element {
    enum kind kind;
    char type; /* named before it; 0: not */
    bool negative;
    uint64_t magnitude; /* KIND_INT; KIND_BOOL: 0 or 1 */
    double d;
    const char *s;
};

struct reader {
    struct arena *arena;
    struct str text;
    size_t at;
    struct err *reterr;
};

static const struct scalar {
    char type;
    const char *signature;
    const char *array;
    const char *keyword;
    bool integer;
    uint64_t max;     /* largest */
    uint64_t min_abs; /* smallest, without its sign */
} scalars[] = {
    {'b', "b", "ab", "boolean", false, 1, 0},
    {'y', "y", "ay", "byte", true, UINT8_MAX, 0},
    {'n', "n", "an", "int16", true, INT16_MAX, UINT64_C(1) << 15},
    {'q', "q", "aq", "uint16", true, UINT16_MAX, 0},
    {'i', "i", "ai", "int32", true, INT32_MAX, UINT64_C(1) << 31},
    {'u', "u", "au", "uint32", true, UINT32_MAX, 0},
    {'x', "x", "ax", "int64", true, INT64_MAX, UINT64_C(1) << 63},
    {'t', "t", "at", "uint64", true, UINT64_MAX, 0},
    {'d', "d", "ad", "double", false, 0, 0},
    {'s', "s", "as", "string", false, 0, 0},
};

static const struct scalar *scalar_of(char type)
{
    for (size_t i = 0; i < ARRAY_SIZE(scalars); i++)
        if (scalars[i].type == type)
            return &scalars[i];
    return NULL;
}

static int wrong(struct reader *r, const char *why)
{
    return err_usage(r->reterr, "at %zu: %s", r->at + 1, why);
}

static char peek(const struct reader *r)
{
    return r->at < r->text.len ? r->text.ptr[r->at] : '\0';
}

static void skip_space(struct reader *r)
{
    while (r->at < r->text.len && strchr(" \t\r\n", r->text.ptr[r->at]) && r->text.ptr[r->at])
        r->at++;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- strings ---- */

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* \uXXXX and \UXXXXXXXX: a code point as UTF-8. */
static int read_code_point(struct reader *r, size_t digits, char *out, size_t *len)
{
    uint32_t c = 0;

    for (size_t i = 0; i < digits; i++, r->at++) {
        int v = hex_value(peek(r));

        if (v < 0)
            return wrong(r, "not a hexadecimal digit");
        c = c << 4 | (uint32_t)v;
    }
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return wrong(r, "not a code point that a string can hold");
    *len += json_utf8_put(c, out + *len);
    return 0;
}

static int read_escape(struct reader *r, char *out, size_t *len)
{
    static const char names[] = "abfnrtv";
    static const char values[] = "\a\b\f\n\r\t\v";
    char c = peek(r);
    const char *found = c ? strchr(names, c) : NULL;

    if (r->at >= r->text.len)
        return wrong(r, "the string does not end");
    r->at++;
    if (c == 'u')
        return read_code_point(r, 4, out, len);
    if (c == 'U')
        return read_code_point(r, 8, out, len);
    out[(*len)++] = found ? values[found - names] : c;
    return 0;
}

static int read_string(struct reader *r, struct element *e)
{
    char quote = r->text.ptr[r->at++];
    /* no escape makes more bytes than it takes */
    char *out = arena_alloc(r->arena, r->text.len - r->at + 1);
    size_t len = 0;

    if (!out)
        return err_nomem(r->reterr);
    for (;;) {
        char c;
        int rc = 0;

        if (r->at >= r->text.len)
            return wrong(r, "the string does not end");
        c = r->text.ptr[r->at++];
        if (c == quote)
            break;
        if (c == '\0')
            return wrong(r, "a NUL in a string");
        if (c == '\\')
            rc = read_escape(r, out, &len);
        else
            out[len++] = c;
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0, n; i < len; i += n) {
        n = json_utf8_len(out + i, len - i);
        if (n == 0)
            return wrong(r, "the string is not UTF-8");
    }
    *e = (struct element){.kind = KIND_STRING, .type = e->type, .s = out};
    return 0;
}

/* ---- numbers ---- */

static int read_integer(struct reader *r, struct str digits, uint64_t *ret)
{
    unsigned base = 10;
    uint64_t v = 0;
    size_t i = 0;

    if (digits.len > 2 && digits.ptr[0] == '0' && (digits.ptr[1] == 'x' || digits.ptr[1] == 'X')) {
        base = 16;
        i = 2;
    } else if (digits.len > 1 && digits.ptr[0] == '0') {
        base = 8;
        i = 1;
    }
    for (; i < digits.len; i++) {
        int digit = hex_value(digits.ptr[i]);

        if (digit < 0 || (unsigned)digit >= base)
            return wrong(r, "not a number");
        if (v > (UINT64_MAX - (uint64_t)digit) / base)
            return wrong(r, "the number is too large");
        v = v * base + (uint64_t)digit;
    }
    *ret = v;
    return 0;
}

static double power_of_10(unsigned n)
{
    double v = 1;
    double square = 10;

    for (; n; n >>= 1, square *= square)
        if (n & 1)
            v *= square;
    return v;
}

/* "1.5", ".5", "1e-3": basic arithmetic only, so that no locale has a say. */
static int read_double(struct reader *r, struct str s, double *ret)
{
    bool point = false, any = false, down = false;
    double v = 0;
    int scale = 0, exponent = 0;
    size_t i = 0;

    for (; i < s.len && s.ptr[i] != 'e' && s.ptr[i] != 'E'; i++) {
        if (s.ptr[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(s.ptr[i]))
            return wrong(r, "not a number");
        v = v * 10 + (s.ptr[i] - '0');
        scale -= point;
        any = true;
    }
    if (i < s.len) {
        i++;
        if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
            down = s.ptr[i++] == '-';
        if (i == s.len || s.len - i > 3)
            return wrong(r, "not a number");
        for (; i < s.len; i++) {
            if (!is_digit(s.ptr[i]))
                return wrong(r, "not a number");
            exponent = exponent * 10 + (s.ptr[i] - '0');
        }
    }
    if (!any)
        return wrong(r, "not a number");
    exponent = scale + (down ? -exponent : exponent);
    *ret = exponent < 0 ? v / power_of_10((unsigned)-exponent) : v * power_of_10((unsigned)exponent);
    if (!(*ret <= 1e300))
        return wrong(r, "the number is too large");
    return 0;
}

static bool is_number_char(char c)
{
    return is_digit(c) || is_letter(c) || c == '.' || c == '+' || c == '-';
}

static int read_number(struct reader *r, struct element *e)
{
    bool negative = peek(r) == '-';
    bool hex, floating = false;
    struct str s;
    int rc;

    *e = (struct element){.kind = KIND_INT, .type = e->type, .negative = negative};
    if (negative || peek(r) == '+')
        r->at++;
    s.ptr = r->text.ptr + r->at;
    for (s.len = 0; r->at + s.len < r->text.len && is_number_char(s.ptr[s.len]); s.len++)
        ;
    if (s.len == 0)
        return wrong(r, "not a number");
    if (s.len > 64)
        return wrong(r, "the number is too long");
    hex = s.len > 1 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'X');
    for (size_t i = 0; i < s.len && !hex; i++)
        floating |= s.ptr[i] == '.' || s.ptr[i] == 'e' || s.ptr[i] == 'E';
    if (floating) {
        e->kind = KIND_DOUBLE;
        rc = read_double(r, s, &e->d);
        if (negative)
            e->d = -e->d;
    } else {
        rc = read_integer(r, s, &e->magnitude);
    }
    if (rc == 0)
        r->at += s.len;
    return rc;
}

/* ---- elements ---- */

/* "uint64", "byte": the type of what follows; "true", "false". */
static int read_word(struct reader *r, struct element *e, bool *is_type)
{
    struct str word = {r->text.ptr + r->at, 0};

    while (r->at + word.len < r->text.len && (is_letter(word.ptr[word.len]) || is_digit(word.ptr[word.len])))
        word.len++;
    *is_type = false;
    if (str_eq(word, "true") || str_eq(word, "false")) {
        *e = (struct element){.kind = KIND_BOOL, .type = e->type, .magnitude = str_eq(word, "true")};
        r->at += word.len;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
        if (!str_eq(word, scalars[i].keyword))
            continue;
        if (e->type)
            return wrong(r, "the type stands twice");
        e->type = scalars[i].type;
        *is_type = true;
        r->at += word.len;
        return 0;
    }
    return wrong(r, "neither a value nor a type that properties have");
}

/* "@t": one type, which may be that of an array. */
static int read_signature(struct reader *r, char *type, bool *array)
{
    r->at++;
    *array = peek(r) == 'a';
    if (*array)
        r->at++;
    if (!scalar_of(peek(r)))
        return wrong(r, "not a type that properties have");
    *type = r->text.ptr[r->at++];
    return 0;
}

static int read_element(struct reader *r, struct element *e)
{
    for (;;) {
        bool array = false, is_type = false;
        char c;
        int rc = 0;

        skip_space(r);
        c = peek(r);
        if (c == '@') {
            if (e->type)
                return wrong(r, "the type stands twice");
            rc = read_signature(r, &e->type, &array);
            if (rc == 0 && array)
                return wrong(r, "an array within an array");
            if (rc < 0)
                return rc;
            continue;
        }
        if (c == '\'' || c == '"')
            return read_string(r, e);
        if (is_letter(c)) {
            rc = read_word(r, e, &is_type);
            if (rc < 0 || !is_type)
                return rc;
            continue;
        }
        if (is_digit(c) || c == '-' || c == '+' || c == '.')
            return read_number(r, e);
        return wrong(r, r->at < r->text.len ? "only booleans, numbers, strings and arrays of them are values"
                                            : "a value is missing");
    }
}

/* The type of an element that names none. */
static char natural_type(const struct element *e)
{
    static const char types[] = {
        [KIND_INT] = 'i', [KIND_DOUBLE] = 'd', [KIND_STRING] = 's', [KIND_BOOL] = 'b'};

    return e->type ? e->type : types[e->kind];
}

static int give_type(struct reader *r, const struct element *e, char type, struct systemd_item *ret)
{
    const struct scalar *s = scalar_of(type);

    *ret = (struct systemd_item){0};
    if (e->type && e->type != type)
        return wrong(r, "the elements are not of one type");
    if (type == 's' && e->kind == KIND_STRING) {
        ret->s = e->s;
    } else if (type == 'b' && e->kind == KIND_BOOL) {
        ret->u = e->magnitude;
    } else if (type == 'd' && (e->kind == KIND_DOUBLE || e->kind == KIND_INT)) {
        ret->d = e->kind == KIND_DOUBLE ? e->d : (double)e->magnitude * (e->negative ? -1 : 1);
    } else if (s->integer && e->kind == KIND_INT) {
        if (e->magnitude > (e->negative ? s->min_abs : s->max))
            return wrong(r, "the number is out of the type's range");
        ret->u = e->negative ? -e->magnitude : e->magnitude;
    } else {
        return wrong(r, "the value is not of the type");
    }
    return 0;
}

/* ---- arrays ---- */

struct elements {
    struct element *v;
    size_t n, cap;
};

static int elements_add(struct reader *r, struct elements *l, const struct element *e)
{
    if (l->n == SYSTEMD_VALUE_ITEMS_MAX)
        return wrong(r, "too many elements");
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 8;
        struct element *v = arena_new_array(r->arena, struct element, cap);

        if (!v)
            return err_nomem(r->reterr);
        if (l->n)
            memcpy(v, l->v, l->n * sizeof(*v));
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n++] = *e;
    return 0;
}

static int read_elements(struct reader *r, struct elements *l)
{
    r->at++;
    skip_space(r);
    if (peek(r) == ']') {
        r->at++;
        return 0;
    }
    for (;;) {
        struct element e = {0};
        int rc = read_element(r, &e);

        if (rc == 0)
            rc = elements_add(r, l, &e);
        if (rc < 0)
            return rc;
        skip_space(r);
        if (peek(r) == ']') {
            r->at++;
            return 0;
        }
        if (peek(r) != ',')
            return wrong(r, r->at < r->text.len ? "neither ',' nor ']'" : "the array does not end");
        r->at++;
    }
}

/* One type for all: the one that is named; with a fraction among them, double. */
static int unify(struct reader *r, const struct elements *l, char given, char *ret)
{
    char type = given;

    for (size_t i = 0; i < l->n && !type; i++)
        type = l->v[i].type;
    for (size_t i = 0; i < l->n && !type; i++)
        if (l->v[i].kind == KIND_DOUBLE)
            type = 'd';
    if (!type && l->n == 0)
        return wrong(r, "an empty array needs its type: @as []");
    *ret = type ? type : natural_type(&l->v[0]);
    return 0;
}

static int read_array(struct reader *r, char given, struct systemd_value *ret)
{
    struct elements l = {0};
    struct systemd_item *v;
    char type = 0;
    int rc = read_elements(r, &l);

    if (rc == 0)
        rc = unify(r, &l, given, &type);
    if (rc < 0)
        return rc;
    v = arena_new_array(r->arena, struct systemd_item, l.n);
    if (!v)
        return err_nomem(r->reterr);
    for (size_t i = 0; i < l.n; i++) {
        rc = give_type(r, &l.v[i], type, &v[i]);
        if (rc < 0)
            return rc;
    }
    *ret = (struct systemd_value){.type = scalar_of(type)->array, .v = v, .n = l.n};
    return 0;
}

static int read_scalar(struct reader *r, char given, struct systemd_value *ret)
{
    struct element e = {.type = given};
    struct systemd_item *v = arena_new(r->arena, struct systemd_item);
    int rc;

    if (!v)
        return err_nomem(r->reterr);
    rc = read_element(r, &e);
    if (rc == 0)
        rc = give_type(r, &e, natural_type(&e), v);
    if (rc < 0)
        return rc;
    *ret = (struct systemd_value){.type = scalar_of(natural_type(&e))->signature, .v = v, .n = 1};
    return 0;
}

int systemd_value_parse(struct arena *a, struct str text, struct systemd_value *ret, struct err *reterr)
{
    struct reader r = {.arena = a, .text = text, .reterr = reterr};
    struct systemd_value value = {0};
    bool array = false;
    char given = 0;
    int rc = 0;

    skip_space(&r);
    if (peek(&r) == '@') {
        rc = read_signature(&r, &given, &array);
        skip_space(&r);
    }
    if (rc == 0 && array && peek(&r) != '[')
        rc = wrong(&r, "not an array");
    if (rc == 0 && !array && given && peek(&r) == '[')
        rc = wrong(&r, "an array is not of that type");
    if (rc == 0)
        rc = peek(&r) == '[' ? read_array(&r, given, &value) : read_scalar(&r, given, &value);
    if (rc < 0)
        return rc;
    skip_space(&r);
    if (r.at < text.len)
        return wrong(&r, "something follows the value");
    *ret = value;
    return 0;
}

/* ---- printing ---- */

char systemd_value_element(const struct systemd_value *v)
{
    const char *type = v->type[0] == 'a' ? v->type + 1 : v->type;

    return type[0] == '(' ? '\0' : type[0];
}

static void print_text(const char *s, struct buf *out)
{
    buf_char(out, '\'');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '\'' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\u%04x", c);
        else
            buf_char(out, *s);
    }
    buf_char(out, '\'');
}

static void print_item(char type, const struct systemd_item *i, struct buf *out)
{
    switch (type) {
    case 'b': buf_str(out, i->u ? "true" : "false"); break;
    case 'y': buf_printf(out, "0x%02" PRIx64, i->u); break;
    case 'd': buf_printf(out, "%.17e", i->d); break;
    case 's': print_text(i->s, out); break;
    case 'n':
    case 'i':
    case 'x': buf_printf(out, "%s%" PRIu64, i->u >> 63 ? "-" : "", i->u >> 63 ? -i->u : i->u); break;
    default: buf_printf(out, "%" PRIu64, i->u); break;
    }
}

static void print_pairs(const struct systemd_value *v, struct buf *out)
{
    bool numbers = strcmp(v->type, "a(st)") == 0;

    buf_printf(out, "%s[", v->n ? "" : numbers ? "@a(st) " : "@a(ss) ");
    for (size_t i = 0; i < v->n; i++) {
        buf_str(out, i ? ", (" : "(");
        print_text(v->v[i].s, out);
        if (numbers)
            buf_printf(out, ", %s%" PRIu64 ")", i ? "" : "uint64 ", v->v[i].u);
        else
            buf_str(out, ", ");
        if (!numbers) {
            print_text(v->v[i].s2, out);
            buf_char(out, ')');
        }
    }
    buf_char(out, ']');
}

void systemd_value_print(const struct systemd_value *v, struct buf *out)
{
    char type = systemd_value_element(v);
    const struct scalar *s = scalar_of(type);
    /* said only where it does not go without saying */
    bool named = s && type != 'b' && type != 'i' && type != 's' && type != 'd';

    if (!s) {
        print_pairs(v, out);
        return;
    }
    if (v->type[0] != 'a') {
        buf_printf(out, "%s%s", named ? s->keyword : "", named ? " " : "");
        print_item(type, &v->v[0], out);
        return;
    }
    if (v->n == 0 || named)
        buf_printf(out, "@%s ", v->type);
    buf_char(out, '[');
    for (size_t i = 0; i < v->n; i++) {
        buf_str(out, i ? ", " : "");
        print_item(type, &v->v[i], out);
    }
    buf_char(out, ']');
}

bool systemd_value_sec_to_usec(const struct systemd_value *v, uint64_t *ret)
{
    const uint64_t usec = 1000000;
    const struct scalar *s = scalar_of(v->type[0]);

    if (s && v->type[0] == 'd') {
        double d = v->v[0].d * 1e6;

        if (!(d >= 0 && d < 1.8e19))
            return false;
        *ret = (uint64_t)(d + 0.5);
        return true;
    }
    if (!s || !s->integer || (s->min_abs && v->v[0].u >> 63) || v->v[0].u > UINT64_MAX / usec)
        return false;
    *ret = v->v[0].u * usec;
    return true;
}
