#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.terminal: the console socket, and the relay of an attached run.

load helpers

setup() {
    lorica_setup
    config '.process.terminal = true'
    SOCKET=$T/console
}

# receiver [SOCKET]: takes one terminal; $T/tty.in is typed, what is printed goes to $T/tty.out, what came to $T/tty.info
receiver() { take_terminal "${1:-$SOCKET}" tty; }
is_shown() { tr -d '\r' <"$T/tty.out" | grep -qxF -- "$1"; }
# in_script COMMAND: on a terminal of its own, its output in $output without carriage returns
in_script() {
    run timeout -k 2 "$RT_TIMEOUT" script -qec "$1" /dev/null </dev/null
    output=${output//$'\r'/}
    output=${output//^@/} # what script(1) types at the end of its input
}
# the runtime's attached run, as text for a shell
attached() { printf "LORICA_TEST_ID=%s '%s' --root '%s' run --bundle '%s' '%s'" "$ID" "$RUNTIME" "$STATE" "$BUNDLE" "$ID"; }
# cpu_ms PID: processor time so far
cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }

# ---- the console socket ----

@test "console socket: create hands over the master of the program's terminal" {
    config '.process.consoleSize = {"height": 31, "width": 117}'
    probe_args tty stat /dev/console stat /dev/pts/0 termios
    receiver
    rt_create --console-socket "$SOCKET"
    wait_for 2 grep -q '^descriptors 1$' "$T/tty.info"
    [ "$RT_KIND" = crun ] || grep -q '^payload /dev/p' "$T/tty.info"
    grep -q '^size 31x117$' "$T/tty.info"
    grep -q '^blocking yes$' "$T/tty.info"
    rt_start
    wait_for 2 is_state stopped
    output=$(tr -d '\r' <"$T/tty.out")
    has "tty 0 yes /dev/pts/0"
    has "tty 1 yes /dev/pts/0"
    has "tty 2 yes /dev/pts/0"
    has "ctty ok"
    has "winsize 31x117"
    matches '^stat /dev/console char 0620 0:5 136:0'
    matches '^stat /dev/pts/0 char 0620 0:5 136:0'
    matches '^termios canonical=1 echo=1 signals=1 opost=1'
}

@test "console socket: run --detach, with a program that is talked to" {
    args /bin/sh -c 'while read -r x; do echo "got $x"; [ "$x" != end ] || exit; done'
    receiver
    rt run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null
    echo one >"$T/tty.in"
    wait_for 2 is_shown "got one"
    echo end >"$T/tty.in"
    wait_for 2 is_shown "got end"
    wait_for 2 is_state stopped
}

@test "console socket: the keys of the terminal are signals for the program" {
    args /bin/sh -c 'trap "echo interrupted; exit" INT; echo ready; sleep 20 & wait'
    receiver
    rt run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null
    wait_for 2 is_shown ready
    printf '\003' >"$T/tty.in"
    wait_for 2 grep -q interrupted "$T/tty.out"
}

@test "console socket: the terminal belongs to the program's user" {
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args stat /dev/pts/0 open rw /dev/tty open rw /dev/console
    receiver
    rt run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null
    wait_for 2 is_state stopped
    output=$(tr -d '\r' <"$T/tty.out")
    matches '^stat /dev/pts/0 char 0620 1000:5 '
    has "open rw /dev/tty ok"
    has "open rw /dev/console ok"
}

@test "console socket: a path longer than the address of a socket" {
    differs crun "1.8.1 refuses it"
    differs runc "1.1.5 refuses it"
    local dir=$T/d
    while [ ${#dir} -lt 300 ]; do dir=$dir/0123456789012345678901234567890123456789; done
    mkdir -p "$dir"
    probe_args tty
    receiver "$dir/console"
    rt run --detach --console-socket "$dir/console" --bundle "$BUNDLE" "$ID" </dev/null
    wait_for 2 is_shown "ctty ok"
}

@test "console socket: one that is not there, or no socket, is an error before anything is made" {
    probe_args tty
    echo x >"$T/file"
    local path
    for path in "$T/no-such" "$T/file" "$T/no/dir/console"; do
        run rt create --console-socket "$path" --bundle "$BUNDLE" "$ID" </dev/null
        fails
        lorica_says "--console-socket: connect $path: "
        nothing_left
    done
}

@test "console socket: nobody accepts: no hang" {
    "$PEER" deaf "$SOCKET" 2>"$T/tty.info" 3>&- &
    BACKGROUND+=($!)
    wait_for 5 grep -q listening "$T/tty.info"
    probe_args tty
    try rt create --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID"
    succeeds
    [ "$(state_of)" = created ]
}

@test "console socket: nobody has room for it: bounded" {
    differs crun "waits for ever"
    differs runc "waits for ever"
    "$PEER" deaf "$SOCKET" 0 2>"$T/tty.info" 3>&- &
    BACKGROUND+=($!)
    wait_for 5 grep -q listening "$T/tty.info"
    probe_args tty
    try rt create --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID"
    succeeds
    try rt create --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID-2"
    fails 1
    message "--console-socket: connect $SOCKET: .*timed out"
}

@test "console socket: wanted by create and run --detach with a terminal, and by nobody else" {
    probe_args tty
    run rt create --bundle "$BUNDLE" "$ID" </dev/null
    fails
    says "cannot allocate tty if runc will detach without setting console socket"
    run rt run --detach --bundle "$BUNDLE" "$ID" </dev/null
    fails
    says "cannot allocate tty if runc will detach without setting console socket"
    [ "$RT_KIND" != crun ] || return 0 # it does not look
    run rt run --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null
    fails
    says "cannot use console socket if runc will not detach or allocate tty"
    config '.process.terminal = false'
    run rt create --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null
    fails
    says "cannot use console socket if runc will not detach or allocate tty"
    nothing_left
}

# ---- attached: what the program sees ----

@test "attached: a terminal, with the size of the caller's" {
    needs script
    differs crun "gives it no size before the first change"
    probe_args sleep 300 tty # peers set the size when it runs already
    in_script "stty rows 33 cols 101; $(attached)"
    succeeds
    has "tty 0 yes /dev/pts/0"
    has "ctty ok"
    has "winsize 33x101"
}

@test "attached: consoleSize where the caller has no terminal" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    config '.process.consoleSize = {"height": 31, "width": 117}'
    probe_args tty
    rt_run </dev/null
    succeeds
    output=${output//$'\r'/}
    has "winsize 31x117"
}

@test "attached: exit status" {
    needs script
    probe_args exit 7
    in_script "$(attached)"
    fails 7
    args /bin/sh -c 'kill -TERM $$; sleep 5'
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    in_script "$(attached)"
    [ "$status" = 143 ]
}

@test "attached: in a user namespace" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    user_namespace
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args tty stat /dev/pts/0 open rw /dev/console
    rt_run </dev/null
    succeeds
    output=${output//$'\r'/}
    has "ctty ok"
    matches '^stat /dev/pts/0 char 0620 1000:5 '
    has "open rw /dev/console ok"
}

# ---- attached: standard input ----

@test "attached: a file as standard input is typed, and its end is the end of input" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "never ends the input"
    args /bin/sh -c 'n=0; while read -r x; do n=$((n + 1)); done; echo "lines $n, rest <$x>"'
    printf 'a\nb\nc\n' >"$T/in"
    run rt run --bundle "$BUNDLE" "$ID" <"$T/in"
    succeeds
    output=${output//$'\r'/}
    has "lines 3, rest <>"
    printf 'a\nb\nrest' >"$T/in"
    run rt run --bundle "$BUNDLE" "$ID" < <(cat "$T/in")
    succeeds
    output=${output//$'\r'/}
    matches 'lines 2, rest <rest>$'
}

@test "attached: a slow program gets every byte of a fast writer" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    probe_args raw print ready sip 300000 0
    rt_background_from() { LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&- <"$1" & }
    mkfifo "$T/in"
    rt_background_from "$T/in"
    PID=$!
    BACKGROUND+=("$PID")
    exec 9>"$T/in"
    wait_for 5 is_printed ready
    head -c 300000 /dev/zero | tr '\0' 'y' >&9
    await "$PID"
    exec 9>&-
    succeeds
    is_printed "read 300000"
}

# ---- attached: standard output ----

@test "attached: 10 MB arrive whole in a pipe" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    probe_args flood 10240
    [ "$(rt run --bundle "$BUNDLE" "$ID" </dev/null | tr -d '\r' | wc -c)" = $((10240 * 1024)) ]
}

@test "attached: 10 MB arrive whole in a file" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    probe_args flood 10240
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out"
    [ "$(tr -d '\r' <"$T/out" | wc -c)" = $((10240 * 1024)) ]
}

@test "attached: the last bytes of a program that ends at once" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    local i
    probe_args flood 60 exit 3
    for i in $(rounds 20); do
        [ "$(rt run --bundle "$BUNDLE" "$ID" </dev/null | tr -d '\r' | wc -c)" = $((60 * 1024)) ]
    done
}

