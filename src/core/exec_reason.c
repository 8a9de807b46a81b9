/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exec_reason.h"

#include "core/quote.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what a file begins with ---- */

/* execve(2) "Interpreter scripts": blanks, the interpreter up to a blank or the end of the line. */
static struct str script_interpreter(const unsigned char *bytes, size_t len)
{
    size_t from = 2, to;

    while (from < len && (bytes[from] == ' ' || bytes[from] == '\t'))
        from++;
    to = from;
    while (to < len && bytes[to] != '\n' && bytes[to] != ' ' && bytes[to] != '\t' && bytes[to] != '\0')
        to++;
    return (struct str){(const char *)bytes + from, to - from};
}

static uint64_t number(const unsigned char *p, size_t n, bool big_endian)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[big_endian ? i : n - 1 - i];
    return v;
}

/* PT_INTERP, when its header and its text lie in what was read (elf(5)). */
static struct str elf_interpreter(const unsigned char *b, size_t len, bool wide, bool big_endian)
{
    const struct str none = {"", 0};
    uint64_t at = wide ? number(b + 32, 8, big_endian) : number(b + 28, 4, big_endian);
    uint64_t size = number(b + (wide ? 54 : 42), 2, big_endian);
    uint64_t n = number(b + (wide ? 56 : 44), 2, big_endian);

    if (size < (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
        return none;
    for (uint64_t i = 0; i < n && at <= len && size <= len - at; i++, at += size) {
        uint64_t offset = wide ? number(b + at + 8, 8, big_endian) : number(b + at + 4, 4, big_endian);
        uint64_t bytes = wide ? number(b + at + 32, 8, big_endian) : number(b + at + 16, 4, big_endian);

        if (number(b + at, 4, big_endian) != PT_INTERP)
            continue;
        if (offset > len || bytes > len - offset || bytes < 2 || b[offset + bytes - 1])
            return none;
        return (struct str){(const char *)b + offset, strlen((const char *)b + offset)};
    }
    return none;
}

static bool is_elf(const unsigned char *b, size_t len)
{
    return len >= sizeof(Elf32_Ehdr) && memcmp(b, ELFMAG, SELFMAG) == 0 &&
           (b[EI_CLASS] == ELFCLASS32 || (b[EI_CLASS] == ELFCLASS64 && len >= sizeof(Elf64_Ehdr)));
}

void exec_head_read(const unsigned char *bytes, size_t len, struct exec_head *ret)
{
    *ret = (struct exec_head){.kind = EXEC_OTHER, .interpreter = {"", 0}};
    if (len == 0) {
        ret->kind = EXEC_EMPTY;
    } else if (len >= 2 && bytes[0] == '#' && bytes[1] == '!') {
        ret->kind = EXEC_SCRIPT;
        ret->interpreter = script_interpreter(bytes, len);
    } else if (is_elf(bytes, len)) {
        ret->kind = EXEC_ELF;
        ret->elf_class = bytes[EI_CLASS];
        ret->big_endian = bytes[EI_DATA] == ELFDATA2MSB;
        ret->machine = (uint16_t)number(bytes + 18, 2, ret->big_endian);
        ret->interpreter = elf_interpreter(bytes, len, ret->elf_class == ELFCLASS64, ret->big_endian);
    }
}

void exec_head_own(struct exec_head *ret)
{
    static const uint16_t machine =
#if defined(__x86_64__)
        EM_X86_64;
#elif defined(__i386__)
        EM_386;
#elif defined(__aarch64__)
        EM_AARCH64;
#elif defined(__arm__)
        EM_ARM;
#elif defined(__riscv)
        EM_RISCV;
#elif defined(__powerpc64__)
        EM_PPC64;
#elif defined(__s390x__)
        EM_S390;
#else
        EM_NONE;
#endif

    *ret = (struct exec_head){.kind = machine == EM_NONE ? EXEC_EMPTY : EXEC_ELF,
                              .machine = machine,
                              .elf_class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32};
}

const char *exec_machine_name(uint16_t machine)
{
    switch (machine) {
    case EM_386: return "x86";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "arm";
    case EM_AARCH64: return "aarch64";
    case EM_RISCV: return "riscv";
    case EM_PPC: return "ppc";
    case EM_PPC64: return "ppc64";
    case EM_S390: return "s390";
    case EM_MIPS: return "mips";
    case 258: return "loongarch";
    default: return NULL;
    }
}

/* ---- why ---- */

static bool missing(const struct exec_facts *f, char *out, size_t cap)
{
    char quoted[160];

    if (!f->head.interpreter.len)
        return false;
    quote_go_into(quoted, sizeof(quoted), f->head.interpreter);
    if (f->head.kind == EXEC_SCRIPT)
        snprintf(out, cap, "interpreter %s of the script is missing", quoted);
    else
        snprintf(out, cap, "dynamic loader %s of the program is missing", quoted);
    return true;
}

static bool denied(const struct exec_facts *f, char *out, size_t cap)
{
    if (S_ISDIR(f->mode))
        snprintf(out, cap, "it is a directory");
    else if (!S_ISREG(f->mode))
        snprintf(out, cap, "it is no regular file");
    else if (f->noexec)
        snprintf(out, cap, "its file system is mounted noexec");
    else if (!(f->mode & 0111))
        snprintf(out, cap, "the file has no execute permission, mode 0%o", (unsigned)(f->mode & 07777));
    else
        return false;
    return true;
}

static bool no_program(const struct exec_facts *f, char *out, size_t cap)
{
    const struct exec_head *h = &f->head, *own = &f->own;
    const char *name = exec_machine_name(h->machine), *ours = exec_machine_name(own->machine);

    switch (h->kind) {
    case EXEC_EMPTY: snprintf(out, cap, "the file is empty"); return true;
    case EXEC_OTHER: snprintf(out, cap, "neither a program nor a script that begins with #!"); return true;
    case EXEC_SCRIPT:
        if (h->interpreter.len)
            return false;
        snprintf(out, cap, "the script's first line names no interpreter");
        return true;
    case EXEC_ELF: break;
    }
    if (own->kind != EXEC_ELF || (h->machine == own->machine && h->elf_class == own->elf_class))
        return false;
    snprintf(out, cap, "a program for %s%s, and this machine is %s", name ? name : "another machine",
             h->elf_class == ELFCLASS32 && own->elf_class == ELFCLASS64 ? " (32 bits)" : "",
             ours ? ours : "not one");
    return true;
}

bool exec_reason(const struct exec_facts *f, char *out, size_t cap)
{
    out[0] = '\0';
    switch (f->code) {
    case ENOENT: return missing(f, out, cap);
    case EACCES:
    case EPERM: return denied(f, out, cap);
    case ENOEXEC: return no_program(f, out, cap);
    default: return false;
    }
}
