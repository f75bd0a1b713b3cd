# Two commands on a fresh machine: `make demo` and `make test`.
BIN = .venv/bin

.PHONY: setup demo test lint bench bench-parse bench-crawl bench-monitor soak fuzz lock clean

setup:
	@sh deploy/setup.sh

demo: setup
	$(BIN)/nianbao demo demo

test: setup lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m benchmarks

bench-parse: setup
	$(BIN)/python -m benchmarks.parsing

bench-crawl: setup
	$(BIN)/python -m benchmarks.crawling

bench-monitor: setup
	$(BIN)/python -m benchmarks.monitoring

# Thousands of generated reports, and tens of thousands of damaged ones: hours, so not part of `make test`.
soak: setup
	$(BIN)/python -m benchmarks.soak

fuzz: setup
	$(BIN)/python -m benchmarks.fuzzing

lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
