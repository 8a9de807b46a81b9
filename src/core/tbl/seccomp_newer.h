/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, number, x86-64 only): system calls that are newer than libseccomp 2.5.4 knows (it ends at Linux 5.17).
 * Since Linux 5.1 a new call has one number on all architectures, to which some add a constant
 * (core/tbl/seccomp_archs.h); the two of 64-bit x86 alone are also calls of x32.
 * Source: scripts/syscall.tbl and arch/x86/entry/syscalls/syscall_64.tbl of Linux.
 */
X(uretprobe, 335, true)         /* 6.11 */
X(uprobe, 336, true)            /* 6.18 */
X(cachestat, 451, false)        /* 6.5 */
X(fchmodat2, 452, false)        /* 6.6 */
X(map_shadow_stack, 453, false) /* 6.6 */
X(futex_wake, 454, false)       /* 6.7 */
X(futex_wait, 455, false)
X(futex_requeue, 456, false)
X(statmount, 457, false) /* 6.8 */
X(listmount, 458, false)
X(lsm_get_self_attr, 459, false)
X(lsm_set_self_attr, 460, false)
X(lsm_list_modules, 461, false)
X(mseal, 462, false)      /* 6.10 */
X(setxattrat, 463, false) /* 6.13 */
X(getxattrat, 464, false)
X(listxattrat, 465, false)
X(removexattrat, 466, false)
X(open_tree_attr, 467, false) /* 6.15 */
X(file_getattr, 468, false)   /* 6.17 */
X(file_setattr, 469, false)
X(listns, 470, false)           /* 6.19 */
X(rseq_slice_yield, 471, false) /* 7.0 */
