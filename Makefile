SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help build demo test golden bench check publish manifests

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
	@git --no-pager diff --stat -- '*/testdata/*' deploy/base/crds docs

bench: build ## Micro benchmarks, then load beside nginx and HAProxy
	@bench/run.sh

publish: ## Self-contained programs for deploy/Dockerfile, into out/
	@for program in Proxy ControlPlane Injector Cli; do \
		target=out/$$(echo $$program | tr A-Z a-z | sed s/cli/meshctl/); \
		rm -rf $$target && dotnet publish src/$$program/$$program.csproj -c Release -r linux-x64 --self-contained \
			-p:PublishReadyToRun=true -p:DebugType=none -o $$target --nologo -v quiet || exit 1; \
	done; chmod -R a+rX out; du -sh out/*

manifests: ## What `meshctl install` carries beside the definitions, from deploy/overlays
	@for overlay in demo production; do \
		kubectl kustomize deploy/overlays/$$overlay \
			| awk 'BEGIN { RS = "---\n"; ORS = "---\n" } !/\nkind: CustomResourceDefinition\n/' \
			> deploy/rendered/$$overlay.yaml || exit 1; \
	done

check: ## Formatting and analysers, without changing anything
	@dotnet tool restore >/dev/null
	@dotnet csharpier check .
	@dotnet build Mesh.sln -c Release --nologo -v quiet -warnaserror
