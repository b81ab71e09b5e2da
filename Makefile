SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help build demo test golden bench check

help: ## Show these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

build: ## Build everything (Release)
	@dotnet build Mesh.sln -c Release --nologo -v quiet

demo: build ## Run the bookshop in a mesh and steer its traffic (ARGS=--once for one pass)
	@dotnet artifacts/bin/Cli/release/meshctl.dll demo --examples examples/bookinfo $(ARGS)

test: ## Install the peers, build, run every test
	@tests/run.sh

golden: build ## Rewrite the golden files from what the code does now
	@UPDATE_GOLDEN=1 dotnet test Mesh.sln -c Release --no-build --nologo --filter 'FullyQualifiedName~Golden'
	@git --no-pager diff --stat -- '*/testdata/*' deploy/base/crds

bench: build ## Micro benchmarks, then load beside nginx and HAProxy
	@bench/run.sh

check: ## Formatting and analysers, without changing anything
	@dotnet tool restore >/dev/null
	@dotnet csharpier check .
	@dotnet build Mesh.sln -c Release --nologo -v quiet -warnaserror
