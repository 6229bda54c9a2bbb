# The commands of the project. `make` alone lists them.

CARGO      ?= cargo
TARGET     := $(or $(CARGO_TARGET_DIR),target)
DATA       ?= data/demo
HTTP       ?= 127.0.0.1:7400
SYSLOG     ?= 127.0.0.1:5514
KAFKA      ?= 127.0.0.1:9092
# A Python with the engines that girok is measured against and read by; outside of the clone.
PEERS      ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/girok/peers

.PHONY: help demo test build ui fmt lint unit ui-test e2e deny crash fuzz-input exactness peers bench clean-demo

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: ## Build everything, start girok with sample logs, print the address
	@if [ ! -x $(TARGET)/release/girok ]; then \
	  echo "The first build compiles a query engine: 10 to 30 minutes on two cores. The next one takes seconds."; fi
	@$(MAKE) --no-print-directory ui
	REQUIRE_UI=1 $(CARGO) build --release --package girok
	$(TARGET)/release/girok demo --data $(DATA) --http $(HTTP) --syslog $(SYSLOG) --kafka $(KAFKA)

test: fmt lint unit ui-test e2e ## Run everything: formatting, lints, tests, the page in a real browser

build: ui ## Build the release binary with its page
	REQUIRE_UI=1 $(CARGO) build --release --package girok

ui: ui/dist/index.html ## Build the page

ui/node_modules: ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules $(shell find ui/src ui/public ui/index.html ui/vite.config.ts -type f 2>/dev/null)
	npm --prefix ui run build
	@touch $@

fmt: ## Check the formatting
	$(CARGO) fmt --all --check

lint: ## Check the lints
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

unit: ui/dist/index.html ## Run the tests of all crates
	$(CARGO) test --workspace

ui-test: ui/node_modules ## Lint, type-check and test the page, check its size
	npm --prefix ui run lint
	npm --prefix ui run typecheck
	npm --prefix ui run test
	@$(MAKE) --no-print-directory ui/dist/index.html
	npm --prefix ui run size

e2e: ui/dist/index.html ## Drive the page in headless Chromium against the real binary
	$(CARGO) test --workspace --no-run
	GIROK_BIN=$(abspath $(TARGET))/debug/girok npm --prefix ui run e2e

deny: ## Check licences and sources of dependencies (needs cargo-deny)
	$(CARGO) deny check bans licenses sources

crash: ## Kill the server 100 times for each durability and count every event
	GIROK_CRASH_ROUNDS=100 $(CARGO) test --workspace --test it -- crash --nocapture

fuzz-input: ## Send 10,000 random inputs to every door
	GIROK_FUZZ_ROUNDS=10000 $(CARGO) test --workspace --test it -- bad_input --nocapture

exactness: ## Compare 10,000 random queries with a naive reading of the same events
	GIROK_TEST_ROUNDS=10000 $(CARGO) test --release --workspace --test engine -- exactness --nocapture

peers: $(PEERS)/installed ## Install DuckDB, ClickHouse (chdb) and pyarrow from PyPI, outside of the clone

$(PEERS)/installed: tools/peers.txt
	python3 -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement tools/peers.txt
	@touch $@

bench: build peers ## Measure ingest and queries; docs/bench.md explains the figures
	$(TARGET)/release/girok bench ingest --lines 3400000
	GIROK_BENCH_PYTHON=$(PEERS)/bin/python $(TARGET)/release/girok bench query --lines 5000000 --against chdb,duckdb

# Commands about other people's software: Apache Kafka, the suites of its clients.
include $(wildcard tools/*/*.mk)