@test "attached: a reader that stops loses nothing, and costs no processor time" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 waits for the reader alone"
    probe_args flood 4096
    mkfifo "$T/out"
    (sleep 3 && tr -d '\r' | wc -c >"$T/count") <"$T/out" 3>&- &
    BACKGROUND+=($!)
    local reader=$!
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>/dev/null 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    sleep 1
    local before
    before=$(cpu_ms "$PID")
    sleep 1
    [ $(($(cpu_ms "$PID") - before)) -le 50 ]
    await "$PID"
    succeeds
    wait "$reader"
    [ "$(cat "$T/count")" = $((4096 * 1024)) ]
}

@test "attached: a signal reaches the program while the reader is stopped" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 waits for the reader alone"
    # 150 KB: more than the pipe and the terminal hold
    args /bin/sh -c 'trap "exit 9" TERM; /bin/probe flood 150 & wait; exit 1'
    mkfifo "$T/out"
    sleep 30 <"$T/out" 3>&- &
    BACKGROUND+=($!)
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>/dev/null 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    wait_for 3 is_state running
    sleep 0.5
    kill -TERM "$PID"
    wait_for 3 is_state stopped
    # what is left is for the reader, until somebody ends the wait
    kill -TERM "$PID"
    await "$PID"
    fails 9
}

