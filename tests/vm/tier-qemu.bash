# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # variables of run
#
# Part of tests/vm/run: a Debian kernel in qemu. Its root is the host's, by virtiofs. Emulated: KVM is used only where
# LORICA_VM_ACCEL=kvm says that it works (that /dev/kvm is there does not mean that a packaged kernel boots on it).

# In the box: the file servers, then the emulator, whose exit status it returns.
in_the_box() {
    local name source
    for name in root ctl; do
        source=/
        [ "$name" = root ] || source=$work/ctl
        env "LD_LIBRARY_PATH=$server_libs" "$server" "--socket-path=$work/$name.sock" -o "source=$source" \
            -o "cache=$([ "$name" = root ] && echo always || echo none)" -o sandbox=chroot -o xattr \
            -o posix_lock >"$work/$name.log" 2>&1 3>&- &
    done
    for ((n = 0; n < 250; n++)); do
        [ -S "$work/root.sock" ] && [ -S "$work/ctl.sock" ] && break
        sleep 0.02
    done
    env "LD_LIBRARY_PATH=$emulator_libs" "$emulator/usr/bin/qemu-system-x86_64" -L "$emulator/usr/share/qemu" \
        "${accel[@]}" -smp "${cpus:-2}" -m "$memory" \
        -machine q35,memory-backend=m0,smm=off,sata=off,smbus=off,usb=off,vmport=off -bios qboot.rom \
        -object "memory-backend-memfd,id=m0,size=${memory}M,share=on" \
        -nodefaults -no-user-config -display none -no-reboot -kernel "$kernel_dir/vmlinux" -initrd "$work/initrd" \
        -append "$append" -serial "file:$work/console" -device virtio-serial-pci \
        -chardev file,id=out,path=/dev/fd/3,append=on -device virtserialport,chardev=out,name=out \
        -chardev "socket,id=r,path=$work/root.sock" -device vhost-user-fs-pci,chardev=r,tag=root,queue-size=1024 \
        -chardev "socket,id=c,path=$work/ctl.sock" -device vhost-user-fs-pci,chardev=c,tag=ctl
}

boot() {
    local emulator server server_dir server_libs emulator_libs append accel cat box status=0
    emulator=$("$here/fetch" emulator) || exit
    server_dir=$("$here/fetch" virtiofsd) || exit
    server=$server_dir/usr/lib/qemu/virtiofsd
    server_libs=$server_dir/usr/lib/x86_64-linux-gnu:$server_dir/lib/x86_64-linux-gnu
    emulator_libs=$emulator/usr/lib/x86_64-linux-gnu:$emulator/lib/x86_64-linux-gnu
    accel=(-accel 'tcg,thread=multi' -cpu 'max,-cx16,-erms,-fsrm,-avx,-avx2,-la57')
    [ "${LORICA_VM_ACCEL:-}" != kvm ] || accel=(-accel kvm -cpu host)
    append="console=ttyS0 quiet reboot=t panic=-1 softlockup_panic=1 watchdog_thresh=60 mitigations=off random.trust_cpu=on cryptomgr.notests"
    append+=" raid=noautodetect hugepagesz=2M hugepages=8${parameters:+ $parameters}"
    cp -r "$kernel_dir/initramfs" "$work/initramfs"
    cp "$work/ctl/qemu-init" "$work/initramfs/init"
    (cd "$work/initramfs" && find . | busybox cpio -o -H newc 2>/dev/null) >"$work/initrd"
    : >"$work/console"
    export work server server_libs emulator emulator_libs kernel_dir memory append
    # the emulator opens its output by name, which a pipe allows and a socket does not
    mkfifo "$work/out"
    cat "$work/out" &
    cat=$!
    "${boxed[@]}" bash -c "$(declare -p accel); $(declare -f in_the_box); in_the_box" </dev/null 3>"$work/out" \
        >"$work/emulator.log" 2>&1 &
    box=$!
    pids+=("$box" "$cat")
    wait "$box" || status=$?
    wait "$cat"
    cat "$work/emulator.log" >>"$work/console"
    return "$status"
}
