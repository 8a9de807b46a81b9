#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

resources() { config '.linux.resources += $r' --argjson r "$1"; }

# running CONTROLLER…: a container to change, where these controllers are
running() {
    local c
    for c; do needs_controller "$c"; done
    args sleep 1000
    rt_detach
}
# file V1-CONTROLLER V1-FILE V2-FILE: the container's
file() { if [ "$CGROUP" = v2 ]; then echo "$(cgroup_of pids)/$3"; else echo "$(cgroup_of "$1")/$2"; fi; }
# is CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE
is() {
    local f want=$3 have
    f=$(file "$1" "$2" "$4")
    [ "$CGROUP" = v1 ] || want=$5
    have=$(cat "$f")
    [ "$have" = "$want" ] || { echo "$f is $have, not $want"; return 1; }
}
memory_is() { is memory memory.limit_in_bytes "$1" memory.max "$1"; }
cpu_is() {
    if [ "$CGROUP" = v2 ]; then is cpu - - cpu.max "$1 $2"; else is cpu cpu.cfs_quota_us "${1/max/-1}" - - && is cpu cpu.cfs_period_us "$2" - -; fi
}
io() { if [ "$CGROUP" = v2 ]; then echo io; else echo blkio; fi; }
has_swap() { [ -e "$(file memory memory.memsw.limit_in_bytes memory.swap.max)" ]; }
# a block device to name: major:minor
block_device() {
    local d
    for d in /sys/block/*/dev; do
        [ -e "$d" ] || continue
        case $d in */ram* | */loop*) ;; *) cat "$d"; return ;; esac
    done
    cat /sys/block/loop0/dev 2>/dev/null || true
}

@test "update: without anything, nothing changes" {
    running
    rt update "$ID"
    is_state running
}

@test "update --memory: in bytes, and with units" {
    differs crun "1.8.1 knows no units"
    running memory
    rt update --memory 33554432 "$ID"
    memory_is 33554432
    local pair
    for pair in 40m:41943040 65536k:67108864 1g:1073741824 50331648b:50331648 48MB:50331648 0.5G:536870912; do
        rt update --memory "${pair%:*}" "$ID"
        memory_is "${pair#*:}"
    done
}

@test "update --memory: seen from inside" {
    differs crun "1.8.1 knows no units"
    needs_controller memory
    config '.mounts += [{"destination": "/cg", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]'
    args sh -c 'while :; do cat /cg/memory/memory.limit_in_bytes /cg/memory.max /cg/*/memory.max /cg/*/*/memory.max 2>/dev/null; sleep 0.05; done'
    rt_detach
    rt update --memory 40m "$ID"
    wait_for 3 grep -qx 41943040 "$T/container.out"
}

@test "update --memory: -1 is no limit, and takes that of swap away" {
    differs crun "leaves that of swap"
    resources '{"memory": {"limit": 33554432, "swap": 67108864}}'
    needs_controller memory
    has_any_swap || config 'del(.linux.resources.memory.swap)'
    running memory
    rt update --memory=-1 "$ID"
    is memory memory.limit_in_bytes 9223372036854771712 memory.max max
    has_swap || return 0
    is memory memory.memsw.limit_in_bytes 9223372036854771712 memory.swap.max max
}
has_any_swap() { compgen -G "/sys/fs/cgroup/memory/*/memory.memsw.limit_in_bytes" >/dev/null || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]; }

@test "update --memory: below what is in use, with checkBeforeUpdate" {
    differs crun "1.8.1 does not look on v1"
    differs runc "1.1.5 does not look on v1"
    needs_controller memory
    resources '{"memory": {"limit": 104857600, "checkBeforeUpdate": true}}'
    probe_args alloc 20 hold
    rt_detach
    wait_for 5 is_printed holding
    run rt update --memory 8m --pids-limit 77 "$ID"
    fails 1
    lorica_says "rejecting memory limit 8388608 <= usage [0-9]+"
    memory_is 104857600
    [ "$CGROUP" = v2 ] || is pids pids.max max - -
}

