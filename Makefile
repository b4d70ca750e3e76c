# `make help` lists the targets. Everything is built into .venv, build/, dist/ and one folder of the user's cache; toolchains lie where all projects have them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Outside of the checkout, so that a fresh clone does not compile the engine again.
ATOLL_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/atoll/target
CARGO := CARGO_TARGET_DIR="$(ATOLL_TARGET_DIR)" cargo
# The crate with Python's bindings needs an interpreter to link against: pytest tests it.
RUST_TESTS := --workspace --exclude atoll-python --release --locked

CORE := python/atoll/_core.abi3.so
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find crates -name '*.rs' -o -name '*.wit' -o -name '*.go' -o -name Cargo.toml)

# What users get: optimised as a whole, compiled by a profile of requests, then laid out by another, for which the linker
# must leave its notes. The profile's name has its content's hash: cargo compiles again when it is another.
RECORDED := crates/python/requests.profdata.xz
PROFILE := $(ATOLL_TARGET_DIR)/requests-$(shell cksum $(RECORDED) | cut -d' ' -f1).profdata
MATURIN := PIP_QUIET=1 VIRTUAL_ENV="$(abspath $(VENV))" CARGO_TARGET_DIR="$(ATOLL_TARGET_DIR)" $(BIN)/maturin
DIST := --profile dist --quiet
# Clients of all backends, for the tests.
EXTRAS := aws,azure,blobstore,keyless,llm,mysql,nats,postgres,redis
LINKED := -- -C link-arg=-Wl,--emit-relocs

# Without the compiler, for machines that are too small to compile.
SMALL := --no-default-features
ARM := aarch64-unknown-linux-gnu
BOARD := build/board/_core.abi3.so

.PHONY: help setup core dist dist-tools small board toolchains guests patched run test test-rust test-python check bench bench-peers bench-tools test-tools soak docs wheel profile clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: core guests test-tools board ## make everything that tests and examples need: environment, data plane, toolchains, guests

run: core ## build examples/hello from its Python source and serve it
	@$(BIN)/atoll toolchain install -f examples/hello
	@$(BIN)/atoll build -f examples/hello
	@echo 'When it serves, call it:  curl -i http://127.0.0.1:3000/'
	@exec $(BIN)/atoll up -f examples/hello

test: setup test-tools test-rust test-python ## run all tests; the last line says how many were skipped

test-rust: patched
	$(CARGO) test --quiet $(RUST_TESTS)

test-python:
	$(BIN)/pytest --quiet --numprocesses auto --durations 20 --durations-min 5

check: $(VENV)/.ready patched core ## lint and type-check both languages; generated pages must be fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --check
	$(CARGO) clippy --workspace --release --locked -- -D warnings
	$(BIN)/python scripts/generate_reference.py --check

bench: setup dist bench-tools ## measure each claim against a peer or the limit, in one run, and print the table
	$(BIN)/python -m bench

soak: setup ## half an hour of mixed load with faults; every request is accounted for (MINUTES=3 for a short one)
	$(BIN)/python scripts/soak.py --minutes $(or $(MINUTES),30)

dist: $(VENV)/.ready $(PROFILE) patched guests dist-tools ## build the data plane in place as users get it: fifteen minutes the first time, eight later
	@RUSTFLAGS="-Cprofile-use=$(PROFILE)" $(MATURIN) develop $(DIST) $(LINKED)
	@$(BIN)/python -m scripts.lay_out $(CORE)
	@touch $(CORE)

profile: $(VENV)/.ready patched guests dist-tools ## record the profile that `make dist` compiles by: after large changes, and for each new compiler
	@LLVM_PROFILE_FILE=/dev/null RUSTFLAGS=-Cprofile-generate $(MATURIN) develop $(DIST)
	@$(BIN)/python -m scripts.record_profile python $(RECORDED)
	@rm -f $(CORE)

$(PROFILE): $(RECORDED)
	@mkdir -p $(@D)
	@$(PYTHON) -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' $< > $@

bench-peers: ## install the peers that the benchmarks compare with (wasmtime's own server, workerd), once
	$(BIN)/python bench/peers.py

# extism and wasmtime of PyPI go into a folder of their own, never into the environment.
bench-tools: $(VENV)/.ready
	@for tool in wrk haproxy runc; do command -v $$tool >/dev/null || apt-get install --yes --quiet $$tool; done
	@$(BIN)/python bench/peers.py packages

# Debian's bolt-22 has the post-link optimiser, llvm-22 what reads profiles, wrk puts the load on it.
dist-tools:
	@for tool in wrk llvm-bolt-22 llvm-profdata-22; do command -v $$tool >/dev/null || apt-get install --yes --quiet wrk bolt-22 llvm-22; done

# haproxy speaks the PROXY protocol to the server; faketime shows certificates that have run out.
# The servers are those that capabilities are tested against; a test starts its own, so the system's stay off.
test-tools:
	@for tool in haproxy faketime; do command -v $$tool >/dev/null || apt-get install --yes --quiet $$tool; done
	@scripts/install_servers

docs: core ## generate the reference pages
	$(BIN)/python scripts/generate_reference.py

wheel: $(VENV)/.ready $(PROFILE) patched guests dist-tools ## build the wheel into dist/ and prove it in an empty environment without Rust
	RUSTFLAGS="-Cprofile-use=$(PROFILE)" $(MATURIN) build $(DIST) --out dist $(LINKED)
	$(BIN)/python -m scripts.lay_out "$$(ls -t dist/*.whl | head -1)"
	$(BIN)/python scripts/verify_wheel.py dist

small: $(VENV)/.ready patched ## build the wheel without the compiler into dist/small, for a 64-bit ARM board or TARGET
	@scripts/install_board
	$(MATURIN) build --profile small $(SMALL) --target $(or $(TARGET),$(ARM)) --out dist/small

# What the emulator runs in tests. Rust's library for the other architecture comes with rustup only.
board:
	@if command -v rustup >/dev/null; then $(MAKE) --no-print-directory $(BOARD); \
	else echo 'board: there is no rustup, so no test runs on it'; fi

$(BOARD): $(RUST_SOURCES) .cargo/config.toml patches.toml $(wildcard patches/*/*) $(VENV)/.ready scripts/install_board | patched
	@scripts/install_board
	@$(CARGO) build --quiet --locked --profile board --package atoll-python $(SMALL) --target $(ARM)
	@cp "$(ATOLL_TARGET_DIR)/$(ARM)/board/lib_core.so" $@

clean: ## remove what was built, but not the compiler's cache
	rm -rf $(VENV) $(CORE) build dist

core: $(VENV)/.ready $(CORE)

toolchains: $(VENV)/.ready
	@PYTHONPATH=python $(BIN)/python -m atoll toolchain install --all
	@scripts/install_test_tools

guests: toolchains
	@$(BIN)/python guests/build.py

$(VENV)/.ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/pip install --quiet --group dev
	@touch $@

patched:
	@$(PYTHON) scripts/patch_crates.py

$(CORE): $(RUST_SOURCES) patches.toml $(wildcard patches/*/*) pyproject.toml $(VENV)/.ready | patched
	@$(MATURIN) develop --release --quiet --extras $(EXTRAS)
	@touch $@
