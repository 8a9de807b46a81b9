/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, value): process.scheduler.flags, runtime-spec 1.3.0 config.md "Linux Process"; values of
 * <linux/sched.h>, sched_setattr(2).
 */
X("SCHED_FLAG_RESET_ON_FORK", 0x01)
X("SCHED_FLAG_RECLAIM", 0x02)
X("SCHED_FLAG_DL_OVERRUN", 0x04)
X("SCHED_FLAG_KEEP_POLICY", 0x08)
X("SCHED_FLAG_KEEP_PARAMS", 0x10)
X("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20)
X("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40)