@test "update --memory-swap: together with memory, up and down" {
    differs crun "1.8.1 knows no units"
    running memory
    has_swap || skip "swap is not counted"
    rt update --memory 32m --memory-swap 64m "$ID"
    memory_is 33554432
    is memory memory.memsw.limit_in_bytes 67108864 memory.swap.max 33554432
    rt update --memory 128m --memory-swap 192m "$ID"
    memory_is 134217728
    is memory memory.memsw.limit_in_bytes 201326592 memory.swap.max 67108864
    rt update --memory 16m --memory-swap 16m "$ID"
    memory_is 16777216
    is memory memory.memsw.limit_in_bytes 16777216 memory.swap.max 0
    rt update --memory-swap=-1 "$ID"
    is memory memory.memsw.limit_in_bytes 9223372036854771712 memory.swap.max max
}

@test "update --memory-swap: less than memory is refused, and nothing changes" {
    differs crun "1.8.1 knows no units"
    running memory pids
    rt update --memory 64m "$ID"
    run rt update --memory-swap 32m --pids-limit 5 "$ID"
    fails 1
    says "memory\+swap limit should be >= memory limit|invalid argument"
    memory_is 67108864
    is pids pids.max max pids.max max
}

@test "update --memory-reservation" {
    differs crun "1.8.1 knows no units"
    running memory
    [ "$CGROUP" = v2 ] || needs_soft_limit "$(cgroup_of memory)"
    rt update --memory-reservation 20m "$ID"
    is memory memory.soft_limit_in_bytes 20971520 memory.low 20971520
}

@test "update --cpu-quota, --cpu-period: each keeps the other" {
    differs crun "1.8.1 fails with -1"
    running cpu
    rt update --cpu-quota 50000 --cpu-period 200000 "$ID"
    cpu_is 50000 200000
    rt update --cpu-quota 60000 "$ID"
    cpu_is 60000 200000
    rt update --cpu-period 100000 "$ID"
    cpu_is 60000 100000
    rt update --cpu-quota=-1 "$ID"
    cpu_is max 100000
}

@test "update --cpu-period: keeps the quota of the configuration" {
    needs_controller cpu
    resources '{"cpu": {"quota": 30000, "period": 100000}}'
    running cpu
    rt update --cpu-period 50000 "$ID"
    cpu_is 30000 50000
}

@test "update --cpu-burst" {
    differs crun "does not know it"
    differs runc "1.1.5 does not know it"
    running cpu
    [ -e "$(file cpu cpu.cfs_burst_us cpu.max.burst)" ] || skip "no burst of cpu time (Linux 5.14)"
    rt update --cpu-quota 50000 --cpu-period 100000 --cpu-burst 20000 "$ID"
    is cpu cpu.cfs_burst_us 20000 cpu.max.burst 20000
    cpu_is 50000 100000
    run rt update --cpu-burst 60000 "$ID"
    fails 1
    lorica_says "cpu burst 60000 is greater than the quota 50000"
    rt update --cpu-burst 0 "$ID"
    is cpu cpu.cfs_burst_us 0 cpu.max.burst 0
}

@test "update --cpu-share" {
    running cpu
    rt update --cpu-share 512 "$ID"
    if [ "$RT_KIND" = lorica ]; then is cpu cpu.shares 512 cpu.weight 59; else is cpu cpu.shares 512 - -; fi
}

@test "update --cpu-idle: and back; shares are forgotten" {
    differs crun "does not know it"
    differs runc "1.1.5 does not know it"
    running cpu
    [ -e "$(file cpu cpu.idle cpu.idle)" ] || skip "no cpu.idle (Linux 5.15)"
    rt update --cpu-share 512 "$ID"
    rt update --cpu-idle 1 "$ID"
    is cpu cpu.idle 1 cpu.idle 1
    rt update --cpu-idle 0 "$ID"
    is cpu cpu.idle 0 cpu.idle 0
    is cpu cpu.shares 1024 cpu.weight 100
    run rt update --cpu-idle 2 "$ID"
    fails 1
}

@test "update --cpu-rt-period, --cpu-rt-runtime: refused by the kernel, and nothing changes" {
    differs crun "its own words"
    running cpu pids
    run rt update --cpu-rt-period 1000000 --cpu-rt-runtime 950000000 --pids-limit 9 "$ID"
    fails 1
    is pids pids.max max pids.max max
}

@test "update --cpuset-cpus, --cpuset-mems" {
    running cpuset
    rt update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
    is cpuset cpuset.cpus 0 cpuset.cpus 0
    is cpuset cpuset.mems 0 cpuset.mems 0
}

