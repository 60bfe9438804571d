# What a checkout can do. `make help` lists it.
SHELL := /bin/bash
BIN := node_modules/.bin
SOURCES := $(shell find $(wildcard cli core workflows activities workers infra test bench types) -name '*.ts') $(wildcard core/*/assembly/asconfig.json) tsconfig.json package.json
INSTALLED := node_modules/.package-lock.json
BUILT := dist/.built

FAULTS ?= 100

ROUNDS ?= 5

.PHONY: help install build demo test chaos bench bench-scale bench-growth lint format docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(INSTALLED) ## the dependencies, from the npm registry

$(INSTALLED): package.json package-lock.json .npmrc
	@echo "Installing dependencies from the npm registry (first time: a minute or two)"
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

build: $(BUILT) ## compile to dist/, so that `npx xqg` works

$(BUILT): $(INSTALLED) $(SOURCES)
	@npm run --silent build
	@chmod +x dist/cli/main.js
	@ln -sf ../../dist/cli/main.js $(BIN)/xqg
	@touch $@

demo: $(BUILT) ## the whole pipeline on the bundled models and data, with an embedded Temporal server
	@$(BIN)/xqg run examples/demo.yaml --embedded

test: $(BUILT) ## all tests, with a real Temporal server and a real S3 server
	@node dist/infra/provide-servers.js
	@node dist/test/run.js

bench: $(BUILT) ## side by side with what a user would pick instead: ONLY=row, ROUNDS=5; installs the Python peers
	@node dist/infra/provide-servers.js
	@node dist/bench/compare/main.js --rounds $(ROUNDS) $(if $(ONLY),--only $(ONLY)) --out bench/results

bench-scale: $(BUILT) ## the orchestration of 18 million passages, without inference (a few minutes)
	@node dist/infra/provide-servers.js
	@node dist/bench/scale/main.js --out bench/results

bench-growth: $(BUILT) ## time and memory of each role over 1, 4 and 16 times a corpus (20 minutes, two free cores)
	@node dist/infra/provide-servers.js
	@node dist/bench/growth/main.js --out bench/results
	@node dist/bench/growth/main.js --size 1 --other-shape --out bench/results

chaos: $(BUILT) ## faults injected into real runs: FAULTS=100, SEED=any, OUT=table.md; about 25 minutes
	@node dist/infra/provide-servers.js
	@node dist/test/chaos/main.js --faults $(FAULTS) $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out $(OUT))

lint: $(INSTALLED) ## eslint, and whether prettier would change anything
	$(BIN)/eslint . --max-warnings 0
	$(BIN)/prettier --check --log-level warn .

format: $(INSTALLED) ## let prettier rewrite what it would
	$(BIN)/prettier --write --log-level warn .

clean: ## what the build made
	rm -rf dist .build
