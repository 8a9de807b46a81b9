#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# AppArmor and SELinux. The profile needs a kernel that has AppArmor switched on, in a virtual machine for example:
#   tests/vm/run --kernel 6.1 --append "apparmor=1 security=apparmor" -- bats tests/bats/lsm.bats
# The SELinux tests rest on the policy that such a machine loads (tests/vm/selinux.cil):
#   tests/vm/run --kernel 6.1 --append "selinux=1 security=selinux" -- bats tests/bats/lsm.bats

load helpers

has_apparmor() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }
has_selinux() { [ -d /sys/fs/selinux/class ]; }

teardown() {
    [ -z "${PROFILE:-}" ] || apparmor_parser --remove --quiet "$T/profile" || true
    lorica_teardown
}

# confine: a profile of this test's name that keeps /etc/secret to itself
confine() {
    has_apparmor || skip "AppArmor is not enabled in this kernel"
    needs apparmor_parser
    [ -e /sys/kernel/security/apparmor ] || mount -t securityfs securityfs /sys/kernel/security
    PROFILE=lorica-test-$$
    printf 'profile %s flags=(attach_disconnected,mediate_deleted) {\n  file,\n  capability,\n  network,\n  signal,\n  deny /etc/secret r,\n}\n' \
        "$PROFILE" >"$T/profile"
    apparmor_parser --add --skip-cache "$T/profile"
    echo secret >"$ROOTFS/etc/secret"
}

@test "lsm: apparmorProfile is in force" {
    confine
    config '.process.apparmorProfile = $p' --arg p "$PROFILE"
    probe read /proc/self/attr/current open r /etc/secret open r /etc/passwd
    has "$PROFILE (enforce)"
    has "open r /etc/secret EACCES"
    has "open r /etc/passwd ok"
}

@test "lsm: apparmorProfile with no_new_privs, a user, sysctl and seccomp" {
    confine
    config '.process.apparmorProfile = $p | .process.noNewPrivileges = true | .process.user = {"uid": 1000, "gid": 1000}
        | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
        | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}' \
        --arg p "$PROFILE"
    probe read /proc/self/attr/current open r /etc/secret
    has "$PROFILE (enforce)"
    has "open r /etc/secret EACCES"
}

@test "lsm: exec has the container's profile" {
    confine
    config '.process.apparmorProfile = $p | .process.args = ["/bin/probe", "hold"]' --arg p "$PROFILE"
    rt_detach
    run rt exec "$ID" /bin/probe read /proc/self/attr/current open r /etc/secret
    has "$PROFILE (enforce)"
    has "open r /etc/secret EACCES"
    rt delete --force "$ID"
}

@test "lsm: a profile that is not loaded is an error" {
    has_apparmor || skip "AppArmor is not enabled in this kernel"
    config '.process.apparmorProfile = "lorica-no-such-profile"'
    rt_run
    fails 1
    matches 'apparmor profile lorica-no-such-profile'
}

@test "lsm: apparmorProfile on a kernel without AppArmor is an error" {
    differs crun "in words that name no profile"
    ! has_apparmor || skip "AppArmor is enabled in this kernel"
    config '.process.apparmorProfile = "p"'
    rt_run
    fails 1
    matches 'apparmor'
}

@test "lsm: apparmorProfile unconfined asks for nothing" {
    differs crun "refuses it where AppArmor is not enabled"
    differs runc "fails at it where AppArmor is not enabled"
    config '.process.apparmorProfile = "unconfined"'
    probe id
}

@test "lsm: selinuxLabel or mountLabel on a kernel without SELinux is an error" {
    differs crun "fails at /proc/self/attr/keycreate"
    ! has_selinux || skip "SELinux is enabled in this kernel"
    local edit
    for edit in '.process.selinuxLabel = "u:r:t:s0"' '.linux.mountLabel = "u:object_r:t:s0"'; do
        config "$edit"
        rt_run
        fails 1
        matches '[Ss][Ee][Ll]inux'
    done
}

# labelled: box_t may not read what is secret_t's
BOX=u:r:box_t:s0 SECRET=u:object_r:secret_t:s0
labelled() {
    grep -qsx 'u:r:host_t:s0.*' <(tr -d '\0' </proc/self/attr/current) || skip "no SELinux with the policy of the tests"
    config '.process.selinuxLabel = $box' --arg box "$BOX"
}
# what is secret_t's at /mnt, written and read by the program
secret() {
    config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]}]'
    args /bin/sh -c 'echo x >/mnt/f; /bin/probe open r /mnt/f open r /etc/passwd read /proc/self/attr/current'
}

@test "lsm: selinuxLabel is in force" {
    labelled
    secret
    rt_run
    has "open r /mnt/f ok"
    has "$BOX"
    config '.linux.mountLabel = $l' --arg l "$SECRET"
    rt_run
    has "open r /mnt/f EACCES"
    has "open r /etc/passwd ok"
    has "$BOX"
}

@test "lsm: mountLabel without a label of the process: the mounts have it" {
    labelled
    secret
    config 'del(.process.selinuxLabel) | .linux.mountLabel = $l' --arg l "$SECRET"
    rt_run
    has "open r /mnt/f ok"
    has "u:r:host_t:s0"
}

@test "lsm: selinuxLabel with no_new_privs, a user and seccomp" {
    labelled
    config '.process.noNewPrivileges = true | .process.user = {"uid": 1000, "gid": 1000}
        | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}'
    probe read /proc/self/attr/current
    has "$BOX"
}

@test "lsm: exec has the label of the container, or its own" {
    labelled
    config '.process.args = ["/bin/probe", "hold"]'
    rt_detach
    run rt exec "$ID" /bin/probe read /proc/self/attr/current
    has "$BOX"
    run rt exec --process-label "$BOX:c0" "$ID" /bin/probe read /proc/self/attr/current
    has "$BOX:c0"
    rt delete --force "$ID"
}

@test "lsm: the session keyring has the label of the process" {
    labelled
    probe keyring
    has "keyring_label $BOX"
}

@test "lsm: a label that the policy does not have is an error" {
    labelled
    local edit
    for edit in '.process.selinuxLabel = "u:r:nosuch_t:s0"' '.linux.mountLabel = "u:object_r:nosuch_t:s0"'; do
        config "$edit"
        rt_run
        fails 1
        nothing_left
    done
}
