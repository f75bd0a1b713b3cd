# Two commands on a fresh machine: `make demo` and `make test`.
BIN = .venv/bin

.PHONY: setup demo test lint bench bench-parse bench-crawl bench-monitor season faults soak fuzz lock clean

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

# Seasons of 60 counties held against their truth, a hundred of them generated, two crawled; hours.
season: setup
	$(BIN)/python -m tests.simulation --seeds 100 --jobs 2
	$(BIN)/python -m tests.simulation.crawled --seeds 2

# Two hundred seasons killed, cut and refused at random moments, compared with undisturbed ones; half an hour.
faults: setup
	$(BIN)/python -m tests.faults --runs 200 --jobs 2

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
