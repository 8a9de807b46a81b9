# SPDX-License-Identifier: Apache-2.0
#
# A thin front door over the CMake presets and ci/: `make help`.
PRESET ?= static
JOBS   ?= 2
PREFIX ?= /usr/local
SECS   ?= 60
T      ?=
BUNDLE ?= bundle
B       = build/$(PRESET)

.PHONY: all run check bats vm vm-full fuzz bench stress lint cov install ci clean help
.DEFAULT_GOAL := all

all: ## build the static program (PRESET=release: the dynamic one)
	@ci/build.sh $(PRESET)

run: all ## run a first container, built from busybox
	@ci/first-container.sh

check: ## unit tests, kernel tests and corpus replay (dev build)
	@ci/unit.sh dev

bats: all ## the end-to-end tests, as root (RUNTIME=crun or runc: against a peer; T=name: one file)
	@ci/bats.sh $(T)

vm: all ## the end-to-end tests in virtual machines: cgroup v2, systemd, other kernels
	@BUILD=$(B) ci/vm.sh

vm-full: all ## every kernel and cgroup layout, into docs/kernel-matrix.md (days; it goes on where it was stopped)
	@BUILD=$(B) tests/vm/matrix

fuzz: ## every fuzz target for SECS seconds (T=json: only that one)
	@SECS=$(SECS) ci/fuzz.sh $(T)

stress: all ## 10,000 containers, and commands that race for one (minutes)
	@ci/stress.sh

bench: all ## compare with crun and runc, where they are installed
	@ci/bench.sh

lint: ## formatting, scripts, layers, purity, size of files and functions
	@ci/lint.sh

cov: ## line coverage of base and core by unit tests and corpus replay
	@ci/cov.sh

install: all ## into DESTDIR and PREFIX (default /usr/local)
	DESTDIR='$(DESTDIR)' cmake --install $(B) --prefix '$(PREFIX)'

ci: ## everything that the gate runs
	@.ci/run

clean: ## remove build/
	rm -rf build

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
