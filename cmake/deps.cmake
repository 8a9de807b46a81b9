# SPDX-License-Identifier: Apache-2.0
#
# libsystemd: only the header of its sd-bus is needed, the library is loaded when --systemd-cgroup asks for it. A static
# program cannot load libraries.
option(LORICA_SYSTEMD "use systemd for cgroups, where its header is installed" ON)
add_library(lorica_dep_systemd INTERFACE)
if(LORICA_SYSTEMD AND NOT LORICA_STATIC)
    find_path(LORICA_SYSTEMD_INCLUDE systemd/sd-bus.h)
    if(LORICA_SYSTEMD_INCLUDE)
        target_compile_definitions(lorica_dep_systemd INTERFACE LORICA_SYSTEMD=1)
        target_link_libraries(lorica_dep_systemd INTERFACE ${CMAKE_DL_LIBS})
    else()
        message(WARNING "systemd/sd-bus.h not found (libsystemd-dev): this build refuses --systemd-cgroup")
    endif()
endif()

# cJSON and libseccomp, as lorica_dep_cjson and lorica_dep_seccomp. The static build compiles both from the
# distribution's source packages against musl (ci/static-deps.sh): no package holds them for that libc.
add_library(lorica_dep_cjson INTERFACE)
add_library(lorica_dep_seccomp INTERFACE)

if(LORICA_STATIC)
    set(LORICA_STATIC_DEPS ${CMAKE_SOURCE_DIR}/build/static-deps CACHE PATH "where ci/static-deps.sh has built, or will")
    if(NOT EXISTS ${LORICA_STATIC_DEPS}/complete)
        execute_process(COMMAND ${CMAKE_SOURCE_DIR}/ci/static-deps.sh ${LORICA_STATIC_DEPS} RESULT_VARIABLE failed)
        if(failed)
            message(FATAL_ERROR "ci/static-deps.sh failed; `make PRESET=release` builds a dynamic program without it")
        endif()
    endif()
    target_link_libraries(lorica_dep_cjson INTERFACE ${LORICA_STATIC_DEPS}/libcjson.a)
    target_link_libraries(lorica_dep_seccomp INTERFACE ${LORICA_STATIC_DEPS}/libseccomp.a)
else()
    find_library(LORICA_CJSON_SO cjson REQUIRED)
    find_library(LORICA_SECCOMP_SO seccomp REQUIRED)
    target_link_libraries(lorica_dep_cjson INTERFACE ${LORICA_CJSON_SO})
    target_link_libraries(lorica_dep_seccomp INTERFACE ${LORICA_SECCOMP_SO})
endif()
