/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd(5) and group(5) of the *container*, as text that somebody else has read. The text is hostile: it
 * comes from the image. No line is too long, no field is required but the ids, CRLF and a missing last
 * newline are fine; a line with a NUL byte, without a strict decimal id (0 ... 4294967294), empty, a comment
 * (#) or an NIS entry (+, -) is skipped, as the libc inside would do. The first matching line wins. Nothing
 * allocates; results are slices of the text.
 */
#pragma once

#include "base/str.h"

#include <stdint.h>

/* What a reader should read at most of such a file; the rest is ignored. */
#define PASSWD_MAX_BYTES (4u * 1024u * 1024u)

/* The longest home directory that is believed, as PATH_MAX without the NUL. */
#define PASSWD_HOME_MAX 4095

/* HOME of a uid that has no line, or a line without a home. */
#define PASSWD_HOME_DEFAULT "/"

struct passwd_entry {
    struct str name; /* may be empty */
    uint32_t uid;
    uint32_t gid; /* 0 and has_gid false when missing or not a number */
    bool has_gid;
    struct str home;  /* "" when the field is missing */
    struct str shell; /* "" when the field is missing */
};

struct group_entry {
    struct str name;
    uint32_t gid;
    struct str members; /* comma separated, as written */
};

/* 0, or -ENOENT when no line fits. */
int passwd_find_uid(struct str text, uint32_t uid, struct passwd_entry *ret);
int passwd_find_name(struct str text, const char *name, struct passwd_entry *ret);
int group_find_gid(struct str text, uint32_t gid, struct group_entry *ret);
int group_find_name(struct str text, const char *name, struct group_entry *ret);

/*
 * What HOME becomes when the configuration does not set it: the home of uid, PASSWD_HOME_DEFAULT when there
 * is no such line, the field is empty or it is longer than PASSWD_HOME_MAX. Never fails.
 */
struct str passwd_home(struct str text, uint32_t uid);
