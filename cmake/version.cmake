# SPDX-License-Identifier: Apache-2.0
#
# LORICA_VERSION ("0.1.0") and LORICA_COMMIT (git describe, "" outside a repository), for the layers that print them.
# LORICA_COMMIT may be given on the command line, for builds from a tarball.
set(LORICA_COMMIT "" CACHE STRING "what `lorica --version` calls the commit; empty: ask git")
set(lorica_commit "${LORICA_COMMIT}")
if(lorica_commit STREQUAL "" AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
    execute_process(
        COMMAND git -c safe.directory=${CMAKE_SOURCE_DIR} describe --always --tags --dirty --abbrev=12
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE lorica_commit OUTPUT_STRIP_TRAILING_WHITESPACE
        ERROR_QUIET)
endif()
add_library(lorica_version INTERFACE)
target_compile_definitions(lorica_version INTERFACE
    LORICA_VERSION="${PROJECT_VERSION}" LORICA_COMMIT="${lorica_commit}")
