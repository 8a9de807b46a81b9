/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: text, one device rule a line, as in cgroup v1 with '+' (allow) or '-' (deny) before it: "+c 1:3
 * rwm", "-a". The reference evaluator, the eBPF program (in an interpreter) and the v1 lines (in a model of
 * the kernel) must give one verdict for every request near the rules. v1 may refuse a request of several
 * accesses that different exceptions grant one by one; it never grants more.
 */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include "oracle.h"

#include "core/devices_bpf.h"
#include "../tests/unit/devices_oracle.h"

#include <errno.h>

#define RULES_MAX   24
#define NUMBERS_MAX (2 * RULES_MAX + 8)

struct input {
    struct config_device_rule rules[RULES_MAX];
    size_t n;
    uint32_t majors[NUMBERS_MAX], minors[NUMBERS_MAX];
    size_t n_majors, n_minors;
};

static struct opt_i64 parse_number(struct str s)
{
    struct opt_i64 n = {.has = false};

    n.has = s.len && !str_eq(s, "*") && str_to_i64(s, INT64_MIN, INT64_MAX, &n.v) == 0;
    return n;
}

static void add_number(uint32_t *v, size_t *n, struct opt_i64 number)
{
    if (number.has && number.v >= 0 && number.v <= UINT32_MAX && *n < NUMBERS_MAX)
        v[(*n)++] = (uint32_t)number.v;
}

/* Lenient: what it makes of a line does not matter, as long as all three get the same. */
static void parse_rule(struct arena *a, struct input *in, struct str line)
{
    struct config_device_rule *r = &in->rules[in->n];
    struct str rest = line, type, number = {NULL, 0}, access = {NULL, 0}, major, minor = {NULL, 0};

    if (line.len < 2 || in->n == RULES_MAX)
        return;
    *r = (struct config_device_rule){.allow = line.ptr[0] == '+'};
    rest.ptr++;
    rest.len--;
    (void)str_next(&rest, ' ', &type);
    r->type = type.len ? arena_strndup(a, type.ptr, type.len) : NULL;
    if (!str_next(&rest, ' ', &number)) {
        r->access = "rwm";
    } else {
        (void)str_next(&rest, ' ', &access);
        r->access = access.ptr ? arena_strndup(a, access.ptr, access.len) : NULL;
        (void)str_next(&number, ':', &major);
        (void)str_next(&number, ':', &minor);
        r->major = parse_number(major);
        r->minor = parse_number(minor);
    }
    add_number(in->majors, &in->n_majors, r->major);
    add_number(in->minors, &in->n_minors, r->minor);
    in->n++;
}

static void add_usual_numbers(struct input *in)
{
    static const int64_t majors[] = {1, 5, 136, 10, 77}, minors[] = {3, 2, 200, 0, 77};

    for (size_t i = 0; i < ARRAY_SIZE(majors); i++) {
        add_number(in->majors, &in->n_majors, (struct opt_i64){true, majors[i]});
        add_number(in->minors, &in->n_minors, (struct opt_i64){true, minors[i]});
    }
}

static bool is_single(uint32_t access)
{
    return (access & (access - 1)) == 0;
}

static void compare(const struct device_rules *r, const struct bpf_insn *insns, size_t n_insns,
                    const struct v1_cgroup *v1, const struct input *in)
{
    for (size_t i = 0; i < in->n_majors; i++) {
        for (size_t j = 0; j < in->n_minors; j++) {
            for (uint32_t rest = 0; rest < 16; rest++) {
                enum device_type type = rest & 8 ? DEVICE_BLOCK : DEVICE_CHAR;
                uint32_t access = rest & 7;
                bool want = devices_rules_check(r, type, in->majors[i], in->minors[j], access);
                bool granted;

                CHECK(ebpf_run(insns, n_insns, type, in->majors[i], in->minors[j], access) == (int)want);
                if (!v1 || access == 0)
                    continue;
                granted = v1_check(v1, type, in->majors[i], in->minors[j], access);
                CHECK(granted == want || (!granted && !is_single(access)));
            }
        }
    }
}

static void check_rules(struct arena *a, const struct input *in)
{
    static struct v1_cgroup v1;
    struct device_rules r;
    struct devices_v1_line *lines;
    struct bpf_insn *insns;
    size_t n_insns, n_lines;
    struct err e;
    int rc;

    err_init(&e);
    rc = devices_rules_decode(a, in->rules, in->n, &r, &e);
    if (rc < 0) {
        CHECK(rc == -EINVAL && strncmp(e.where, "/linux/resources/devices", 24) == 0 && e.message[0]);
        return;
    }
    CHECK(devices_bpf_build(a, &r, &insns, &n_insns, &e) == 0);
    CHECK(ebpf_is_sound(insns, n_insns));
    rc = devices_v1_lines(a, &r, &lines, &n_lines, &e);
    if (rc < 0) {
        CHECK(rc == -EINVAL && strstr(e.message, "hole"));
        compare(&r, insns, n_insns, NULL, in);
        return;
    }
    v1.allow = !r.default_allow; /* as it may have been before */
    v1.n = 0;
    for (size_t i = 0; i < n_lines; i++)
        CHECK(v1_apply(&v1, lines[i].allow, lines[i].text));
    compare(&r, insns, n_insns, &v1, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, line;
    struct input in = {.n = 0};
    struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    while (size && str_next(&rest, '\n', &line))
        parse_rule(&a, &in, line);
    add_usual_numbers(&in);
    check_rules(&a, &in);
    arena_done(&a);
    return 0;
}
