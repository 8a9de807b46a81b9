/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a schemata line, a newline, and the text of a schemata file. Oracles: a line matches the file that
 * holds it, if it matches anything; zeros and case change nothing; what is found is a line of the file.
 */
#include "oracle.h"

#include "core/rdt.h"

/* Its own line is the first of its resource in a file that begins with it. */
static void check_itself(struct str line, struct str file)
{
    size_t len = line.len + 1 + file.len;
    char *text = malloc(len ? len : 1);
    struct str found, resource, rest = line;

    CHECK(text != NULL);
    memcpy(text, line.ptr, line.len);
    text[line.len] = '\n';
    memcpy(text + line.len + 1, file.ptr, file.len);
    for (size_t step = 0; step <= 10; step += 10) {
        enum rdt_match match = rdt_match_line((struct str){text, len}, line, step);

        /* a domain that stands twice in it may have two values */
        CHECK(match != RDT_ABSENT);
    }
    (void)str_next(&rest, ':', &resource);
    if (rdt_match_line((struct str){text, len}, line, 0) == RDT_SAME) {
        char name[64];

        resource = str_trim(resource);
        if (resource.len < sizeof(name) && !memchr(resource.ptr, '\0', resource.len)) {
            memcpy(name, resource.ptr, resource.len);
            name[resource.len] = '\0';
            CHECK(rdt_find_line((struct str){text, len}, name, &found));
            CHECK(found.ptr >= text && found.ptr + found.len <= text + len);
        }
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = {size ? (const char *)data : "", size}, line;
    enum rdt_match match;
    char *upper;

    if (!str_next(&file, '\n', &line) || !file.ptr)
        return 0;
    match = rdt_match_line(file, line, 0);
    CHECK(match <= RDT_MALFORMED);
    if (match != RDT_MALFORMED)
        check_itself(line, file);
    /* hexadecimal digits of values in the other case */
    upper = malloc(line.len + 1);
    CHECK(upper != NULL);
    for (size_t i = 0, domains = 0, value = 0; i < line.len; i++) {
        char c = line.ptr[i];

        domains |= c == ':'; /* a '=' before it belongs to the name of the resource */
        value = c == '=' ? domains : c == ';' ? 0 : value;
        upper[i] = value && c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c;
    }
    CHECK(rdt_match_line(file, (struct str){upper, line.len}, 0) == match);
    free(upper);
    return 0;
}
