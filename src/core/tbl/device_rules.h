/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules that every container gets after its own: X(types, major, minor, access), -1 is any. All allow.
 * The list that runc and crun enforce, and which images rely on (features of runtime-spec config-linux.md "Default
 * Devices", numbers of Documentation/admin-guide/devices.txt). Making a node is harmless while opening it is not.
 */
X(DEVICE_CHAR, -1, -1, DEVICE_MKNOD)
X(DEVICE_BLOCK, -1, -1, DEVICE_MKNOD)
X(DEVICE_CHAR, 1, 3, DEVICE_ACCESS_ALL)    /* null */
X(DEVICE_CHAR, 1, 8, DEVICE_ACCESS_ALL)    /* random */
X(DEVICE_CHAR, 1, 7, DEVICE_ACCESS_ALL)    /* full */
X(DEVICE_CHAR, 5, 0, DEVICE_ACCESS_ALL)    /* tty */
X(DEVICE_CHAR, 1, 5, DEVICE_ACCESS_ALL)    /* zero */
X(DEVICE_CHAR, 1, 9, DEVICE_ACCESS_ALL)    /* urandom */
X(DEVICE_CHAR, 136, -1, DEVICE_ACCESS_ALL) /* pts/N */
X(DEVICE_CHAR, 5, 2, DEVICE_ACCESS_ALL)    /* ptmx */
X(DEVICE_CHAR, 10, 200, DEVICE_ACCESS_ALL) /* net/tun */
