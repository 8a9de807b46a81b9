/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration with every property of config.json 1.3.0 that Linux knows, each with a value of its own, on
 * one line (so that a column is an offset + 1). It passes validation.
 */
#pragma once

#define FULL_PROCESS                                                                                         \
    "{\"terminal\":true,\"consoleSize\":{\"height\":25,\"width\":81},"                                       \
    "\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[5,6],\"username\":\"u\"},"               \
    "\"args\":[\"sh\",\"-c\"],\"env\":[\"A=1\",\"B=2\"],\"cwd\":\"/cwd\","                                   \
    "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],"              \
    "\"inheritable\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]},"               \
    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":18446744073709551614}],"  \
    "\"noNewPrivileges\":true,\"apparmorProfile\":\"aa\",\"oomScoreAdj\":-999,"                              \
    "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-7,\"priority\":0,"                               \
    "\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"],\"runtime\":2000,\"deadline\":3000,\"period\":4000},"          \
    "\"selinuxLabel\":\"se\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},"                 \
    "\"execCPUAffinity\":{\"initial\":\"0-1\",\"final\":\"2,3\"}}"

#define FULL_RESOURCES                                                                                       \
    "{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"}],"           \
    "\"memory\":{\"limit\":1001,\"reservation\":1002,\"swap\":1003,\"kernel\":1004,\"kernelTCP\":-1,"        \
    "\"swappiness\":60,\"disableOOMKiller\":true,\"useHierarchy\":true,\"checkBeforeUpdate\":true},"         \
    "\"cpu\":{\"shares\":1024,\"quota\":50000,\"burst\":40000,\"period\":100000,\"realtimeRuntime\":950000," \
    "\"realtimePeriod\":1000000,\"cpus\":\"0-3\",\"mems\":\"0\",\"idle\":1},"                                \
    "\"pids\":{\"limit\":32771},"                                                                            \
    "\"blockIO\":{\"weight\":11,\"leafWeight\":12,"                                                          \
    "\"weightDevice\":[{\"major\":8,\"minor\":1,\"weight\":13,\"leafWeight\":14}],"                          \
    "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":2,\"rate\":601}],"                                    \
    "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":3,\"rate\":602}],"                                   \
    "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":4,\"rate\":603}],"                                   \
    "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":5,\"rate\":18446744073709551615}]},"                \
    "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9223372036854772000}],"                             \
    "\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\",\"priority\":500}]},"               \
    "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}},"                                         \
    "\"unified\":{\"cgroup.freeze\":\"0\",\"pids.max\":\"7\"}}"

#define FULL_SECCOMP                                                                                         \
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"                                          \
    "\"architectures\":[\"SCMP_ARCH_X86_64\"],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"                      \
    "\"listenerPath\":\"/run/agent.sock\",\"listenerMetadata\":\"meta\","                                    \
    "\"syscalls\":[{\"names\":[\"getcwd\",\"chmod\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1,"          \
    "\"args\":[{\"index\":5,\"value\":2114060288,\"valueTwo\":18446744073709551615,"                         \
    "\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}"

#define FULL_HOOKS(kind)                                                                                     \
    "\"" kind "\":[{\"path\":\"/" kind "\",\"args\":[\"a0\",\"a1\"],\"env\":[\"E=1\"],\"timeout\":30}]"

