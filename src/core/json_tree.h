/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON document that can be changed: what core/json has read, copied to an arena, for the few who write a
 * document anew (core/legacy). Everybody else decodes.
 *
 * Ownership: nodes, names and strings live on the arena; a node stands in one place of one tree. A function
 * that makes a node returns NULL when there is no memory; those that take a node accept NULL and then say
 * -ENOMEM, so that calls can be nested. Numbers keep the text they were written with.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "core/json.h"

struct json_node {
    enum json_type type;
    const char *name; /* of an object's member */
    const char *text; /* of a string or number */
    struct json_node *first, *last, *next;
};

/* The whole document. NULL: no memory. */
struct json_node *json_tree_copy(struct arena *a, const struct json_doc *doc) NODISCARD;

/* Members of objects: the first of that name; NULL for none, or when `object` is NULL or no object. */
struct json_node *json_tree_find(const struct json_node *object, const char *name);

/* json_tree_find, and it has that type. */
struct json_node *json_tree_find_type(const struct json_node *object, const char *name, enum json_type type);

/* Out of its object; returns it, or NULL when there was none. */
struct json_node *json_tree_take(struct json_node *object, const char *name);

/* Out of an array or object. */
void json_tree_remove(struct json_node *container, struct json_node *child);

/* At the end of an object, in place of a member of that name. -ENOMEM: `value` is NULL. */
int json_tree_set(struct json_node *object, const char *name, struct json_node *value) NODISCARD;

/* At the end of an array. -ENOMEM: `value` is NULL. */
int json_tree_append(struct json_node *array, struct json_node *value) NODISCARD;

/* At the beginning of an array. */
int json_tree_prepend(struct json_node *array, struct json_node *value) NODISCARD;

/* The object's member of that name, made when it is not there (of `type`: an empty object or array). */
struct json_node *json_tree_ensure(struct arena *a, struct json_node *object, const char *name,
                                   enum json_type type) NODISCARD;

/* An empty object or array, true, false or null. */
struct json_node *json_tree_new(struct arena *a, enum json_type type) NODISCARD;
struct json_node *json_tree_string(struct arena *a, const char *s) NODISCARD;
struct json_node *json_tree_number(struct arena *a, const char *text) NODISCARD;

/* With the strings it holds; names too. */
void json_tree_print(const struct json_node *root, const char *indent, struct buf *out);
