# SPDX-License-Identifier: Apache-2.0
#
# tests/unit/test_X.c  -> program and ctest test unit-X   (label unit)
# tests/kernel/test_X.c -> kernel-X                       (label kernel)
# fuzz/fuzz_X.c -> with LORICA_FUZZ the libFuzzer program fuzz_X, otherwise the program replay_X and the ctest test
#                  replay-X over fuzz/corpus/fuzz_X (label replay)
# Tests run in the source directory, link all layers, and may ask for linker flags of their own by a line
#     /* link: -Wl,--wrap=malloc */
find_library(LORICA_CMOCKA cmocka)
set(lorica_layers lorica_cli lorica_lib lorica_runtime lorica_kernel lorica_core lorica_base)

function(lorica_link_line source target)
    file(STRINGS ${source} line REGEX "^/\\* link: " LIMIT_COUNT 1)
    if(line MATCHES "^/\\* link: (.*) \\*/")
        separate_arguments(options UNIX_COMMAND "${CMAKE_MATCH_1}")
        target_link_options(${target} PRIVATE ${options})
    endif()
endfunction()

function(lorica_test_directory kind)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${kind}/test_*.c)
    foreach(source ${sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "^test_" "" module ${name})
        set(target ${kind}_${name})
        add_executable(${target} ${source})
        target_link_libraries(${target} PRIVATE lorica_flags lorica_version ${lorica_layers} ${LORICA_CMOCKA})
        target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
        target_compile_definitions(${target} PRIVATE LORICA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${kind})
        lorica_link_line(${source} ${target})
        add_test(NAME ${kind}-${module} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        # 77: the machine lacks what the test needs
        set_tests_properties(${kind}-${module} PROPERTIES LABELS ${kind} TIMEOUT 300 SKIP_RETURN_CODE 77)
    endforeach()
endfunction()

file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/fuzz_*.c)
if(LORICA_FUZZ)
    foreach(source ${fuzz_sources})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE lorica_flags ${lorica_layers})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        target_compile_definitions(${name} PRIVATE LORICA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        lorica_link_line(${source} ${name})
        set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    endforeach()
    return()
endif()

foreach(source ${fuzz_sources})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "^fuzz_" "" module ${name})
    add_executable(replay_${module} ${source} ${CMAKE_SOURCE_DIR}/fuzz/replay_main.c)
    target_link_libraries(replay_${module} PRIVATE lorica_flags ${lorica_layers})
    target_compile_definitions(replay_${module} PRIVATE LORICA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # the entry point is libFuzzer's: its prototype is in no header
    target_compile_options(replay_${module} PRIVATE -Wno-missing-prototypes)
    lorica_link_line(${source} replay_${module})
    set_target_properties(replay_${module} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_test(NAME replay-${module} COMMAND replay_${module} fuzz/corpus/${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(replay-${module} PROPERTIES LABELS replay TIMEOUT 300)
endforeach()

# what ci/check-conformance.sh asks for the members of config.json
add_executable(list_fields ${CMAKE_SOURCE_DIR}/tests/unit/list_fields.c)
target_link_libraries(list_fields PRIVATE lorica_flags lorica_core lorica_base)
set_target_properties(list_fields PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_test(NAME conformance COMMAND ${CMAKE_SOURCE_DIR}/ci/check-conformance.sh WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(conformance PROPERTIES LABELS smoke TIMEOUT 300 ENVIRONMENT "BUILD=${CMAKE_BINARY_DIR}")

if(NOT LORICA_CMOCKA)
    message(WARNING "cmocka not found: no unit tests in this build")
    return()
endif()
lorica_test_directory(unit)
lorica_test_directory(kernel)
