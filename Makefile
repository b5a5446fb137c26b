# Everything a clone can do. Needs a Rust toolchain, make and Python 3.

PYTHON ?= python3
CARGO ?= cargo
VENV := .venv
# The oldest NumPy that the package works with has an environment of its own.
OLDEST := .venv-oldest
# What checks a release needs older versions of packages than the tests do.
RELEASE := .venv-release

# Tests run NumPy from here. Name another Python that has NumPy to skip making the virtual environment:
# `make test NUMIO_PYTHON=/path/to/python`.
ifdef NUMIO_PYTHON
ORACLE :=
else
ORACLE := $(VENV)/.made
NUMIO_PYTHON := $(CURDIR)/$(VENV)/bin/python
endif
export NUMIO_PYTHON

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-rust snapshots test-python test-python-oldest test-sdist python features platforms packages wheels docs lint bench fuzz clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: $(VENV)/.made ## Make .venv, a virtual environment with the NumPy that tests compare with

$(VENV)/.made: requirements-test.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)," >&2; \
	  echo "or name a Python that has NumPy 2: make test NUMIO_PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-test.txt
	@touch $@

demo: ## Build numio and show what it does with real files
	$(CARGO) build --release --locked --package numio-cli --bin numio --package numio --example map
	@scripts/demo

test: test-rust test-python ## Run every test, those against NumPy included

test-rust: $(ORACLE) ## Run the tests of the library and of the command
	$(CARGO) test --workspace --all-features --locked
	@for example in crates/*/examples/*.rs; do \
	  "$${CARGO_TARGET_DIR:-target}/debug/examples/$$(basename $$example .rs)" >/dev/null || { echo "$$example failed" >&2; exit 1; }; \
	done

# A snapshot that differs fails a test, and leaves nothing behind; `make snapshots` renews them.
export INSTA_UPDATE ?= no
unexport INSTA_FORCE_PASS

snapshots: ## Renew the snapshots of messages and output, to be read before they are committed
	INSTA_UPDATE=always $(CARGO) test --package numio --package numio-cli --all-features --locked --test it snapshots
	git diff --stat -- '*.snap'

test-python: python test-python-oldest ## Run the tests of the Python package, and check its types
	$(VENV)/bin/python -m mypy.stubtest numio
	$(VENV)/bin/python -m pytest --quiet --numprocesses 2 --dist loadfile crates/numio-python/tests

# Tests that hold under every NumPy: the others compare with words and ways of NumPy 2. There is no 1.26 for Python 3.13.
OLDEST_TESTS := arrays close defaults dispatch files maps objects open panics trust

test-python-oldest: python
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
	  $(MAKE) --no-print-directory $(OLDEST)/.made && rm -rf $(OLDEST)/package && mkdir -p $(OLDEST)/package && \
	  cp -r $(VENV)/lib/python3*/site-packages/numio $(OLDEST)/package && \
	  PYTHONPATH=$(abspath $(OLDEST))/package $(OLDEST)/bin/python -m pytest --quiet -p no:cacheprovider \
	    $(OLDEST_TESTS:%=crates/numio-python/tests/test_%.py); \
	else echo "no NumPy 1.26 for $$($(PYTHON) --version): not tested with it"; fi

$(OLDEST)/.made: requirements-oldest.txt
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-oldest.txt
	@touch $@

python: $(VENV)/.made ## Build the Python package in .venv
	PATH="$(abspath $(VENV))/bin:$$PATH" MATURIN_PEP517_ARGS=--locked $(VENV)/bin/python -m pip install --quiet \
	  --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall .

SDIST := target/sdist

test-sdist: $(VENV)/.made ## Install the source distribution in an empty environment, which takes minutes
	rm -rf $(SDIST)
	$(VENV)/bin/maturin sdist --quiet --out $(SDIST)
	$(PYTHON) -m venv $(SDIST)/venv
	CARGO_TARGET_DIR=$(abspath $(SDIST))/build $(SDIST)/venv/bin/python -m pip install --quiet \
	  --disable-pip-version-check $(SDIST)/*.tar.gz
	cd $(SDIST) && venv/bin/python -c "import numio; numio.save('a.npy', [1, 2]); print(numio.load('a.npy', 'r'))"
	! readelf --sections --wide $(SDIST)/venv/lib/python3*/site-packages/numio/_numio*.so | grep --quiet '\.symtab\|\.debug_'

features: $(ORACLE) ## Build the library with each feature alone, and test it as portable Rust, which takes minutes
	scripts/features

platforms: ## Check that everything compiles for Windows, macOS and WebAssembly, which takes minutes
	scripts/platforms

packages: ## Pack the published crates, and build them from what was packed
	scripts/packages

$(RELEASE)/.made: requirements-release.txt
	$(PYTHON) -m venv --clear $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-release.txt
	@touch $@

wheels: $(RELEASE)/.made ## Build the wheel, check it, and try it on every Python of the machine, which takes minutes
	$(RELEASE)/bin/python scripts/wheels.py

$(VENV)/.docs: requirements-docs.txt $(VENV)/.made
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-docs.txt
	@touch $@

docs: $(VENV)/.docs ## Build the site in target/site, and check its links
	$(VENV)/bin/python scripts/site.py

lint: ## Check formatting, lints, documentation and the order of the rooms
	$(CARGO) fmt --all --check
	$(PYTHON) scripts/rooms.py --self-test
	$(PYTHON) scripts/rooms.py
	$(CARGO) clippy --workspace --all-targets --all-features --locked -- --deny warnings
	$(CARGO) clippy --package numio --package numio-deflate --no-default-features --locked -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --workspace --all-features --no-deps --locked
	$(CARGO) fmt --manifest-path bench/Cargo.toml --check
	$(CARGO) clippy --manifest-path bench/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}" --all-targets --locked -- --deny warnings
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check

$(VENV)/.peers: bench/requirements.txt $(VENV)/.made
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt
	@touch $@

bench: $(ORACLE) $(VENV)/.peers python ## Measure numio and its peers; BENCH='--quick --baseline COMMIT load' shortens, compares, picks
	$(VENV)/bin/python bench/run.py $(BENCH)

MINUTES ?= 1

fuzz: ## Run the fuzz targets under ASan; MINUTES=20 for each, TARGET=npz picks
	$(PYTHON) scripts/fuzz.py --minutes $(MINUTES) $(TARGET)

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf $(VENV) $(OLDEST) $(RELEASE) bench/target fuzz/target
