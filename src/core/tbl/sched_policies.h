/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, number): process.scheduler.policy, runtime-spec 1.3.0 config.md "Linux Process"; numbers of
 * <linux/sched.h> (SCHED_ISO is reserved there and not implemented).
 */
X("SCHED_OTHER", 0)
X("SCHED_FIFO", 1)
X("SCHED_RR", 2)
X("SCHED_BATCH", 3)
X("SCHED_ISO", 4)
X("SCHED_IDLE", 5)
X("SCHED_DEADLINE", 6)
