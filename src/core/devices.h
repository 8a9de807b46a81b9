/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices: the nodes of /dev (linux.devices and the default ones) and the rules of what may be opened
 * (linux.resources.devices).
 *
 * Rules: an ordered list over a default. For one device (type, major, minor) the *last* rule that matches it
 * and names an access bit decides that bit; the default decides where none does. A request (mknod, or an open
 * for read and write) is granted when every bit of it is. devices_rules_check() is that sentence as code: the
 * reference for both translations, the v1 lines below and the eBPF program of devices_bpf.h.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"
#include "core/plan.h"

/* Values of <linux/bpf.h> BPF_DEVCG_ACC_* and BPF_DEVCG_DEV_*, checked against it in devices_bpf.c. */
enum device_access { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };
#define DEVICE_ACCESS_ALL 7u
enum device_type { DEVICE_BLOCK = 1, DEVICE_CHAR = 2 };
#define DEVICE_TYPE_ALL 3u

struct device_rule {
    bool allow;
    uint8_t types;  /* enum device_type bits */
    uint8_t access; /* enum device_access bits, never 0 */
    bool any_major;
    bool any_minor;
    uint32_t major; /* 0 when any */
    uint32_t minor;
    uint32_t source; /* index in resources.devices; DEVICE_RULE_DEFAULT for one of ours */
};
#define DEVICE_RULE_DEFAULT UINT32_MAX
#define DEVICE_RULES_MAX    4096u /* of one configuration; translating to v1 takes quadratic time */

struct device_rules {
    bool default_allow; /* false, until a rule for everything says otherwise */
    struct device_rule *v;
    size_t n;
};

/*
 * resources.devices (n may be 0) with the default rules (core/tbl/device_rules.h) appended, so that no
 * container loses /dev/null; everything before the last rule for every device and access is folded into
 * default_allow. Errors at /linux/resources/devices/N: "device access at N field cannot be empty", unknown
 * type, letter, number out of range (-1 is "any", as absence is). -ENOMEM.
 */
int devices_rules_decode(struct arena *a, const struct config_device_rule *rules, size_t n,
                         struct device_rules *ret, struct err *reterr);

/* The reference: may a device be used so? `type` is one enum device_type, `access` any set of bits. */
bool devices_rules_check(const struct device_rules *r, enum device_type type, uint32_t major, uint32_t minor,
                         uint32_t access);

/* Every access to every device is granted (a privileged container): nothing to enforce. */
bool devices_rules_allow_all(const struct device_rules *r);

/* ---- cgroup v1 ---- */

struct devices_v1_line {
    bool allow;       /* file devices.allow, else devices.deny */
    const char *text; /* "a", "c 1:3 rwm": one write */
};

/*
 * The writes that bring a v1 devices cgroup into the state of `r`, whatever it was before: a reset, then one
 * line per exception. v1 knows no holes in wildcards ("c 1:* rwm" but not "c 1:3 rwm") and would ignore them
 * without a word: -EINVAL at the rule that cannot be expressed. -ENOMEM.
 */
int devices_v1_lines(struct arena *a, const struct device_rules *r, struct devices_v1_line **ret,
                     size_t *ret_n, struct err *reterr);

/* ---- nodes ---- */

/*
 * One of linux.devices as an operation: type letter (c, u, b, p), numbers, mode (default 0666), owner
 * (default 0:0; ids of the container). Fills everything but path, on_eperm and optional. `pointer` is the
 * JSON pointer of the device; errors name the member below it.
 */
int device_node_decode(const struct config_device *d, const char *pointer, struct plan_device *ret,
                       struct err *reterr);

/* /dev/null, zero, full, random, urandom, tty (config-linux.md "Default Devices"); mode 0666, owner 0:0. */
const struct plan_device *device_default_nodes(size_t *ret_n);
