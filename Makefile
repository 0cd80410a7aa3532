# The table of commands. `make` alone prints it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One target and one profile for tests, test images and `make up`, so that dependencies compile once.
# Programs are static where that is possible: they also run in an empty image.
export CARGO_BUILD_TARGET := $(or $(CARGO_BUILD_TARGET),$(shell timeout 60 rustc -vV 2>/dev/null | sed -n 's/^host: //p'))
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS := -C target-feature=+crt-static

.PHONY: help
help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: ## a log line's journey on this machine, until Ctrl-C (ARGS='...')
	@.ci/preflight up
	@cargo run --quiet --profile ci -p sawlog -- up $(ARGS)

.PHONY: test
test: ## every test, each crate within its time budget (ARGS='name of a test')
	@.ci/preflight test
	@cargo xtask test $(if $(ARGS),-- $(ARGS))

.PHONY: check
check: ## everything that can be judged without running the tests (ARGS='--only links')
	@.ci/preflight check
	@cargo xtask check $(ARGS)

.PHONY: soak
soak: ## every round of every seeded claim; writes docs/soak.md (ARGS='Kafka' for some claims)
	@.ci/preflight test
	@cargo xtask soak "$(ARGS)"

.PHONY: bench
bench: ## measures, and records in docs/performance.md (ARGS='...')
	@.ci/preflight up
	@cargo xtask bench -- all --record docs/performance.md $(ARGS)

.PHONY: docs
docs: ## writes the generated files again
	@.ci/preflight up
	@cargo xtask generate

.PHONY: images
images: ## an image of each program, without a container engine (ARGS='--out DIR --tag TAG')
	@.ci/preflight up
	@cargo xtask images $(ARGS)

.PHONY: ground-up
ground-up: ## real Kafka, object store and friends for trying things by hand (ARGS='kafka')
	@.ci/preflight test
	@cargo xtask ground -- up $(ARGS)

.PHONY: ground-down
ground-down: ## ends them and removes their data
	@.ci/preflight up
	@cargo xtask ground -- down $(ARGS)

.PHONY: kind
kind: ## a Kubernetes cluster on this machine
	@command -v kind >/dev/null || { echo "kind is missing: install it (https://kind.sigs.k8s.io), then run again." >&2; exit 1; }
	@for engine in docker podman nerdctl; do if timeout 20 $$engine info >/dev/null 2>&1; then exit 0; fi; done; \
	  echo "No container engine answers: start docker, podman or nerdctl, then run again." >&2; exit 1
	@kind create cluster --config kind-config.yaml
