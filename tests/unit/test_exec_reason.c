/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/exec_reason.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct exec_head head_of(const char *text)
{
    struct exec_head h;

    exec_head_read((const unsigned char *)text, strlen(text), &h);
    return h;
}

static void test_exec_head_read__text(void **state)
{
    const struct {
        const char *text;
        enum exec_kind kind;
        const char *interpreter;
    } cases[] = {
        {"", EXEC_EMPTY, ""},
        {"x", EXEC_OTHER, ""},
        {"#", EXEC_OTHER, ""},
        {"#!", EXEC_SCRIPT, ""},
        {"#!\n/bin/sh", EXEC_SCRIPT, ""},
        {"#!/bin/sh", EXEC_SCRIPT, "/bin/sh"},
        {"#! \t/bin/sh -e x\ncode", EXEC_SCRIPT, "/bin/sh"},
        {"#!/bin/sh\r\ncode", EXEC_SCRIPT, "/bin/sh\r"},
        {"\177ELF", EXEC_OTHER, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct exec_head h = head_of(cases[i].text);

        assert_int_equal(h.kind, cases[i].kind);
        assert_true(str_eq(h.interpreter, cases[i].interpreter));
    }
}

struct image {
    Elf64_Ehdr e;
    Elf64_Phdr p[2];
    char interpreter[16];
};

static struct image image_of(uint16_t machine)
{
    struct image m = {
        .e = {.e_machine = machine,
              .e_phoff = offsetof(struct image, p),
              .e_phentsize = sizeof(Elf64_Phdr),
              .e_phnum = 2},
        .p = {{.p_type = PT_LOAD},
              {.p_type = PT_INTERP, .p_offset = offsetof(struct image, interpreter), .p_filesz = 9}},
        .interpreter = "/lib/x.1",
    };

    memcpy(m.e.e_ident, ELFMAG, SELFMAG);
    m.e.e_ident[EI_CLASS] = ELFCLASS64;
    m.e.e_ident[EI_DATA] = ELFDATA2LSB;
    return m;
}

static struct exec_head read_image(const struct image *m, size_t len)
{
    struct exec_head h;

    exec_head_read((const unsigned char *)m, len, &h);
    return h;
}

/* Little-endian images only: those of this machine's compiler. */
static void test_exec_head_read__elf(void **state)
{
    struct image m = image_of(EM_AARCH64);
    struct exec_head h = read_image(&m, sizeof(m));

    (void)state;
    assert_int_equal(h.kind, EXEC_ELF);
    assert_int_equal(h.machine, EM_AARCH64);
    assert_int_equal(h.elf_class, ELFCLASS64);
    assert_true(str_eq(h.interpreter, "/lib/x.1"));
    /* every length that is shorter: no reading beyond */
    for (size_t len = 0; len < sizeof(m); len++)
        read_image(&m, len);
    m.p[1].p_filesz = 8; /* not terminated */
    assert_true(str_eq(read_image(&m, sizeof(m)).interpreter, ""));
    m.p[1].p_filesz = UINT64_MAX;
    assert_true(str_eq(read_image(&m, sizeof(m)).interpreter, ""));
    m.p[1].p_offset = UINT64_MAX - 2;
    assert_true(str_eq(read_image(&m, sizeof(m)).interpreter, ""));
    m.e.e_phoff = UINT64_MAX - 8;
    assert_true(str_eq(read_image(&m, sizeof(m)).interpreter, ""));
    m.e.e_phentsize = 1;
    assert_true(str_eq(read_image(&m, sizeof(m)).interpreter, ""));
}

static void test_exec_reason__table(void **state)
{
    const struct exec_head own = {.kind = EXEC_ELF, .machine = EM_X86_64, .elf_class = ELFCLASS64};
    const struct exec_head arm = {.kind = EXEC_ELF, .machine = EM_AARCH64, .elf_class = ELFCLASS64};
    const struct exec_head x86 = {.kind = EXEC_ELF, .machine = EM_386, .elf_class = ELFCLASS32};
    const struct exec_head loaded = {
        .kind = EXEC_ELF, .machine = EM_X86_64, .elf_class = ELFCLASS64, .interpreter = {"/lib/ld", 7}};
    const struct {
        struct exec_facts f;
        const char *says;
    } cases[] = {
        {{.code = ENOENT, .head = head_of("#!/no -x\n")}, "interpreter \"/no\" of the script is missing"},
        {{.code = ENOENT, .head = head_of("#!/bin/sh\r\n")},
         "interpreter \"/bin/sh\\r\" of the script is missing"},
        {{.code = ENOENT, .head = loaded}, "dynamic loader \"/lib/ld\" of the program is missing"},
        {{.code = ENOENT, .head = head_of("text")}, ""},
        {{.code = EACCES, .mode = S_IFDIR | 0755}, "it is a directory"},
        {{.code = EACCES, .mode = S_IFIFO | 0755}, "it is no regular file"},
        {{.code = EACCES, .mode = S_IFREG | 0644}, "the file has no execute permission, mode 0644"},
        {{.code = EACCES, .mode = S_IFREG | 0755, .noexec = true}, "its file system is mounted noexec"},
        {{.code = EACCES, .mode = S_IFREG | 0755}, ""},
        {{.code = ENOEXEC, .head = head_of("")}, "the file is empty"},
        {{.code = ENOEXEC, .head = head_of("text")}, "neither a program nor a script that begins with #!"},
        {{.code = ENOEXEC, .head = head_of("#!\n")}, "the script's first line names no interpreter"},
        {{.code = ENOEXEC, .head = head_of("#!/bin/sh\n")}, ""},
        {{.code = ENOEXEC, .head = arm, .own = own}, "a program for aarch64, and this machine is x86-64"},
        {{.code = ENOEXEC, .head = x86, .own = own},
         "a program for x86 (32 bits), and this machine is x86-64"},
        {{.code = ENOEXEC, .head = own, .own = own}, ""},
        {{.code = ENOEXEC, .head = arm}, ""},
        {{.code = ENOMEM, .head = arm, .own = own}, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char out[256];

        assert_int_equal(exec_reason(&cases[i].f, out, sizeof(out)), cases[i].says[0] != '\0');
        assert_string_equal(out, cases[i].says);
    }
}

static void test_exec_head_own__has_a_name(void **state)
{
    struct exec_head own;

    (void)state;
    exec_head_own(&own);
    if (own.kind == EXEC_ELF)
        assert_non_null(exec_machine_name(own.machine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec_head_read__text),
        cmocka_unit_test(test_exec_head_read__elf),
        cmocka_unit_test(test_exec_reason__table),
        cmocka_unit_test(test_exec_head_own__has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
