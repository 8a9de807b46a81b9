# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # variables of run
#
# Part of tests/vm/run: User Mode Linux, a kernel as an ordinary program. Its root is the host's, by hostfs.

boot() {
    local libc=$kernel_dir/usr/lib/x86_64-linux-gnu loader=/dev/null program=("$kernel_dir/usr/bin/linux.uml")
    if [ -e "$libc/libc.so.6" ]; then
        loader=$libc/ld-linux-x86-64.so.2
        program=(env "LD_LIBRARY_PATH=$libc" "${program[@]}")
    fi
    # one that fetch built: it may have several processors, a disk, and real-time budgets, which only version 1 has
    if [ -e "$kernel_dir/config" ]; then
        truncate -s 64M "$work/disk"
        parameters="ncpus=${cpus:-1} ubd0=$work/disk $parameters"
        [ "$cgroup" = v2 ] || parameters="rt_group_sched=1 $parameters"
    elif [ "${cpus:-1}" != 1 ]; then
        fail "$kernel has one processor"
    fi
    mkdir "$work/uml"
    # shellcheck disable=SC2086
    HOME=/root "${boxed[@]}" "${program[@]}" $parameters "mem=${memory}M" root=/dev/root rootfstype=hostfs \
        rootflags=/ ro quiet seccomp=auto uml_dir="$work/uml" init="$work/ctl/uml-init" vm_ctl="$work/ctl" \
        panic=-1 con=null con0=null,fd:4 ssl=null ssl0=null,fd:3 \
        </dev/null 3>&1 4>"$work/console" 9<"$loader" >&4 2>&4 &
    pids+=("$!")
    wait "$!"
}
