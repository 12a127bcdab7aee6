# Sourced by scripts/check and scripts/test: format, lint, types, import rules and circles.
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports --no-cache
.venv/bin/python scripts/check_circles.py
.venv/bin/python scripts/check_names.py
