/* SPDX-License-Identifier: Apache-2.0 */
/* config.md: the document, root, host name, annotations, hooks. */
#include "core/oci_version.h"
#include "core/validate_rules.h"

#include <inttypes.h>

/* Linux: __NEW_UTS_LEN, sethostname(2). */
#define UTS_NAME_MAX 64u

/* ---- ociVersion ---- */

/* One identifier of SemVer's pre-release or build part: [0-9A-Za-z-]+, without leading zeros where it counts.
 */
static bool semver_identifier(struct str id, bool is_prerelease)
{
    bool digits = true;

    if (id.len == 0)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool digit = c >= '0' && c <= '9';

        if (!digit && c != '-' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
            return false;
        digits = digits && digit;
    }
    return !(is_prerelease && digits && id.len > 1 && id.ptr[0] == '0');
}

static bool semver_identifiers(struct str list, bool is_prerelease)
{
    struct str id;

    while (str_next(&list, '.', &id))
        if (!semver_identifier(id, is_prerelease))
            return false;
    return true;
}

/* Cut `s` at the first `c`: what is behind it, ptr NULL when there is none. */
static struct str cut(struct str *s, char c)
{
    const char *at = s->len ? memchr(s->ptr, c, s->len) : NULL;
    struct str behind = {NULL, 0};

    if (at) {
        behind = (struct str){at + 1, s->len - (size_t)(at + 1 - s->ptr)};
        s->len = (size_t)(at - s->ptr);
    }
    return behind;
}

/* MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD], https://semver.org/spec/v2.0.0.html */
static bool semver_parse(const char *text, uint64_t part[3])
{
    struct str core = str_of(text), build = cut(&core, '+'), prerelease = cut(&core, '-'), number;

    for (int i = 0; i < 3; i++)
        if (!str_next(&core, '.', &number) || str_to_u64(number, UINT64_MAX, &part[i]) < 0)
            return false;
    if (core.ptr || (prerelease.ptr && !semver_identifiers(prerelease, true)))
        return false;
    return !build.ptr || semver_identifiers(build, false);
}

static void check_version(struct validation *v)
{
    const char *text = v->config->oci_version;
    uint64_t part[3], known[3];

    if (!text) {
        rule_error(v, "/ociVersion", "ociVersion must not be empty");
        return;
    }
    if (!semver_parse(text, part)) {
        rule_error(v, "/ociVersion", "%s is not a version in SemVer 2.0.0 format", rule_quote(v, text));
        return;
    }
    if (part[0] == 0)
        rule_error(v, "/ociVersion", "a configuration of version %s is upgraded before it is used",
                   rule_quote(v, text));
    else if (part[0] > 1)
        rule_error(v, "/ociVersion", "version %s of the specification is not supported", rule_quote(v, text));
    else if (semver_parse(OCI_VERSION, known) && part[1] > known[1])
        rule_warning(v, "/ociVersion", "version %s is newer than %s: what it has added is ignored",
                     rule_quote(v, text), OCI_VERSION);
}

/* ---- sections of the document ---- */

static void check_root(struct validation *v)
{
    if (!v->config->has_root)
        rule_error(v, "/root", "root must be specified");
    else if (!v->config->root.path)
        rule_error(v, "/root/path", "root.path must not be empty");
}

static void check_process_present(struct validation *v)
{
    if (!v->proc)
        rule_warning(v, "/process", "there is no process: the container can be created, not started");
}

/* `linux` may be absent, but not in a configuration that was written for another system. */
static void check_platform(struct validation *v)
{
    const struct strings *others = &v->config->other_platforms;

    for (size_t i = 0; i < others->n; i++) {
        const char *at = rule_at(v, "/%s", others->v[i]);

        if (v->config->has_linux || streq(others->v[i], "vm"))
            rule_warning(v, at, "\"%s\" is for another platform and is ignored", others->v[i]);
        else
            rule_error(v, at, "the configuration is for another platform (%s)", others->v[i]);
    }
}

static void check_case(struct validation *v)
{
    const struct strings *variants = &v->config->case_variants;

    for (size_t i = 0; i < variants->n; i++)
        rule_warning(v, variants->v[i],
                     "unknown property, ignored: it differs from a known one only in case");
}

/* The name of a namespace that is not the container's own must stay as it is. */
static void check_uts_name(struct validation *v, const char *name, const char *at, const char *what)
{
    if (!name)
        return;
    if (!config_namespace_find(v->config, NS_UTS))
        rule_error(v, at, "unable to set %s without a private UTS namespace", what);
    if (strlen(name) > UTS_NAME_MAX)
        rule_error(v, at, "%s has %zu bytes, more than %u", what, strlen(name), UTS_NAME_MAX);
}

static void check_hostname(struct validation *v)
{
    check_uts_name(v, v->config->hostname, "/hostname", "hostname");
}

static void check_domainname(struct validation *v)
{
    check_uts_name(v, v->config->domainname, "/domainname", "domainname");
}

static void check_annotations(struct validation *v)
{
    for (size_t i = 0; i < v->config->annotations.n; i++)
        if (!*v->config->annotations.v[i].key)
            rule_error(v, "/annotations/", "an annotation's key must not be empty");
}

/* ---- hooks ---- */

static void check_hook(struct validation *v, const struct config_hook *hook, const char *kind, size_t i)
{
    if (!rule_is_absolute(hook->path))
        rule_error(v, rule_at(v, "/hooks/%s/%zu/path", kind, i), "hook path %s must be absolute",
                   rule_quote(v, hook->path));
    if (hook->timeout_s.has && hook->timeout_s.v <= 0)
        rule_error(v, rule_at(v, "/hooks/%s/%zu/timeout", kind, i),
                   "hook timeout %" PRId64 " must be greater than zero", hook->timeout_s.v);
}

static void check_hooks(struct validation *v)
{
    for (unsigned kind = 0; kind < HOOK_KIND_COUNT; kind++)
        for (size_t i = 0; i < v->config->hooks[kind].n; i++)
            check_hook(v, &v->config->hooks[kind].v[i], hook_kind_name((enum hook_kind)kind), i);
}

static rule *const rules[] = {
    check_version,  check_root,       check_process_present, check_platform, check_case,
    check_hostname, check_domainname, check_annotations,     check_hooks,
};
const struct rule_list validate_document_rules = RULE_LIST(rules);