#define FULL_CONFIG                                                                                                        \
    "{\"ociVersion\":\"1.3.0\",\"process\":" FULL_PROCESS ","                                                              \
    "\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"host\",\"domainname\":\"domain\","                    \
    "\"mounts\":[{\"destination\":\"/data\",\"type\":\"none\",\"source\":\"/src\","                                        \
    "\"options\":[\"rbind\",\"ro\",\"ridmap\"],"                                                                           \
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"                                                   \
    "\"gidMappings\":[{\"containerID\":1,\"hostID\":2000,\"size\":20}]}],"                                                 \
    "\"hooks\":{" FULL_HOOKS("prestart") "," FULL_HOOKS("createRuntime") "," FULL_HOOKS("createContainer") "," FULL_HOOKS( \
        "startContainer") "," FULL_HOOKS("poststart") "," FULL_HOOKS("poststop") "},"                                      \
                                                                                 "\"annotations\":{\"com."                 \
                                                                                 "example/"                                \
                                                                                 "key\":\"value\","                        \
                                                                                 "\"other\":\"\"},"                        \
                                                                                 "\"linux\":{"                             \
                                                                                 "\"uidMappings\":[{"                      \
                                                                                 "\"containerID\":0,"                      \
                                                                                 "\"hostID\":100000,"                      \
                                                                                 "\"size\":65536}],"                       \
                                                                                 "\"gidMappings\":[{"                      \
                                                                                 "\"containerID\":0,"                      \
                                                                                 "\"hostID\":4294901760,"                  \
                                                                                 "\"size\":65535}],"                       \
                                                                                 "\"sysctl\":{\"net.ipv4."                 \
                                                                                 "ip_forward\":\"1\","                     \
                                                                                 "\"kernel.msgmax\":"                      \
                                                                                 "\"65536\"},"                             \
                                                                                 "\"resources\""                           \
                                                                                 ":" FULL_RESOURCES                        \
                                                                                 ",\"cgroupsPath\":\"/my/"                 \
                                                                                 "group\","                                \
                                                                                 "\"namespaces\":[{"                       \
                                                                                 "\"type\":\"pid\","                       \
                                                                                 "\"path\":\"/proc/1/ns/"                  \
                                                                                 "pid\"},{\"type\":"                       \
                                                                                 "\"network\"},"                           \
                                                                                 "{\"type\":\"mount\"},{"                  \
                                                                                 "\"type\":\"ipc\"},{"                     \
                                                                                 "\"type\":\"uts\"},{"                     \
                                                                                 "\"type\":\"user\"},"                     \
                                                                                 "{\"type\":\"cgroup\"},{"                 \
                                                                                 "\"type\":\"time\"}],"                    \
                                                                                 "\"devices\":[{\"path\":"                 \
                                                                                 "\"/dev/"                                 \
                                                                                 "fuse\",\"type\":\"c\","                  \
                                                                                 "\"major\":10,\"minor\":"                 \
                                                                                 "229,"                                    \
                                                                                 "\"fileMode\":438,\"uid\":"               \
                                                                                 "7,\"gid\":8}],"                          \
                                                                                 "\"netDevices\":{\"eth0\":"               \
                                                                                 "{\"name\":\"container0\"}"               \
                                                                                 ",\"ens4\":{}},"                          \
                                                                                 "\"seccomp\":" FULL_SECCOMP               \
                                                                                 ",\"rootfsPropagation\":"                 \
                                                                                 "\"rslave\","                             \
                                                                                 "\"maskedPaths\":[\"/proc/"               \
                                                                                 "kcore\"],"                               \
                                                                                 "\"readonlyPaths\":[\"/"                  \
                                                                                 "proc/sys\",\"/proc/"                     \
                                                                                 "irq\"],"                                 \
                                                                                 "\"mountLabel\":\"label\","               \
                                                                                 "\"intelRdt\":{\"closID\":"               \
                                                                                 "\"guaranteed\","                         \
                                                                                 "\"schemata\":[\"L3:0="                   \
                                                                                 "7f0\",\"MB:0=20\"],"                     \
                                                                                 "\"l3CacheSchema\":\"L3:0="               \
                                                                                 "1\",\"memBwSchema\":\"MB:"               \
                                                                                 "0=2\","                                  \
                                                                                 "\"enableMonitoring\":"                   \
                                                                                 "true},"                                  \
                                                                                 "\"memoryPolicy\":{"                      \
                                                                                 "\"mode\":\"MPOL_"                        \
                                                                                 "INTERLEAVE\",\"nodes\":"                 \
                                                                                 "\"2-3\","                                \
                                                                                 "\"flags\":[\"MPOL_F_"                    \
                                                                                 "STATIC_NODES\"]},"                       \
                                                                                 "\"personality\":{"                       \
                                                                                 "\"domain\":\"LINUX32\","                 \
                                                                                 "\"flags\":[]},"                          \
                                                                                 "\"timeOffsets\":{"                       \
                                                                                 "\"monotonic\":{\"secs\":-"               \
                                                                                 "172800,\"nanosecs\":1},"                 \
                                                                                 "\"boottime\":{\"secs\":"                 \
                                                                                 "604800,\"nanosecs\":"                    \
                                                                                 "999999999}}}}"
