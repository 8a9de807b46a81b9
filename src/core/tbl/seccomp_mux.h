/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, multiplexer, call, direct): system calls of 32-bit x86 that go through socketcall(2) or ipc(2), with the
 * number that the multiplexer takes as its first argument, and the number of their own; -1: they have none.
 * Source: <linux/net.h> SYS_*, <linux/ipc.h>, arch/x86/entry/syscalls/syscall_32.tbl of Linux.
 */
#define SECCOMP_X86_SOCKETCALL 102
#define SECCOMP_X86_IPC        117
X(socket, SECCOMP_X86_SOCKETCALL, 1, 359)
X(bind, SECCOMP_X86_SOCKETCALL, 2, 361)
X(connect, SECCOMP_X86_SOCKETCALL, 3, 362)
X(listen, SECCOMP_X86_SOCKETCALL, 4, 363)
X(accept, SECCOMP_X86_SOCKETCALL, 5, -1)
X(getsockname, SECCOMP_X86_SOCKETCALL, 6, 367)
X(getpeername, SECCOMP_X86_SOCKETCALL, 7, 368)
X(socketpair, SECCOMP_X86_SOCKETCALL, 8, 360)
X(send, SECCOMP_X86_SOCKETCALL, 9, -1)
X(recv, SECCOMP_X86_SOCKETCALL, 10, -1)
X(sendto, SECCOMP_X86_SOCKETCALL, 11, 369)
X(recvfrom, SECCOMP_X86_SOCKETCALL, 12, 371)
X(shutdown, SECCOMP_X86_SOCKETCALL, 13, 373)
X(setsockopt, SECCOMP_X86_SOCKETCALL, 14, 366)
X(getsockopt, SECCOMP_X86_SOCKETCALL, 15, 365)
X(sendmsg, SECCOMP_X86_SOCKETCALL, 16, 370)
X(recvmsg, SECCOMP_X86_SOCKETCALL, 17, 372)
X(accept4, SECCOMP_X86_SOCKETCALL, 18, 364)
X(recvmmsg, SECCOMP_X86_SOCKETCALL, 19, 337)
X(sendmmsg, SECCOMP_X86_SOCKETCALL, 20, 345)
X(semop, SECCOMP_X86_IPC, 1, -1)
X(semget, SECCOMP_X86_IPC, 2, 393)
X(semctl, SECCOMP_X86_IPC, 3, 394)
X(semtimedop, SECCOMP_X86_IPC, 4, -1)
X(msgsnd, SECCOMP_X86_IPC, 11, 400)
X(msgrcv, SECCOMP_X86_IPC, 12, 401)
X(msgget, SECCOMP_X86_IPC, 13, 399)
X(msgctl, SECCOMP_X86_IPC, 14, 402)
X(shmat, SECCOMP_X86_IPC, 21, 397)
X(shmdt, SECCOMP_X86_IPC, 22, 398)
X(shmget, SECCOMP_X86_IPC, 23, 395)
X(shmctl, SECCOMP_X86_IPC, 24, 396)