@test "update --pids-limit: a number, -1, and 0 by the version of the specification" {
    differs crun "1.8.1 fails with -1"
    running pids
    rt update --pids-limit 20 "$ID"
    is pids pids.max 20 pids.max 20
    rt update --pids-limit=-1 "$ID"
    is pids pids.max max pids.max max
    rt update --pids-limit 10 "$ID"
    rt update --pids-limit 0 "$ID"
    is pids pids.max 10 pids.max 10
}

@test "update --pids-limit: 0 is a limit for a bundle of version 1.3" {
    lorica_only "specification 1.3"
    config '.ociVersion = "1.3.0"'
    running pids
    rt update --pids-limit 0 "$ID"
    is pids pids.max 0 pids.max 0
}

@test "update --blkio-weight" {
    differs crun "1.8.1 knows one of the two files"
    running "$(io)"
    local f bfq
    f=$(compgen -G "$(file blkio blkio.weight io.weight)" || true)
    bfq=$(compgen -G "$(file blkio blkio.bfq.weight io.bfq.weight)" || true)
    [ -n "$f$bfq" ] || {
        run rt update --blkio-weight 300 --pids-limit 5 "$ID"
        fails 1
        ! has_controller pids || is pids pids.max max pids.max max
        return
    }
    rt update --blkio-weight 300 "$ID"
    [ -z "$bfq" ] || grep -qE '^(default )?300$' "$bfq"
    # a disk heeds one of them: peers write the first
    [ -n "$bfq" ] && [ "$RT_KIND" != lorica ] || [ -z "$f" ] || grep -qE '^(default )?(300|2930)$' "$f"
}

@test "update --kernel-memory, --kernel-memory-tcp: ignored with a warning" {
    differs crun "sets them"
    running memory
    run rt update --kernel-memory 20m --kernel-memory-tcp 10m --memory 50m "$ID"
    succeeds
    lorica_says "kernel memory limits are obsolete and ignored"
    memory_is 52428800
}

@test "update --l3-cache-schema, --mem-bw-schema: without intelRdt" {
    differs crun "its own words"
    running pids
    run rt update --l3-cache-schema "L3:0=f" --pids-limit 5 "$ID"
    fails 1
    lorica_says "cannot set l3-cache-schema: the container was created without intelRdt"
    run rt update --mem-bw-schema "MB:0=50" "$ID"
    fails 1
    is pids pids.max max pids.max max
}

@test "update: values that are none are refused, and nothing changes" {
    differs runc "1.1.5 takes some of them"
    differs crun "takes what atoi makes of it"
    running pids
    local option
    for option in --memory=x --memory=1mm --memory=-2 --memory=99999999999999999999 --cpu-quota=1.5 --cpu-share=-1 \
        --cpu-period=0x10 --pids-limit=many --blkio-weight=70000; do
        run rt update --pids-limit 5 "$option" "$ID"
        [ "$status" = 1 ] || { echo "$option"; show; false; }
    done
    is pids pids.max max pids.max max
    run rt update --memory=lots "$ID"
    says "invalid value for memory"
}

@test "update --resources: from a file, and from standard input" {
    running memory cpu pids
    echo '{"memory": {"limit": 50331648}, "cpu": {"quota": 40000, "period": 80000}, "pids": {"limit": 30}}' >"$T/r.json"
    rt update --resources "$T/r.json" "$ID"
    memory_is 50331648
    cpu_is 40000 80000
    is pids pids.max 30 pids.max 30
    rt update -r - "$ID" <<<'{"memory": {"limit": 67108864}}'
    memory_is 67108864
    cpu_is 40000 80000
    is pids pids.max 30 pids.max 30
}

@test "update --resources: other options do not count" {
    differs crun "both count"
    running pids
    rt update --pids-limit 99 --resources - "$ID" <<<'{"pids": {"limit": 44}}'
    is pids pids.max 44 pids.max 44
}

@test "update --resources: as Docker writes it, zeros and all" {
    differs crun "1.8.1 knows no units"
    running memory cpu pids
    rt update --pids-limit 25 --memory 64m "$ID"
    rt update --resources - "$ID" <<<'{"memory": {"limit": 0, "reservation": 0, "swap": 0, "kernel": 0},
        "cpu": {"shares": 700, "quota": 0, "period": 0, "cpus": "", "mems": ""}, "pids": {"limit": 0},
        "blockIO": {"weight": 0}}'
    memory_is 67108864
    is pids pids.max 25 pids.max 25
    [ "$CGROUP" = v2 ] || is cpu cpu.shares 700 - -
}

