# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the files about checkpoints share, beside helpers: a criu that works on this kernel (ci/criu.sh) in front of PATH,
# and a container that counts.

setup_file() {
    local criu
    if criu=$("$BATS_TEST_DIRNAME/../../ci/criu.sh" 2>"$BATS_FILE_TMPDIR/why"); then
        export WITH_CRIU=${criu%/*}
    fi
}

setup() {
    [ -n "${WITH_CRIU:-}" ] || skip "$(cat "$BATS_FILE_TMPDIR/why")"
    [ "$RT_KIND" != crun ] || "$RUNTIME" --version | grep -q '+CRIU' || skip "this crun is built without criu"
    PATH=$WITH_CRIU:$PATH
    lorica_setup
    # shellcheck disable=SC2034
    RT_TIMEOUT=60
    IMAGES=$T/images
    mkdir "$IMAGES"
    writable_root
    counter
}

# counter [BEFORE]: the container counts in its file /count, from 1
counter() {
    args /bin/sh -c "${1:-} i=0; while :; do i=\$((i+1)); echo \$i >/c && /bin/busybox mv /c /count; /bin/busybox usleep 20000; done"
}
count() { cat "$ROOTFS/count" 2>/dev/null || echo 0; }
counts_beyond() { [ "$(count)" -gt "$1" ]; }
up() { # no arguments
    detached
    wait_for 5 counts_beyond 3
}
detached() {
    if [ "$RT_KIND" = runc ]; then # it cannot dump files outside
        rt --log "$T/log" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    else
        rt_detach
    fi
}
# dump [ARG…], undump [ARG…]
dump() { rt checkpoint --image-path "$IMAGES" "$@" "$ID"; }
undump() {
    local status=0
    rt restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null >>"$T/container.out" 2>&1 || status=$?
    [ "$status" = 0 ] || { tail -n 1 "$T/container.out"; grep -hs Error "$IMAGES/restore.log" || true; }
    return "$status"
}
# runc 1.1 deletes the container itself
gone_again() { [ "$RT_KIND" = runc ] || rt delete "$ID"; }
# goes_on: the counter was not started anew and counts
goes_on() {
    local at=$1 now end=$((SECONDS + 6))
    until now=$(count) && [ "${now:-0}" -gt "$((at + 3))" ]; do
        [ "${now:-$at}" -ge "$at" ] || { echo "$now after $at: it began anew"; return 1; }
        [ "$SECONDS" -lt "$end" ] || { echo "it stands at $now"; return 1; }
        sleep 0.02
    done
}
failed_log() { [ -e "$IMAGES/dump.log" ] && grep -h Error "$IMAGES"/*.log; return 1; }
