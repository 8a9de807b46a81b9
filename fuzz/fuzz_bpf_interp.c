/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: 64 bytes of seccomp_data, then instructions of 8 bytes. Oracles: a program that passes the kernel's
 * check runs to a return, for this data and for others; one that does not may be run all the same, and stays
 * in its bounds; what a checked program returns depends on nothing but the data.
 */
#include "oracle.h"

#include "core/bpf_interp.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seccomp_data call;
    size_t n = size > sizeof(call) ? (size - sizeof(call)) / sizeof(struct sock_filter) : 0;
    struct sock_filter *insns = malloc(n ? n * sizeof(*insns) : 1); /* an exact block, for the sanitizer */
    uint32_t first = 1, again = 2;
    size_t at = SIZE_MAX;
    int rc;

    CHECK(insns != NULL);
    if (n) {
        memcpy(&call, data, sizeof(call));
        memcpy(insns, data + sizeof(call), n * sizeof(*insns));
        rc = bpf_interp_check(insns, n, &at);
        CHECK(rc == 0 || at <= n);
        if (bpf_interp_run(insns, n, &call, &first) == 0) {
            CHECK(bpf_interp_run(insns, n, &call, &again) == 0 && first == again);
        } else {
            CHECK(rc != 0);
        }
        memset(&call, 0xff, sizeof(call));
        CHECK(bpf_interp_run(insns, n, &call, &first) == 0 || rc != 0);
        /* cut anywhere, a right program is wrong unless it ends in a return */
        if (rc == 0 && n > 1)
            CHECK(bpf_interp_check(insns, n - 1, NULL) != 0 || BPF_CLASS(insns[n - 2].code) == BPF_RET);
    }
    free(insns);
    return 0;
}
