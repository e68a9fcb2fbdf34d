# Two commands do everything on a fresh machine with Go and make: `make run` and `make test`.
GO ?= go
FUZZTIME ?= 1m
CONFIG ?= config.yaml

# Prints what a test run says without its noise, and at the end what it measured, with the counts of tests that ran many times added up; a
# failure stays a failure.
FIGURES = awk '/^===|no test files|no tests to run|^PASS/ {next} {print} \
  /figures: / { sub(/^.*figures: /, ""); if ($$0 !~ /^[a-z_]+=[0-9]+( [a-z_]+=[0-9]+)*$$/) { f = f $$0 "\n"; next } \
    for (i = 1; i <= NF; i++) { split($$i, kv, "="); if (!(kv[1] in sum)) order[++n] = kv[1]; sum[kv[1]] += kv[2] } } \
  END { printf "%s", f; for (i = 1; i <= n; i++) printf "%s%s=%d", (i > 1 ? " " : ""), order[i], sum[order[i]]; if (n) print "" }'
crash faults simulate soak: SHELL = /bin/bash
crash faults simulate soak: .SHELLFLAGS = -o pipefail -c

.DEFAULT_GOAL := help
.PHONY: help run serve build test check fmt lint bench crash faults simulate soak fuzz cover vuln tidy

help: ## Print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: ## Try Sameday with no Slack account: a local workspace and a sample bank
	$(GO) run ./cmd/sameday try $(ARGS)

serve: ## Run against Slack with CONFIG=config.yaml
	$(GO) run ./cmd/sameday run --config $(CONFIG)

build: ## Build bin/sameday
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/sameday ./cmd/sameday

test: ## Run all tests with the race detector
	$(GO) test -race -shuffle=on -timeout 20m ./...

check: fmt lint test ## Everything that must hold before a commit
	$(GO) mod tidy -diff

fmt: ## Fail when a file is not formatted
	@out=$$($(GO) tool gofumpt -l .); if [ -n "$$out" ]; then echo "not formatted (run go tool gofumpt -w .):"; echo "$$out"; exit 1; fi

lint: ## Vet and staticcheck
	$(GO) vet ./...
	$(GO) vet -tags failpoints ./...
	$(GO) vet -vettool=$$($(GO) tool -n zerologlint) ./...
	$(GO) tool staticcheck ./...

bench: ## Benchmarks, in the form benchstat reads; SAMEDAY_BENCH_BIG=1 adds archives of 100,000 and 1,000,000 complaints
	$(GO) test -run '^$$' -bench . -benchmem -timeout 2h ./... | tee bench.txt
	SAMEDAY_BENCH_MIDNIGHT=1 $(GO) test -run '^TestMidnight$$' -v -timeout 2h ./bot | grep '^Benchmark' | tee -a bench.txt
	@awk 'function of(u, i) { for (i = 2; i <= NF; i++) if ($$i == u) return $$(i - 1) } \
	  /app=acks.inflight=256/ { acks = of("commands/s") } /app=sameday.inflight=256/ { rate = of("commands/s") } \
	  /app=sameday.inflight=16[^0-9]/ { p99 = of("p99-ms") } /units=441.archived=10000.sweep.due=0/ { sweep = of("ns/op") / 1e6 } \
	  /units=5000.*notice/ { notice = of("p50-ms") } /units=5000.*start/ { start = of("ns/op") / 1e6 } \
	  END { printf "%.0f commands/s at 256 in flight, %.2f of a program that only acknowledges; p99 %.1f ms at 16; idle sweep %.2f ms; notice of 5,000 units %.0f ms, start %.0f ms\n", \
	    rate, rate / acks, p99, sweep, notice, start }' bench.txt

crash: ## Kill the program 500 times under load, and at every place where it stores or sends
	SAMEDAY_LONG=1 SAMEDAY_CRASHES=$(or $(CRASHES),500) $(GO) test -v -count=1 -timeout 60m -run '^TestKilled|^TestEveryPointIsTried' ./cmd/sameday \
	  | $(FIGURES)

faults: ## Full, broken, torn and swapped disks and files, and Slack and time at their worst, the long forms
	SAMEDAY_LONG=1 $(GO) test -v -count=1 -timeout 60m -run '^TestFault' ./... | $(FIGURES)

simulate: ## A year of a bank of 441 units in fake time, everything it owes judged from outside; DAYS and SEED ask for another
	GOGC=400 SAMEDAY_SIMULATE=$(or $(DAYS),365) SAMEDAY_SEED=$(or $(SEED),1) $(GO) test -v -count=1 -timeout 600m -run '^TestSimulatedBank$$' ./bot \
	  | $(FIGURES)

soak: ## The same for 30 days with four times the trouble
	GOGC=400 SAMEDAY_SOAK=1 SAMEDAY_SIMULATE=$(or $(DAYS),30) SAMEDAY_SEED=$(or $(SEED),1) $(GO) test -v -count=1 -timeout 600m -run '^TestSimulatedBank$$' ./bot \
	  | $(FIGURES)

fuzz: ## Every fuzz target for FUZZTIME each
	@n=0; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do d=$$(dirname $$f); \
	  for t in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$f | sed 's/func //'); do \
	    echo "$$d $$t"; $(GO) test $$d -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) || exit 1; n=$$((n + 1)); done; done; \
	echo "$$n targets, $(FUZZTIME) each: nothing found"

cover: ## Coverage by package
	$(GO) test -coverprofile=cover.out ./... && $(GO) tool cover -func=cover.out | tail -1

vuln: ## Look for known vulnerabilities (needs the vulnerability database)
	$(GO) tool govulncheck ./...

tidy: ## Format and tidy
	$(GO) tool gofumpt -w . && $(GO) mod tidy