@test "attached: a reader that goes away hangs up the terminal" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 fails"
    args /bin/sh -c 'while :; do echo x || exit 4; done'
    set +o pipefail
    run bash -c "$(attached) </dev/null | head -c 100 >/dev/null; exit \${PIPESTATUS[0]}"
    fails 4
    nothing_left
}

@test "attached: a program that closes its terminal and opens it again" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 ends the relay"
    probe_args print before reopen 1500 print after exit 5
    rt_background
    wait_for 3 is_printed before
    sleep 0.5
    local before
    before=$(cpu_ms "$PID")
    sleep 0.7
    # User Mode Linux counts a whole tick for each look; spinning would take 700
    local most=50
    [[ "${LORICA_VM:-}" != uml* ]] || most=350
    [ $(($(cpu_ms "$PID") - before)) -le $most ]
    await "$PID"
    fails 5
    is_printed after
}

# ---- the caller's terminal ----

@test "attached: the caller's terminal is given back on every way out" {
    needs script
    local stty='echo "modes $(stty -g)"'
    same_twice() {
        output=$(grep -o 'modes [0-9a-f:]*' <<<"$output")
        [ "$(wc -l <<<"$output")" = 2 ] && [ "$(sort -u <<<"$output" | wc -l)" = 1 ] || { show; return 1; }
    }
    args /bin/true
    in_script "$stty; $(attached); $stty"
    same_twice
    # the program is killed
    args /bin/sh -c 'kill -KILL $$; sleep 9'
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    in_script "$stty; $(attached); $stty"
    same_twice
    # the runtime gets a signal
    args /bin/sh -c 'trap "exit 0" TERM; sleep 20 & wait'
    in_script "$stty; $(attached) & sleep 1; kill -TERM \$!; wait \$!; $stty"
    same_twice
    # the start fails
    args /no/such/program
    in_script "$stty; $(attached) 2>/dev/null; $stty"
    same_twice
}

