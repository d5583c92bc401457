# Needs Go and, for the browser tests, what Debian packages give. "make" shows
# the targets.

GO     ?= go
BINARY ?= polder
TAGS   := timetzdata
BUILD  := -trimpath -tags $(TAGS) -ldflags "-s -w"

.DEFAULT_GOAL := help
.PHONY: help test check lint vuln build demo bench fuzz image clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

test: ## all tests, with a browser when there is or can be one
	@tags=$$(.ci/browser); set -x; $(GO) test -timeout 30m -tags "$$tags" ./...

check: ## what must be green before a commit
	@.ci/check

lint: ## staticcheck, at the version of tools.mod (downloads it once)
	$(GO) tool -modfile=tools.mod staticcheck ./...

vuln: ## known vulnerabilities in what is used (needs the network)
	$(GO) tool -modfile=tools.mod govulncheck ./...

build: ## the static binary
	CGO_ENABLED=0 $(GO) build $(BUILD) -o $(BINARY) ./cmd/polder

demo: ## a whole network on this computer
	$(GO) run ./cmd/polder demo

bench: build ## benchmarks of the packages, then of the program
	$(GO) test -run '^$$' -bench . -benchmem ./...
	./$(BINARY) bench

fuzz: ## every fuzz target for FUZZTIME (30s)
	@.ci/fuzz $(or $(FUZZTIME),30s)

image: ## the container image
	docker build -t polder .

clean: ## remove what the targets above made
	rm -f $(BINARY) *.test *.out