@test "update --resources: as containerd writes it for a pod: the whole object, devices too" {
    running memory cpu pids
    rt update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "r"}],
        "memory": {"limit": 104857600}, "cpu": {"shares": 256, "quota": 50000, "period": 100000}, "pids": {"limit": 50}}'
    memory_is 104857600
    [ "$CGROUP" = v2 ] || grep -q 'c 1:5 rwm' "$(cgroup_of devices)/devices.list"
}

@test "update --resources: devices that may be used do not change" {
    differs crun "changes them"
    needs_v1
    config '.linux.resources.devices = [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]'
    running devices
    local before
    before=$(cat "$(cgroup_of devices)/devices.list")
    rt update --resources - "$ID" <<<'{"devices": [{"allow": true, "access": "rwm"}]}'
    [ "$(cat "$(cgroup_of devices)/devices.list")" = "$before" ]
}

@test "update --resources: rates of devices are added one by one, and taken away" {
    differs runc "1.1.5 changes no rates"
    differs crun "1.8.1 fails to take one away on v2"
    needs_controller "$(io)"
    local first second
    first=$(block_device 2>/dev/null) || skip "needs two block devices"
    second=$(cat /sys/block/loop1/dev 2>/dev/null || true)
    [ -n "$first" ] && [ "$first" != "${second:-$first}" ] || skip "needs two block devices"
    rate() { jq -nc --arg d "$1" --argjson r "$2" '{blockIO: {throttleReadBpsDevice: [($d | split(":")) as $n | {major: ($n[0] | tonumber), minor: ($n[1] | tonumber), rate: $r}]}}'; }
    rates() { if [ "$CGROUP" = v2 ]; then sed -E 's/ rbps=([0-9max]*).*/ \1/' "$(cgroup_of pids)/io.max"; else cat "/sys/fs/cgroup/blkio/$ID/blkio.throttle.read_bps_device"; fi; }
    resources "$(rate "$first" 1000000)"
    running
    rate "$second" 2000000 | rt update --resources - "$ID"
    rates | grep -qx "$first 1000000"
    rates | grep -qx "$second 2000000"
    rate "$first" 3000000 | rt update --resources - "$ID"
    rates | grep -qx "$first 3000000"
    rates | grep -qx "$second 2000000"
    rate "$second" 0 | rt update --resources - "$ID"
    rates | grep -qx "$first 3000000"
    not grep -q "^$second [0-9]" <(rates)
}

@test "update --resources: unified" {
    needs_v2
    differs crun "1.8.1 ignores it"
    running memory
    rt update --resources - "$ID" <<<'{"unified": {"memory.high": "50331648", "memory.low": "1048576"}}'
    [ "$(cat "$(cgroup_of pids)/memory.high")" = 50331648 ]
    rt update --resources - "$ID" <<<'{"unified": {"memory.high": "max"}}'
    [ "$(cat "$(cgroup_of pids)/memory.high")" = max ]
    [ "$(cat "$(cgroup_of pids)/memory.low")" = 1048576 ]
}

@test "update --resources: documents that are refused, and nothing changes" {
    differs crun "reads it loosely"
    differs runc "reads it loosely"
    running pids
    local document
    for document in '' '{' '[]' '"x"' '{"pids": {"limit": 5}} x' '{"pids": {"limit": 5}, "pids": {"limit": 6}}' '{"pids": {"limit": "5"}}' \
        '{"pids": {"limit": 5}, "memory": {"limit": 1.5}}' '{"pids": {"limit": 5}, "unified": {"../x": "1"}}' \
        '{"pids": {"limit": 5}, "hugepageLimits": [{"pageSize": "../../x", "limit": 1}]}' \
        '{"pids": {"limit": 5}, "cpu": {"cpus": "0\n1"}}'; do
        run rt update --resources - "$ID" <<<"$document"
        [ "$status" = 1 ] || { echo "$document"; show; false; }
    done
    is pids pids.max max pids.max max
    run rt update --resources "$T/none" "$ID"
    fails 1
    matches "open $T/none: [Nn]o such file"
    run rt update --resources "$T" "$ID"
    fails 1
}

