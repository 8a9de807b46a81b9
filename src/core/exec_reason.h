/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a program cannot be executed, from what its file begins with: execve(2) says ENOENT, EACCES and ENOEXEC
 * for many reasons. Pure; kernel/exec looks at the file and asks.
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXEC_HEAD_MAX 4096u /* bytes of the file that are looked at */

enum exec_kind { EXEC_EMPTY, EXEC_SCRIPT, EXEC_ELF, EXEC_OTHER };

struct exec_head {
    enum exec_kind kind;
    struct str
        interpreter;   /* of a script or an ELF file, in the bytes given; "" when there is none in sight */
    uint16_t machine;  /* ELF e_machine (elf.h) */
    uint8_t elf_class; /* ELFCLASS32, ELFCLASS64 */
    bool big_endian;
};

void exec_head_read(const unsigned char *bytes, size_t len, struct exec_head *ret);

/* Of this program, as it was compiled. */
void exec_head_own(struct exec_head *ret);

/* "x86-64", "aarch64", ...; NULL for one that has no name here. */
const char *exec_machine_name(uint16_t machine);

struct exec_facts {
    int code; /* errno of execve or of the look before it, positive */
    struct exec_head head;
    struct exec_head own; /* of the running program; kind EXEC_ELF, or EXEC_EMPTY when it is not known */
    uint32_t mode;        /* st_mode */
    bool noexec;          /* the file system is mounted noexec */
};

/*
 * The reason as a part of a sentence into out: "interpreter \"/bin/bash\" of the script is missing". Returns
 * false, and "", when nothing better than the errno's text is known.
 */
bool exec_reason(const struct exec_facts *f, char *out, size_t cap);
