/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that every container gets: X(path, major, minor); character devices, mode 0666, owner 0:0. runtime-spec
 * config-linux.md "Default Devices"; /dev/console and /dev/ptmx are not nodes of their own (a bind, a link), the
 * numbers are those of Documentation/admin-guide/devices.txt.
 */
X("/dev/null", 1, 3)
X("/dev/zero", 1, 5)
X("/dev/full", 1, 7)
X("/dev/random", 1, 8)
X("/dev/urandom", 1, 9)
X("/dev/tty", 5, 0)
