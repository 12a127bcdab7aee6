# Sourced by scripts/check and scripts/test: format, lint, types, import rules.
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports --no-cache
