# Everything the course can be asked to do. `make` alone lists it.
#
#   PYTHON=python3.12          the Python that .venv is made with (default: the first of 3.11 to 3.14 that is found)
#   TORCH_INDEX=URL            where pip should also look for torch: the index that pytorch.org names for your CUDA
#                              version, or for the CPU alone
#   LAB_FLAGS="--no-browser"   passed on to JupyterLab
#   LESSONS="02 03"            the lessons that `lessons` and `build` are about (default: all)
#   JOBS=2                     processes that test and build at a time
#   LOWEST="tests/gpt"         the tests that test-lowest runs (default: all unit tests)
#   MODEL_FLAGS=--compile      passed on to the training of `model`
#   NBVAL=--nbval-lax          for other versions of torch than the pinned one: notebooks must run, outputs may differ

VENV := .venv
PYTHON ?=
TORCH_INDEX ?=
LAB_FLAGS ?=
LESSONS ?=
JOBS ?= 2
LOWEST ?= tests
NBVAL ?= --nbval
MODEL_FLAGS ?=

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
RUN := $(BIN)/python -m
COURSE := $(RUN) course_tools
INSTALLED := $(VENV)/.installed
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)

.DEFAULT_GOAL := help
.PHONY: help lab lessons test test-browser test-js test-instructor test-lowest lint build site test-site model bench bench-readme doctor constraints clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: $(INSTALLED) ## open JupyterLab at lesson 01
	$(COURSE) lab -- $(LAB_FLAGS)

lessons: $(INSTALLED) ## execute every lesson without a browser, and say where the results are
	$(COURSE) run $(LESSONS)

doctor: $(INSTALLED) ## say what this machine has, and what is missing
	$(COURSE) doctor

test: $(INSTALLED) ## run the unit tests, then re-execute every notebook and compare
	$(RUN) pytest -n $(JOBS) --dist loadfile tests
	$(RUN) pytest -n $(JOBS) --dist loadfile $(NBVAL) --nbval-current-env notebooks exercises solutions fa

test-browser: $(INSTALLED) ## drive JupyterLab in headless Chromium, where that is installed
	$(RUN) pytest -m browser tests/browser

# Needs no Python. What npm fetches is fetched once; where that cannot be, CI fails, and a laptop is told the reason.
test-js: ## test the modules of JavaScript with Vitest, and check their types, where npm is installed
	@cd tests/javascript; \
	if ! command -v npm > /dev/null || ! node -e "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"; then \
		echo "make test-js: skipped: there is no npm with node 20 or later"; test -z "$$CI"; \
	elif ! test node_modules/.package-lock.json -nt package-lock.json && ! npm ci --no-fund --no-audit; then \
		echo "make test-js: skipped: npm could not fetch Vitest and TypeScript"; test -z "$$CI"; \
	else npm test; fi

test-instructor: $(INSTALLED) ## install nbgrader and dask, and test grading with them
	$(RUN) pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[lab,dev,instructor]'
	$(RUN) pytest -n $(JOBS) --dist loadfile -m instructor tests/tools

# In an environment of its own. torch stays the pinned one (see `constraints`): older ones are not built for the CPU
# alone on every index.
test-lowest: $(INSTALLED) ## run the unit tests with the lowest versions that pyproject.toml admits
	@mkdir -p build
	$(RUN) uv pip compile --quiet --resolution lowest-direct --extra lab --extra dev --no-annotate --no-header \
		--output-file build/lowest.all.txt pyproject.toml
	grep -v -E "^(cuda|nvidia|triton)" build/lowest.all.txt > build/lowest.txt
	test -d $(VENV)-lowest || $(RUN) venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --disable-pip-version-check --quiet \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c build/lowest.txt -e '.[lab,dev]'
	$(VENV)-lowest/bin/python -m pytest -n $(JOBS) --dist loadfile $(LOWEST)

lint: $(INSTALLED) ## style, types, and who may import whom
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(BIN)/lint-imports

build: $(INSTALLED) ## build notebooks, exercises and solutions from sources/
	$(COURSE) build --jobs $(JOBS) $(LESSONS)

site: $(INSTALLED) ## make the web site in build/site, which needs no network
	$(COURSE) site --jobs $(JOBS)

# What can be had of it without a network is tested without one: what is missing is said by the tests that skip.
test-site: $(INSTALLED) ## make the site and look at every page in headless Chromium, where that and node are installed
	$(COURSE) site --strict --jobs $(JOBS)
	@if command -v npm > /dev/null; then npm ci --silent --no-fund --no-audit --prefix tests/site || true; fi
	$(RUN) pytest -n $(JOBS) -m site tests/site

# 6 min 24 s on one H100, without the 90 s of telling the stories; hours on two cores. Again: goes on.
model: $(INSTALLED) ## train the course's own model anew into build/howsam (a GPU is worth its while)
	$(COURSE) train --preset howsam --n 300000 --out build/howsam $(MODEL_FLAGS)

bench: $(INSTALLED) ## measure, against the targets; takes some minutes
	@mkdir -p build
	$(RUN) benchmarks --markdown build/benchmarks.md

bench-readme: bench ## the same, and put table and picture into docs/performance.md
	$(RUN) benchmarks.readme build/benchmarks.md docs/performance.md
	$(RUN) benchmarks.growth docs/growth.png

# The pin of torch stands in pyproject.toml, under [tool.uv]. What CUDA builds of torch bring along is left out, so
# that the same file serves machines with and without a GPU.
constraints: ## derive constraints.txt anew, from the newest releases that pyproject.toml admits
	@test -x $(BIN)/uv || $(MAKE) $(INSTALLED)
	@echo "# Exact versions, as CI runs them. Derived from pyproject.toml by \`make constraints\`: do not edit." > constraints.txt.tmp
	$(RUN) uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate --no-header \
		--output-file constraints.all.tmp pyproject.toml
	grep -v -E "^(cuda|nvidia|triton)|sys_platform == 'emscripten'" constraints.all.tmp >> constraints.txt.tmp
	mv constraints.txt.tmp constraints.txt
	rm constraints.all.tmp

clean: ## remove what was built and cached, but neither .venv nor the notebooks
	rm -rf build executed .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find course_lib course_tools tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and again only when what it installs has changed.
$(INSTALLED): pyproject.toml constraints.txt
	@if [ ! -x $(BIN)/python ]; then \
		found=; \
		for candidate in $(PYTHONS); do \
			if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then \
				found=$$candidate; break; \
			fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "The course needs Python 3.11 to 3.14, and none of these is: $(PYTHONS)."; \
			echo "Install one, from python.org or with your package manager, or name yours: make lab PYTHON=/path/to/python3"; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$found"; \
		$$found -m venv $(VENV) || { rm -rf $(VENV); \
			echo "$$found cannot make environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }; \
	fi
	$(RUN) pip install --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		-c constraints.txt -e '.[lab,dev]'
	@touch $@
