# Everything a developer, CI or a packager does with Redress. `make` lists it.
#
# Only GNU make 3.81 features: that is what macOS ships, so no grouped targets.
# Tools are Go modules of their own under .tools, built into .bin on first use;
# nothing has to be installed by hand but Go, git and a C compiler (for -race).

SHELL := /bin/bash
# A source archive without .git must build too.
export GOFLAGS ?= -buildvcs=false

BIN := $(CURDIR)/.bin
# Lazy, so that `make help` does not start Go.
MODULES = $(shell go list -m -f '{{.Dir}}/...')
# Finds Postgres or fetches it, once; the programs then find the same one.
WITH_PG = PG_BIN=$$(.tools/postgres/ensure) && export PG_BIN

# Parameters, as in `make bench BENCH=intake`.
BENCH     ?= ...
BENCHTIME ?= 1x
PACK      ?= $(wildcard deploy/procedures/*/*)
SERVICE   ?=
# Go flags for the test targets, as in TESTFLAGS='-run TestFire -v'.
TESTFLAGS ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@echo 'Redress. make TARGET:'; echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## all five services in one process; DEMO_FILE=x streams x in
	@$(WITH_PG) && go build -o $(BIN)/standalone redress.dev/services/standalone/cmd/standalone && exec $(BIN)/standalone

.PHONY: test
test: cc ## every test, with the race detector
	$(WITH_PG) && go test -race -shuffle=on -timeout 20m $(TESTFLAGS) work

.PHONY: e2e
e2e: cc ## the stories across all five services
	$(WITH_PG) && go test -race -shuffle=on -count=1 -timeout 20m $(TESTFLAGS) redress.dev/services/e2e/...

.PHONY: packs
packs: ## verify every procedure pack and run its cases; PACK=folder for one
	@$(WITH_PG) && go build -o $(BIN)/redressctl redress.dev/services/redressctl && \
	for pack in $(PACK); do $(BIN)/redressctl procedure verify $$pack || exit; done && $(BIN)/redressctl procedure test $(PACK)

# GOGC as deploy/ sets it.
.PHONY: bench
bench: ## benchmarks against their references; BENCH=timers, or a folder of services/*/bench
	$(WITH_PG) && GOGC=300 go test -run '^$$' -bench . -benchtime $(BENCHTIME) -timeout 60m $(TESTFLAGS) $(BENCH_PACKAGES)

# That of the timers lives where it reaches what only slatimer may import.
BENCH_TIMERS = redress.dev/services/slatimer/internal/engine
ifeq ($(BENCH),timers)
BENCH_PACKAGES = $(BENCH_TIMERS)
else
BENCH_PACKAGES = redress.dev/services/.../bench/$(BENCH) $(if $(filter ...,$(BENCH)),$(BENCH_TIMERS))
endif

GENERATORS = $(BIN)/buf $(BIN)/protoc-gen-go $(BIN)/protoc-gen-go-grpc $(BIN)/protoc-gen-go-vtproto

.PHONY: gen
gen: $(GENERATORS) ## lint the contract and generate proto/gen from it
	$(BIN)/buf lint
	$(BIN)/buf generate --template .tools/buf/gen.yaml
	$(BIN)/buf generate --template .tools/buf/gen-hot.yaml

.PHONY: fmt
fmt: $(BIN)/buf ## format Go and protobuf files
	gofmt -w pkg services
	$(BIN)/buf format -w proto

.PHONY: lint
lint: $(BIN)/golangci-lint ## Go linters alone
	@bad=$$(gofmt -l pkg services); test -z "$$bad" || { echo 'not formatted, run make fmt:'; echo "$$bad"; exit 1; }
	$(BIN)/golangci-lint run $(MODULES)

.PHONY: check
check: check-proto check-deploy lint ## everything that CI checks besides the tests
	go vet work
	go test $(CHECK_TESTS)

# Rules about the tree that are tests: the import table, the manifests.
CHECK_TESTS = redress.dev/services/archtest

.PHONY: check-proto
check-proto: $(GENERATORS)
	$(BIN)/buf lint
	$(BIN)/buf format -d --exit-code proto
	.tools/buf/breaking $(BIN)/buf
	@rm -rf $(BIN)/gen && for part in gen gen-hot; do $(BIN)/buf generate --template .tools/buf/$$part.yaml -o $(BIN)/gen || exit; done && \
	diff -r $(BIN)/gen/proto/gen proto/gen && rm -rf $(BIN)/gen || { echo 'proto/gen is not what the contract generates: run make gen'; exit 1; }

# The images, the chart, the alerts. -count=1: Go's test cache does not look at files outside the tool's module.
.PHONY: check-deploy
check-deploy:
	cd .tools/deploy && GOWORK=off go vet ./... && GOWORK=off go test -count=1 ./...

.PHONY: image
image: ## container image of one service; SERVICE=intake
	@test -n '$(SERVICE)' || { echo 'which one? make image SERVICE=intake'; exit 1; }
	CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags='-s -w' -o $(BIN)/image/$(SERVICE) redress.dev/services/$(SERVICE)/cmd/$(SERVICE)
	@for ca in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do \
	if test -f $$ca; then cp $$ca $(BIN)/image/ca-certificates.crt && exit; fi; done; echo 'no CA certificates on this machine: install ca-certificates'; exit 1
	@if command -v buildah >/dev/null; then build='buildah bud'; \
	elif docker info >/dev/null 2>&1; then build='docker build'; \
	else echo 'the binary is in .bin/image; for the image install buildah or docker'; exit 1; fi; \
	set -x; $$build --build-arg SERVICE=$(SERVICE) -t redress/$(SERVICE) -f deploy/Dockerfile $(BIN)/image

.PHONY: pg
pg: ## find the binaries of a Postgres server, or fetch them into .run/pg
	@.tools/postgres/ensure

.PHONY: cc
cc:
	@command -v "$$(go env CC)" >/dev/null && test "$$(go env CGO_ENABLED)" = 1 || \
	{ echo 'the race detector needs a C compiler: install gcc (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install)'; exit 1; }

# Tools. A version changes in .tools/TOOL/go.mod, and the binary follows; touch,
# because go install leaves a binary alone that is already right.
INSTALL = GOWORK=off GOBIN=$(BIN) go install

$(BIN)/buf: .tools/buf/go.mod
	@echo 'building buf, once: about two minutes'
	cd .tools/buf && $(INSTALL) github.com/bufbuild/buf/cmd/buf
	@touch $@
$(BIN)/protoc-gen-go: .tools/protoc/go.mod
	cd .tools/protoc && $(INSTALL) google.golang.org/protobuf/cmd/protoc-gen-go
	@touch $@
$(BIN)/protoc-gen-go-grpc: .tools/protoc/go.mod
	cd .tools/protoc && $(INSTALL) google.golang.org/grpc/cmd/protoc-gen-go-grpc
	@touch $@
$(BIN)/protoc-gen-go-vtproto: .tools/protoc/go.mod
	cd .tools/protoc && $(INSTALL) github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
	@touch $@
$(BIN)/golangci-lint: .tools/lint/go.mod
	@echo 'building golangci-lint, once: about two minutes'
	cd .tools/lint && $(INSTALL) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