@test "update: what the kernel refuses is named with file and value, and everything before is taken back" {
    differs runc "1.1.5 leaves what was set"
    differs crun "leaves what was set"
    running memory cpu pids
    rt update --memory 64m --cpu-quota 50000 --cpu-period 100000 --pids-limit 40 "$ID"
    # a period above one second: late in the order, after memory
    run rt update --memory 32m --pids-limit 20 --cpu-quota 500 --cpu-period 2000000 "$ID"
    fails 1
    lorica_says 'write .*/cpu\.(cfs_period_us|cfs_quota_us|max).*: invalid argument'
    memory_is 67108864
    cpu_is 50000 100000
    is pids pids.max 40 pids.max 40
    # and what was refused is not remembered
    rt update --cpu-quota 60000 "$ID"
    cpu_is 60000 100000
}

@test "update: taken back in the right order when limits of memory and swap go up and down" {
    differs runc "1.1.5 leaves what was set"
    differs crun "leaves what was set"
    running memory cpu
    has_swap || skip "swap is not counted"
    rt update --memory 64m --memory-swap 96m "$ID"
    run rt update --memory 128m --memory-swap 256m --cpu-quota 500 --cpu-period 2000000 "$ID"
    fails 1
    memory_is 67108864
    is memory memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
    run rt update --memory 16m --memory-swap 16m --cpu-quota 500 --cpu-period 2000000 "$ID"
    fails 1
    memory_is 67108864
    is memory memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
}

@test "update: shares are taken back too when a group does not become idle after all" {
    differs crun "does not know it"
    differs runc "1.1.5 does not know it"
    running cpu
    [ -e "$(file cpu cpu.idle cpu.idle)" ] || skip "no cpu.idle (Linux 5.15)"
    rt update --cpu-share 512 "$ID"
    run rt update --cpu-idle 1 --cpu-quota 500 --cpu-period 2000000 "$ID"
    fails 1
    is cpu cpu.idle 0 cpu.idle 0
    is cpu cpu.shares 512 cpu.weight 59
}

@test "update: a controller that is not there is refused by name" {
    differs crun "its own words"
    differs runc "its own words"
    needs_v2
    not has_controller memory || skip "about a host without the memory controller"
    running
    run rt update --memory 64m "$ID"
    fails 1
    matches "controller memory is not available"
}

@test "update: a created and a paused container" {
    needs_controller pids
    args sleep 1000
    rt_create
    rt update --pids-limit 33 "$ID"
    is pids pids.max 33 pids.max 33
    rt_start
    rt pause "$ID"
    rt update --pids-limit 34 "$ID"
    is pids pids.max 34 pids.max 34
    is_state paused
}

@test "update: a stopped container" {
    differs crun "its own words"
    rt_create
    rt_start
    wait_for 3 is_state stopped
    run rt update --pids-limit 5 "$ID"
    fails 1
    lorica_says "container not running"
}

@test "update: no such container, and none at all" {
    differs crun "1.8.1 exits with 253"
    run rt update --pids-limit 5 "$ID"
    fails 1
    says "container does not exist"
    run rt update
    fails
    says '"update" requires exactly 1 argument'
}

@test "update: two at the same time end with one of both" {
    differs crun "1.8.1 knows no units"
    running memory pids
    local i pids=()
    for i in 1 2 3 4 5 6 7 8; do
        rt update --memory "$((i + 20))m" --pids-limit "$((i + 20))" "$ID" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    local n
    n=$(cat "$(file pids pids.max pids.max)")
    memory_is $((n * 1048576))
}

@test "update: the configuration of the record stays, the next update builds on what is in force" {
    lorica_only "its state directory"
    running cpu
    cp "$STATE/$ID/config.json" "$T/before"
    rt update --cpu-quota 50000 --cpu-period 50000 "$ID"
    cmp "$T/before" "$STATE/$ID/config.json"
    [ "$(jq -c '.cpu | {quota, period}' "$STATE/$ID/resources.json")" = '{"quota":50000,"period":50000}' ]
    rt update --cpu-quota 25000 "$ID"
    cpu_is 25000 50000
    rt delete --force "$ID"
    [ ! -e "$STATE/$ID" ]
}
