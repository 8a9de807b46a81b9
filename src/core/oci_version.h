/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of the OCI runtime specification that we implement, and the oldest one whose documents are
 * accepted unchanged. What documents of ours say in "ociVersion".
 */
#pragma once

#define OCI_VERSION     "1.3.0"
#define OCI_VERSION_MIN "1.0.0"
