/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sysctls that belong to a namespace and may be set for a container: X("name", enum ns_type). A last
 * component "*" stands for one or more components. namespaces(7), ipc_namespaces(7), uts_namespaces(7),
 * network_namespaces(7), user_namespaces(7) "/proc/sys/user"; the same list as runc's.
 */
X("kernel.msgmax", NS_IPC)
X("kernel.msgmnb", NS_IPC)
X("kernel.msgmni", NS_IPC)
X("kernel.sem", NS_IPC)
X("kernel.shmall", NS_IPC)
X("kernel.shmmax", NS_IPC)
X("kernel.shmmni", NS_IPC)
X("kernel.shm_rmid_forced", NS_IPC)
X("fs.mqueue.*", NS_IPC)
X("net.*", NS_NETWORK)
X("kernel.hostname", NS_UTS) /* refused all the same: the configuration has `hostname` */
X("kernel.domainname", NS_UTS)
X("user.*", NS_USER)
