#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/ordinary-user.sh COMMAND…: run COMMAND as a user that exists nowhere else, with subordinate ids, and with a
# delegated cgroup where /sys/fs/cgroup is a cgroup2. Called as root inside ci/private-ns.sh: /etc/passwd, /etc/subuid and
# /etc/subgid are covered there, and nothing of the host changes.
set -euo pipefail

uid=20001 first=700000 count=65536
[ "$(id -u)" = 0 ] || { echo "$0: needs root" >&2; exit 2; }
home=$(mktemp -d)
mkdir "$home/run" "$home/tmp"
{ cat /etc/passwd; echo "wanderer:x:$uid:$uid::$home:/bin/bash"; } >"$home/passwd"
echo "wanderer:$first:$count" >"$home/subid"
chown -R $uid:$uid "$home"
chmod 755 "$home" "$home/tmp"
chmod 700 "$home/run"
for file in passwd:passwd subuid:subid subgid:subid; do
    [ -e "/etc/${file%:*}" ] || continue # no package of subordinate ids: the tests say so
    mount --bind "$home/${file#*:}" "/etc/${file%:*}"
done
cgroup=
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
    cgroup=$(mktemp -d /sys/fs/cgroup/wanderer-XXXXXX) # other runs' pid namespaces have the same pids
    mkdir "$cgroup/tests"
    for dir in "$cgroup" "$cgroup/tests"; do
        chmod 755 "$dir"
        chown $uid:$uid "$dir" "$dir"/cgroup.{procs,threads,subtree_control}
    done
fi
status=0
(
    [ -z "$cgroup" ] || echo "$BASHPID" >"$cgroup/tests/cgroup.procs"
    exec setpriv --reuid $uid --regid $uid --clear-groups --inh-caps=-all env HOME="$home" USER=wanderer \
        XDG_RUNTIME_DIR="$home/run" TMPDIR="$home/tmp" "$@"
) || status=$?
[ -z "$cgroup" ] || rmdir "$cgroup"/* "$cgroup" 2>/dev/null || true
rm -rf --one-file-system "$home"
exit $status
