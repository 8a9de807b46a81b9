# SPDX-License-Identifier: Apache-2.0
#
# lorica_flags: what every file of ours is compiled and linked with. lorica_strict: more warnings, for base and core.
# The probe and the timing helper of the tests use neither: they are plain static programs in every build.
add_library(lorica_flags INTERFACE)
add_library(lorica_strict INTERFACE)
if(LORICA_STATIC)
    # the kernel's headers, behind musl's own
    add_compile_options(-idirafter ${LORICA_STATIC_DEPS}/include)
endif()

target_compile_definitions(lorica_flags INTERFACE _GNU_SOURCE)
target_include_directories(lorica_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(lorica_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2
    -Wno-format-truncation -Wno-format-nonliteral -fvisibility=hidden -fno-strict-overflow
    -fno-delete-null-pointer-checks)
target_compile_options(lorica_strict INTERFACE -Wconversion -Wcast-qual)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    # gcc's name for it is not clang's
    target_compile_options(lorica_flags INTERFACE -Wno-unknown-warning-option)
endif()
if(LORICA_WERROR)
    target_compile_options(lorica_flags INTERFACE -Werror)
endif()

if(LORICA_STATIC)
    # musl: its start-up makes no CPUID calls, each of which a virtual machine traps (glibc makes dozens: 0.6 ms a start
    # on some hosts), and the program is half the size, which is copied at each start (kernel/exeseal). gcc's wrapper for
    # musl does not know -static-pie, so the start files are named here. FORTIFY has no effect with this libc.
    execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "-gnu" "-musl" musl_dir "/usr/lib/${multiarch}")
    # Small: no unwind tables (nothing throws, debuggers find theirs in the .debug file), no padding between segments.
    target_compile_options(lorica_flags INTERFACE -fPIE -ffunction-sections -fdata-sections
        -fno-asynchronous-unwind-tables -fno-unwind-tables)
    set(LORICA_EXE_LINK -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text,--gc-sections
        ${musl_dir}/rcrt1.o ${musl_dir}/crti.o)
    set(LORICA_EXE_END ${musl_dir}/crtn.o)
else()
    target_compile_options(lorica_flags INTERFACE -fPIC)
    set(LORICA_EXE_LINK -pie)
endif()

if(LORICA_HARDEN)
    target_compile_options(lorica_flags INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
        -ftrivial-auto-var-init=zero -Werror=format-security)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i.86)$")
        target_compile_options(lorica_flags INTERFACE -fcf-protection=full)
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
        target_compile_options(lorica_flags INTERFACE -mbranch-protection=standard)
    endif()
    target_link_options(lorica_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(LORICA_LTO)
    target_compile_options(lorica_flags INTERFACE -flto=auto)
    target_link_options(lorica_flags INTERFACE -flto=auto)
endif()
if(LORICA_COVERAGE)
    target_compile_options(lorica_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(lorica_flags INTERFACE --coverage)
endif()
if(LORICA_SANITIZE)
    target_compile_options(lorica_flags INTERFACE
        -fsanitize=${LORICA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(lorica_flags INTERFACE -fsanitize=${LORICA_SANITIZE})
endif()
if(LORICA_FUZZ)
    target_compile_options(lorica_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
