# SPDX-License-Identifier: Apache-2.0

# lorica_layer(NAME [STRICT] [VERSION] [LINK lib...]): src/NAME/*.c (main.c excepted) as the static library lorica_NAME.
# A layer without sources is an interface library, so that the layers above it can name it. The link order is the
# order of the layers; which layer may include which is checked by ci/check-includes.sh.
function(lorica_layer name)
    cmake_parse_arguments(arg "STRICT;VERSION" "" "LINK" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    if(NOT sources)
        add_library(lorica_${name} INTERFACE)
        target_link_libraries(lorica_${name} INTERFACE lorica_flags ${arg_LINK})
        return()
    endif()
    add_library(lorica_${name} STATIC ${sources})
    target_link_libraries(lorica_${name} PUBLIC ${arg_LINK} PRIVATE lorica_flags)
    if(arg_STRICT)
        target_link_libraries(lorica_${name} PRIVATE lorica_strict)
    endif()
    if(arg_VERSION)
        target_link_libraries(lorica_${name} PRIVATE lorica_version)
    endif()
endfunction()

lorica_layer(base STRICT)
lorica_layer(core STRICT LINK lorica_base lorica_dep_cjson)
lorica_layer(kernel LINK lorica_core lorica_base lorica_dep_seccomp lorica_dep_systemd)
lorica_layer(runtime VERSION LINK lorica_kernel lorica_core lorica_base)
lorica_layer(lib VERSION LINK lorica_runtime)
lorica_layer(cli VERSION LINK lorica_lib)

if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    add_executable(lorica ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    target_link_libraries(lorica PRIVATE lorica_flags lorica_version lorica_cli ${LORICA_EXE_END})
    target_link_options(lorica PRIVATE ${LORICA_EXE_LINK})
    if(LORICA_HARDEN)
        # What runs is copied into memory at each start (kernel/exeseal): debug information goes into a file of its own.
        add_custom_command(TARGET lorica POST_BUILD
            COMMAND objcopy --only-keep-debug $<TARGET_FILE:lorica> $<TARGET_FILE:lorica>.debug
            COMMAND objcopy --strip-all --add-gnu-debuglink=$<TARGET_FILE:lorica>.debug $<TARGET_FILE:lorica> VERBATIM)
    endif()
    install(TARGETS lorica RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
    install(FILES ${CMAKE_SOURCE_DIR}/docs/lorica.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
    # written from the option tables by the program itself
    add_custom_command(TARGET lorica POST_BUILD
        COMMAND lorica completion bash > ${CMAKE_BINARY_DIR}/lorica.bash-completion VERBATIM)
    install(FILES ${CMAKE_BINARY_DIR}/lorica.bash-completion RENAME lorica
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    add_test(NAME lorica-version COMMAND lorica --version)
    set_tests_properties(lorica-version PROPERTIES LABELS smoke)
endif()

# liblorica: every object from base to lib in one archive, and a shared library that exports lorica_* only.
get_target_property(lib_type lorica_lib TYPE)
if(lib_type STREQUAL STATIC_LIBRARY AND NOT LORICA_FUZZ)
    set(objects)
    foreach(layer base core kernel runtime lib)
        get_target_property(type lorica_${layer} TYPE)
        if(type STREQUAL STATIC_LIBRARY)
            list(APPEND objects $<TARGET_OBJECTS:lorica_${layer}>)
        endif()
    endforeach()
    add_library(lorica_archive STATIC ${objects})
    set_target_properties(lorica_archive PROPERTIES OUTPUT_NAME lorica LINKER_LANGUAGE C)
    install(TARGETS lorica_archive ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    if(NOT LORICA_STATIC)
        add_library(lorica_shared SHARED ${objects})
        target_link_libraries(lorica_shared PRIVATE lorica_flags lorica_dep_cjson lorica_dep_seccomp lorica_dep_systemd)
        set_target_properties(lorica_shared PROPERTIES OUTPUT_NAME lorica LINKER_LANGUAGE C
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
        install(TARGETS lorica_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endif()
    install(FILES ${CMAKE_SOURCE_DIR}/src/lib/lorica.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
