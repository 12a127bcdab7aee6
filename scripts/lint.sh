# Sourced by scripts/check and scripts/test: format, lint, types, import rules, circles, the branch's subjects.
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports --no-cache
.venv/bin/python scripts/check_circles.py
.venv/bin/python scripts/check_names.py
! git rev-parse --quiet --verify main >/dev/null || .venv/bin/python scripts/check_subject.py main..HEAD