# ---- what an image may put in the way (CVE-2025-52565) ----

@test "terminal: without a devpts it is refused" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    config 'del(.mounts[] | select(.destination == "/dev/pts"))'
    probe_args tty
    rt_run </dev/null
    fails
    lorica_says '/dev/pts'
    nothing_left
}

@test "terminal: what an image has in place of a devpts is not used" {
    lorica_only "peers take some"
    config 'del(.mounts[] | select(.destination | startswith("/dev")))'
    probe_args tty print ran
    rm -rf "$ROOTFS/dev"
    mkdir -p "$ROOTFS/dev/pts"
    mkfifo "$ROOTFS/dev/pts/ptmx"
    local i
    for i in $(seq 0 63); do ln -s /proc/sys/kernel/core_pattern "$ROOTFS/dev/pts/$i"; done
    ln -s pts/ptmx "$ROOTFS/dev/ptmx"
    rt_run </dev/null
    fails
    message 'needs a devpts'
    # a directory of the image with a node 5:2 of its own
    rm "$ROOTFS/dev/pts/ptmx"
    mknod "$ROOTFS/dev/pts/ptmx" c 5 2
    rt_run </dev/null
    fails
    never ran
    message 'needs a devpts'
}

@test "terminal: what is bound over ptmx is not used" {
    lorica_only "peers take some"
    mkfifo "$T/fifo"
    mknod "$T/ptmx" c 5 2
    probe_args print ran
    local what
    for what in fifo ptmx; do
        config '.mounts |= (map(select(.destination != "/dev/pts/ptmx"))
            + [{"destination": "/dev/pts/ptmx", "source": $f, "type": "bind", "options": ["bind"]}])' --arg f "$T/$what"
        rt_run </dev/null
        fails
        never ran
        message 'open /dev/pts/ptmx: not the node of its devpts'
    done
}

@test "terminal: /dev/console of the image is no way out" {
    lorica_only "peers follow some"
    # /dev of the image, with a devpts of the container
    config '.mounts |= map(select(.destination == "/dev" | not))'
    probe_args print ran
    rm -rf "$ROOTFS/dev"
    mkdir -p "$ROOTFS/dev/pts" "$ROOTFS/dev/shm" "$ROOTFS/dev/mqueue" "$ROOTFS/victim"
    writable_root
    ln -s /victim "$ROOTFS/dev/console"
    rt_run </dev/null
    fails
    message '/dev/console: a symbolic link is there'
    rm "$ROOTFS/dev/console"
    mkdir "$ROOTFS/dev/console"
    rt_run </dev/null
    fails
    message '/dev/console: a directory is there'
    rmdir "$ROOTFS/dev/console"
    echo text >"$ROOTFS/dev/console"
    rt_run </dev/null
    succeeds
    [ "$(cat "$ROOTFS/dev/console")" = text ]
}

@test "terminal: a size that no terminal can have" {
    lorica_only "peers cut it"
    config '.process.consoleSize = {"height": 65536, "width": 80}'
    probe_args print ran
    rt_run
    fails
    message '/process/consoleSize/height'
}

@test "terminal: consoleSize is ignored without one" {
    config '.process.terminal = false | .process.consoleSize = {"height": 65536, "width": 0}'
    probe_args print ran
    rt_run
    succeeds
    has ran
}

# ---- exec ----

# running: a container that does nothing, without a terminal of its own
running() {
    config '.process.terminal = false'
    probe_args hold
    rt_detach
    is_state running
}

@test "exec --tty: a terminal of the container's devpts, with the size of the caller's" {
    needs script
    running
    in_script "stty rows 33 cols 101; '$RUNTIME' --root '$STATE' exec --tty '$ID' /bin/probe sleep 300 tty stat /dev/pts/0 exit 6"
    fails 6
    has "tty 0 yes /dev/pts/0"
    has "ctty ok"
    [ "$RT_KIND" = crun ] || has "winsize 33x101"
    matches '^stat /dev/pts/0 char 0620 0:5 136:0'
}

