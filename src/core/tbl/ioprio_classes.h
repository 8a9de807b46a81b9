/* SPDX-License-Identifier: Apache-2.0 */
/* X(name, number): process.ioPriority.class, runtime-spec 1.3.0 config.md "Linux Process"; <linux/ioprio.h>.
 */
X("IOPRIO_CLASS_RT", 1)
X("IOPRIO_CLASS_BE", 2)
X("IOPRIO_CLASS_IDLE", 3)
