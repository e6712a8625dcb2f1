# make run     a demonstration server on http://127.0.0.1:8080, with nothing to set up
# make test    every test, with the race detector, in random order
# make check   what needs no test to run: vet, staticcheck, the repository's rules
# make lint-api    redocly and spectral on api/openapi.yaml; needs npm
# make test-slow    the same tests for longer, then every fuzz target
#
# Go is all that is needed; it fetches the rest. `make test RACE=` does without the race detector.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

# The race detector needs cgo and a C compiler; go env answers 0 where there is none.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# Every module but the tools' own. A backend's heavy test server is one, so that its requirements aren't ours.
MODULES := $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path '*/node_modules/*' -not -path './tools/*'))

TIMEOUT := 10m
FUZZTIME := 2m
STATICCHECK := $(CURDIR)/.bin/staticcheck

.PHONY: run build test test-slow check generate vet staticcheck lint-api note clean

run:
	go run . serve --demo

# Two builds of one commit are the same bytes, wherever they are made: no paths, no build id, no state of the checkout.
build:
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags='-s -w -buildid=' -o officermobile .

# Vetting is make check's.
test: note
	@for m in $(MODULES); do \
		echo "test $$m"; \
		(cd $$m && go test $(RACE) -shuffle=on -vet=off -timeout=$(TIMEOUT) ./...); \
	done

test-slow: export OFFICERMOBILE_SLOW = 1
test-slow: TIMEOUT := 2h
test-slow: test
	FUZZTIME=$(FUZZTIME) .ci/fuzz

# arch reads the sources only, so it comes first. The packages that generate a file have a test that it is current,
# which make test runs with all others.
check: note
	go test ./arch
	@$(MAKE) --no-print-directory vet staticcheck
	go test $(RACE) -run '^TestReference$$' ./config

# vet and staticcheck look at the race detector's build, which the tests need anyway: another one would take minutes.
vet:
	@for m in $(MODULES); do echo "vet $$m"; (cd $$m && go vet $(RACE) ./...); done

staticcheck: $(STATICCHECK)
	@for m in $(MODULES); do \
		echo "staticcheck $$m"; \
		(cd $$m && GOFLAGS="$$(go env GOFLAGS) $(RACE)" $(STATICCHECK) ./...); \
	done

$(STATICCHECK): tools/go.mod tools/go.sum
	go -C tools build -o $@ honnef.co/go/tools/cmd/staticcheck

# Part of what CI runs. Without npm it says that it was left out.
lint-api:
	.ci/lint-api

# Writes what is made from the code: docs/CONFIG.md and the like.
generate:
	go generate ./...

note:
	@$(if $(RACE),:,echo "The race detector is off, since there is no cgo here or no C compiler." >&2)

clean:
	rm -rf .bin officermobile
