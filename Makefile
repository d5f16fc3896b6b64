# Everything a fresh machine needs is python3, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= $(shell expr $$(nproc) + 1)  # many tests wait for a server or a clock
CHROMIUM := /usr/bin/chromium
# Most of what is installed is never imported: Python compiles what it meets, pip would compile everything.
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE  # images set it; hundreds of processes would compile the program and the tests anew

.PHONY: demo run test thorough browser lint docs messages screenshots lock benchmarks endurance clean

demo: .venv/installed       ## the main job on the bundled replica of the ministry's site, no network to the outside
	$(BIN)/letapis demo

run: .venv/installed        ## crawl the ministry's site
	$(BIN)/letapis crawl

test: lint browser          ## everything that must hold: linters, types, import rule, generated docs, tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 15

thorough: lint browser      ## the same, with every value in every place: takes some minutes more
	LETAPIS_TEST_THOROUGH=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 15

browser:                    ## Debian's chromium, which tests of the review pages run in
	@test -x $(CHROMIUM) || { test "$$(id -u)" = 0 && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium && test -x $(CHROMIUM); } || \
	  { echo "The tests of the review pages need $(CHROMIUM): run, as root, apt-get install chromium" >&2; exit 1; }

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

docs: .venv/tested          ## write the generated parts of docs/
	$(BIN)/python -m docs.generate

messages: .venv/tested      ## what is said, out of the code into the translations, compiled
	$(BIN)/python -m docs.messages

screenshots: .venv/tested browser  ## the pictures of the README, anew
	$(BIN)/python -m docs.screenshots

benchmarks: .venv/tested
	$(BIN)/python -m benchmarks.crawl

endurance: .venv/tested     ## ten minutes of the service with twenty kills: nothing lost, nothing told twice
	$(BIN)/python -m tests.service.endurance --minutes 10 --kills 20

lock: .venv/tested          ## take the newest versions into the lock files
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --all-extras --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
	  --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements-dev.lock

.venv/made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed: .venv/made requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps -e .
	touch $@

.venv/tested: .venv/made requirements-dev.lock pyproject.toml  # that lock holds all of the other
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps -e .
	touch .venv/installed $@

clean:
	rm -rf .venv demo build dist
