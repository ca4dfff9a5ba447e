# What people type. Every target does its own set-up first, which is quick when everything is here already.
# Works with GNU make 3.81 and later; needs Python 3 (tools/setup says what else is missing).

export PATH := $(CURDIR)/.tools/bin:$(PATH)
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench docs clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Bring Node, packages, Envoy and generated files into this checkout, and build dist/.
	@tools/setup

run: setup ## Start the control plane and the bookinfo example on real Envoys; Ctrl-C stops all of it.
	@node examples/bookinfo/run.ts

test: ## Run every test, on real Envoy and a real Kubernetes API server too (the first time Go builds it).
	@tools/setup --all
	@node tools/check.ts --all

check: setup ## Format, lint, types and the tests that need nothing but Node: one to two minutes.
	@node tools/check.ts

bench: setup ## Measure the control plane beside the floor of a bare gRPC server.
	@node bench/run.ts

docs: setup ## Write the CRDs and the generated pages of docs/ anew.
	@node tools/crds.ts
	@node tools/docs.ts

clean: ## Remove all that set-up and builds have made; nothing that is committed.
	rm -rf dist coverage node_modules .tools src/gen/messages.ts src/gen/descriptor.json
