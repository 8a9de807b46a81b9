/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_tree.h"

#include "core/json_write.h"

#include <errno.h>

/* ---- making ---- */

struct json_node *json_tree_new(struct arena *a, enum json_type type)
{
    struct json_node *n = arena_new(a, struct json_node);

    if (n)
        n->type = type;
    return n;
}

static struct json_node *with_text(struct arena *a, enum json_type type, struct str text)
{
    struct json_node *n = json_tree_new(a, type);

    if (!n)
        return NULL;
    n->text = arena_strndup(a, text.ptr, text.len);
    return n->text ? n : NULL;
}

struct json_node *json_tree_string(struct arena *a, const char *s)
{
    return with_text(a, JSON_STRING, str_of(s));
}

struct json_node *json_tree_number(struct arena *a, const char *text)
{
    return with_text(a, JSON_NUMBER, str_of(text));
}

/* Not deeper than JSON_DEPTH_MAX: core/json has seen to that. */
static struct json_node *copy(struct arena *a, const struct json_doc *doc, const struct json_value *v)
{
    enum json_type type = json_type(v);
    struct json_node *n = type == JSON_STRING   ? with_text(a, type, str_of(json_string(v)))
                          : type == JSON_NUMBER ? with_text(a, type, json_number(doc, v))
                                                : json_tree_new(a, type);

    if (n && json_name(v) && !(n->name = arena_strdup(a, json_name(v))))
        return NULL;
    for (const struct json_value *m = json_first(v); n && m; m = json_next(m))
        if (json_tree_append(n, copy(a, doc, m)) < 0)
            return NULL;
    return n;
}

struct json_node *json_tree_copy(struct arena *a, const struct json_doc *doc)
{
    return copy(a, doc, json_root(doc));
}

/* ---- finding and changing ---- */

struct json_node *json_tree_find(const struct json_node *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (struct json_node *m = object->first; m; m = m->next)
        if (streq(m->name, name))
            return m;
    return NULL;
}

struct json_node *json_tree_find_type(const struct json_node *object, const char *name, enum json_type type)
{
    struct json_node *n = json_tree_find(object, name);

    return n && n->type == type ? n : NULL;
}

void json_tree_remove(struct json_node *container, struct json_node *child)
{
    struct json_node *before = NULL;

    for (struct json_node *m = container->first; m; before = m, m = m->next) {
        if (m != child)
            continue;
        if (before)
            before->next = m->next;
        else
            container->first = m->next;
        if (container->last == m)
            container->last = before;
        m->next = NULL;
        return;
    }
}

struct json_node *json_tree_take(struct json_node *object, const char *name)
{
    struct json_node *n = json_tree_find(object, name);

    if (n)
        json_tree_remove(object, n);
    return n;
}

int json_tree_append(struct json_node *array, struct json_node *value)
{
    if (!array || !value)
        return -ENOMEM;
    if (array->last)
        array->last->next = value;
    else
        array->first = value;
    array->last = value;
    return 0;
}

int json_tree_prepend(struct json_node *array, struct json_node *value)
{
    if (!array || !value)
        return -ENOMEM;
    value->next = array->first;
    array->first = value;
    if (!array->last)
        array->last = value;
    return 0;
}

int json_tree_set(struct json_node *object, const char *name, struct json_node *value)
{
    if (!object || !value)
        return -ENOMEM;
    json_tree_take(object, name);
    value->name = name;
    return json_tree_append(object, value);
}

struct json_node *json_tree_ensure(struct arena *a, struct json_node *object, const char *name,
                                   enum json_type type)
{
    struct json_node *n = json_tree_find_type(object, name, type);

    if (n)
        return n;
    n = json_tree_new(a, type);
    return json_tree_set(object, name, n) < 0 ? NULL : n;
}

/* ---- printing ---- */

static void print(struct json_writer *w, const struct json_node *n)
{
    switch (n->type) {
    case JSON_NULL: json_write_null(w); return;
    case JSON_FALSE: json_write_bool(w, false); return;
    case JSON_TRUE: json_write_bool(w, true); return;
    case JSON_NUMBER: json_write_raw(w, n->text); return;
    case JSON_STRING: json_write_str(w, n->text); return;
    case JSON_ARRAY: json_write_array(w); break;
    case JSON_OBJECT: json_write_object(w); break;
    }
    for (const struct json_node *m = n->first; m; m = m->next) {
        if (n->type == JSON_OBJECT)
            json_write_key(w, m->name);
        print(w, m);
    }
    if (n->type == JSON_OBJECT)
        json_write_object_end(w);
    else
        json_write_array_end(w);
}

void json_tree_print(const struct json_node *root, const char *indent, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, indent);
    print(&w, root);
}
