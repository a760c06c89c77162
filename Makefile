# Two commands for a fresh Debian machine with Swift 6.3: `make up` and `make test`.

ARGS ?=
CONFIGURATION ?= release

.PHONY: help up build test lint docs bench clean

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

up: build ## Build what is needed and start the whole plane (ARGS="-f Examples" adds options)
	.build/$(CONFIGURATION)/rollcall up $(ARGS)

build: ## Build .build/release/rollcall
	scripts/install-packages build
	swift build -c $(CONFIGURATION) --product rollcall

test: ## Lint, build with warnings as errors, check the docs, run every test
	scripts/install-packages build test
	scripts/test

lint: ## Check formatting and shell scripts
	scripts/lint

docs: ## Build the documentation; broken links are errors
	scripts/check-docs

bench: ## Measure the hot paths (see Benchmarks/README.md)
	scripts/install-packages build bench
	Benchmarks/run

clean: ## Remove what was built
	rm -rf .build .build-*
