/* SPDX-License-Identifier: Apache-2.0 */
/* Where the specification speaks of a property (core/tbl/spec_sections.h). */
#pragma once

/* "config.md#process" of the JSON pointer "/process/cwd": that of the nearest property around it which has a
 * section. Any pointer has one; that of the whole document is "config.md#configuration". */
const char *spec_section_of(const char *pointer);