@test "exec --tty: without --tty, none" {
    running
    run rt exec "$ID" /bin/probe tty </dev/null
    succeeds
    has "ctty ENXIO"
    matches '^tty 0 no '
}

@test "exec --tty: /dev/console stays what it was" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    running
    run rt exec --tty "$ID" /bin/probe tty stat /dev/console </dev/null
    succeeds
    output=${output//$'\r'/}
    has "ctty ok"
    has "stat /dev/console ENOENT"
}

@test "exec --tty: exit status and the last bytes" {
    differs runc "1.1.5 wants a terminal of the caller"
    differs crun "1.8.1 wants a terminal of the caller"
    running
    local i
    for i in $(rounds 10); do
        status=0
        rt exec --tty "$ID" /bin/probe flood 60 exit 3 </dev/null >"$T/out" || status=$?
        [ "$status" = 3 ]
        [ "$(tr -d '\r' <"$T/out" | wc -c)" = $((60 * 1024)) ]
    done
}

@test "exec --console-socket: the master goes there, and is talked to" {
    differs crun "leaves the terminal to root"
    running
    receiver
    rt exec --detach --tty --console-socket "$SOCKET" --user 1000:1000 "$ID" /bin/sh -c 'read -r x; echo "got $x"; /bin/probe tty stat /dev/pts/0' </dev/null
    grep -q '^descriptors 1$' "$T/tty.info"
    echo word >"$T/tty.in"
    wait_for 2 is_shown "got word"
    wait_for 2 is_shown "ctty ok"
    output=$(tr -d '\r' <"$T/tty.out")
    matches '^stat /dev/pts/0 char 0620 1000:5 '
}

@test "exec --tty: a socket where there is a terminal that nobody stays for, and nowhere else" {
    running
    run rt exec --detach --tty "$ID" /bin/true </dev/null
    fails
    says "cannot allocate tty if runc will detach without setting console socket"
    [ "$RT_KIND" != crun ] || return 0 # it does not look
    run rt exec --tty --console-socket "$SOCKET" "$ID" /bin/true </dev/null
    fails
    says "cannot use console socket if runc will not detach or allocate tty"
    run rt exec --detach --console-socket "$SOCKET" "$ID" /bin/true </dev/null
    fails
    says "cannot use console socket if runc will not detach or allocate tty"
}

@test "exec --tty: what a container put at /dev/pts/ptmx is not used (A4d)" {
    lorica_only "peers take some"
    config '.process.capabilities.effective += ["CAP_SYS_ADMIN"] | .process.capabilities |= (.bounding = .effective | .permitted = .effective)'
    config '.process.noNewPrivileges = false'
    config '.process.terminal = false'
    args /bin/sh -c '/bin/busybox mkfifo /tmp/fifo; mount -o bind /tmp/fifo /dev/pts/ptmx && echo done; exec sleep 100'
    add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}'
    rt_detach
    wait_for 3 is_printed done
    RT_TIMEOUT=5
    run rt exec --tty "$ID" /bin/probe print ran </dev/null
    fails
    never ran
    message '/dev/pts/ptmx: not the node of its devpts'
}

# ---- an interactive shell, by tmux ----

# tmux_shell COMMAND: a shell on a terminal of 100 x 30, what it shows in the pane `0`
tmux_shell() {
    tm -f /dev/null new-session -d -x 100 -y 30 "$1; echo \"status <\$?>\"; sleep 100"
    BACKGROUND+=("$(tm display -p '#{pid}')")
    wait_for 5 shows '/ #'
}
tm() { tmux -S "$T/tmux" "$@" 3>&-; }
pane() { tm capture-pane -p -S -; }
shows() { pane | grep -qE -- "$1"; }
types() { tm send-keys "$@"; }

