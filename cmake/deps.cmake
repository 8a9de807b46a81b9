# SPDX-License-Identifier: Apache-2.0
#
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
