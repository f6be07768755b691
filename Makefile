# Everything is set up on first use: a virtual environment in .venv with the locked packages.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .tools
CHECKOV_VERSION := 3.3.30
GO := $(or $(shell command -v go),/usr/local/go/bin/go)
export PYTHONDONTWRITEBYTECODE :=
DEMO_ARGUMENTS := $(if $(PHOTO),--photo "$(PHOTO)") $(if $(REFERENCE),--reference "$(REFERENCE)") \
	$(if $(BACKGROUND),--background "$(BACKGROUND)") $(if $(DURATION),--duration "$(DURATION)")

.PHONY: demo serve test check soak bench bench-models chart-tools chart-test chart-policies simulate image-test image-sizes format lock clean

demo: $(VENV)/.base
	$(BIN)/troupe demo $(DEMO_ARGUMENTS)

serve: $(VENV)/.serve
	$(BIN)/troupe serve

test: $(VENV)/.dev check
	$(BIN)/python -m pytest -m "not soak and not bench" -n 2 --dist loadfile --no-loadscope-reorder --durations=15 $(TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy components pipelines serving training troupe.py tests
	$(BIN)/lint-imports

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -m soak --timeout=7200 $(TESTS)

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

bench-models: $(VENV)/.dev
	$(BIN)/python -m tests.bench.bench_models $(BENCH_ARGUMENTS)
	$(BIN)/python -m tests.bench.bench_model_servers

# Every image of Dockerfile.gpu, on a Debian base made here; needs root and apt-get install buildah debootstrap.
image-test: $(VENV)/.dev
	TROUPE_REQUIRE=buildah $(BIN)/python -m pytest tests/images --timeout=7200

image-sizes: $(VENV)/.dev
	$(BIN)/python -m tests.images.sizes

# FIGURES=FILE: stages measured elsewhere (python -m tests.simulation.measure FILE); NODE_CORES=16: size of a node.
simulate: $(VENV)/.dev
	FIGURES="$(FIGURES)" NODE_CORES="$(or $(NODE_CORES),16)" $(BIN)/python -m tests.simulation

# helm, helm-unittest and kubeconform, and the schemas of the kinds that the chart makes; needs Go 1.26.
chart-tools: $(TOOLS)/.charts

chart-test: $(VENV)/.dev $(TOOLS)/.charts chart-policies
	TROUPE_REQUIRE=charts $(BIN)/python -m pytest tests/charts $(TESTS)

# What checkov says of every rendered example: nothing that is not explained beside it.
chart-policies: $(VENV)/.dev $(TOOLS)/.charts $(TOOLS)/.checkov
	$(BIN)/python -m tests.charts.policies $(TOOLS)/checkov/bin/checkov

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.uv
	UV=$(BIN)/uv requirements/lock.sh --upgrade

clean:
	rm -rf $(VENV) $(TOOLS) out

$(VENV)/.uv: requirements/uv.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	touch $@

# The base environment: what `troupe dance` needs. The development environment holds it too.
$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/.uv
	@test -f $(VENV)/.dev || { VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/base.txt && \
	  VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable . ; }
	$(BIN)/troupe warm
	touch $@

# What `troupe serve` needs beyond that, and the front-end files of others, fetched through npm.
$(VENV)/.serve: requirements/serve.txt pyproject.toml serving/orchestrator/pages/package-lock.json | $(VENV)/.uv
	@test -f $(VENV)/.dev || { VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/serve.txt && \
	  VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable . ; }
	$(BIN)/troupe warm
	$(BIN)/python -m serving.orchestrator.pages.vendor
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml serving/orchestrator/pages/package-lock.json | $(VENV)/.uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/dev.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/troupe warm
	$(BIN)/python -m serving.orchestrator.pages.vendor
	touch $@

$(TOOLS)/.charts: tests/charts/tools/go.mod tests/charts/tools/go.sum tests/charts/schemas.py | $(VENV)/.dev
	cd tests/charts/tools && GOBIN=$(abspath $(TOOLS))/bin GOFLAGS="-trimpath -mod=readonly" $(GO) install -ldflags="-s -w" tool
	rm -rf $(TOOLS)/schemas
	$(BIN)/python -m tests.charts.schemas $(TOOLS)/schemas
	touch $@

# In an environment of its own: its dependencies do not go together with ours.
$(TOOLS)/.checkov: Makefile | $(VENV)/.uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(TOOLS)/checkov
	VIRTUAL_ENV=$(TOOLS)/checkov $(BIN)/uv pip install --quiet checkov==$(CHECKOV_VERSION)
	touch $@