interactive() {
    # typing, and its echo
    types "echo one two" Enter
    wait_for 3 shows '^one two$'
    types "ech" "o thre" BSpace "ree" Enter
    wait_for 3 shows '^thrree$' || { pane; return 1; }
    # its size, and what it becomes
    types "stty size" Enter
    wait_for 3 shows '^30 100$' || { pane; return 1; }
    tm resize-window -x 71 -y 23
    types "stty size" Enter
    wait_for 3 shows '^23 71$' || { pane; return 1; }
    tm resize-window -x 100 -y 30
    # Ctrl-C
    types "sleep 99; echo after" Enter
    sleep 0.5
    types C-c
    types "echo status \$?" Enter
    wait_for 3 shows '^status 130$' || { pane; return 1; }
    # job control
    types "sleep 98" Enter
    sleep 0.5
    types C-z
    wait_for 3 shows 'Stopped' || { pane; return 1; }
    types "jobs" Enter
    types "fg" Enter
    sleep 0.5
    types C-c
    types "echo again \$?" Enter
    wait_for 3 shows '^again 130$' || { pane; return 1; }
    # 10 MB
    tm pipe-pane "cat >'$T/pane'"
    types "/bin/probe flood 10240; echo flooded" Enter
    wait_for 60 shows '^flooded$' || { pane | tail; return 1; }
    tm pipe-pane
    sleep 0.2
    [ "$(tr -dc x <"$T/pane" | wc -c)" = $((10240 * 1023)) ] || { tr -dc x <"$T/pane" | wc -c; return 1; }
    # its end
    types "exit 42" Enter
    wait_for 3 shows '^status <42>$' || { pane | tail; return 1; }
    tm kill-server
}

@test "interactive: a shell through run" {
    differs crun "1.8.1 does not follow the size"
    needs tmux
    own_programs
    ln -sf busybox "$ROOTFS/bin/stty"
    args /bin/sh -i
    tmux_shell "$(attached)"
    interactive
    wait_for 3 nothing_left
}

@test "interactive: a shell through exec --tty" {
    differs crun "1.8.1 does not follow the size"
    needs tmux
    running
    ln -sf busybox "$ROOTFS/bin/stty"
    tmux_shell "LORICA_TEST_ID=$ID '$RUNTIME' --root '$STATE' exec --tty '$ID' /bin/sh -i"
    interactive
}

@test "interactive: the caller's terminal goes away" {
    differs runc "1.1.5 stays"
    needs tmux
    args /bin/sh -i
    tmux_shell "$(attached)"
    tm kill-server
    wait_for 5 nothing_left
}

@test "interactive: stopped and continued by the caller's shell" {
    differs crun "1.8.1 leaves the terminal as the shell set it"
    differs runc "1.1.5 leaves the terminal as the shell set it"
    needs tmux
    args /bin/sh -i
    tm -f /dev/null new-session -d -x 100 -y 30 "PS1='outer> ' bash --norc -i"
    BACKGROUND+=("$(tm display -p '#{pid}')")
    wait_for 5 shows 'outer>'
    types "$(attached)" Enter
    wait_for 5 shows '/ #'
    local pid
    pid=$(pgrep -f -- "--root $STATE run" | head -1)
    kill -STOP "$pid"
    wait_for 3 shows 'Stopped'
    types Enter "fg" Enter
    sleep 0.5
    # raw again: Ctrl-C is the container's
    types "sleep 97" Enter
    sleep 0.5
    types C-c
    types "echo inner \$?" Enter
    wait_for 3 shows '^inner 130$' || { pane | tail; return 1; }
    types "exit 3" Enter
    wait_for 5 gone "$pid" # what is typed before is the container's
    types "echo outer \$?" Enter
    wait_for 3 shows '^outer 3$' || { pane | tail; return 1; }
    # started in the background: it waits for the foreground
    types "$(attached) &" Enter
    wait_for 3 shows 'Stopped' || { pane | tail; return 1; }
    types "fg" Enter
    types "echo inner again" Enter
    wait_for 3 shows '^inner again$' || { pane | tail; return 1; }
    types "exit" Enter
    tm kill-server
}
