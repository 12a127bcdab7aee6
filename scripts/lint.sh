# Sourced by scripts/check and scripts/test: format, lint, import rules, circles, the branch's subjects; and types.

lint() {
  .venv/bin/ruff format --check .
  .venv/bin/ruff check .
  .venv/bin/lint-imports --no-cache
  .venv/bin/python scripts/check_circles.py
  .venv/bin/python scripts/check_names.py
  ! git rev-parse --quiet --verify main >/dev/null || .venv/bin/python scripts/check_subject.py main..HEAD
}

check_types() {
  .venv/bin/mypy
}
