/* SPDX-License-Identifier: Apache-2.0 */
/* X(name, value): linux.personality.domain, runtime-spec 1.3.0 config-linux.md "Personality";
 * <linux/personality.h>. */
X("LINUX", 0x0000)
X("LINUX32", 0x0008)
