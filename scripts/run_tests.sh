# Sourced by scripts/check and scripts/test: `run_tests ...` is pytest with a limit, after which it and all that it started end.

WHOLE_RUN=60m # about half an hour on 2 cores; on a machine three times slower it still ends by itself

run_tests() {
  # in the background, as a shell hears Ctrl-C and SIGTERM only while it waits; `timeout` passes them on to its whole group
  timeout --kill-after=60 "$WHOLE_RUN" .venv/bin/python -m pytest "$@" &
  tests=$!
  trap 'kill -INT $tests' INT
  trap 'kill -TERM $tests' TERM
  status=0
  wait "$tests" || status=$?
  while kill -0 "$tests" 2>/dev/null; do wait "$tests" || status=$?; done
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [ "$status" -ne 124 ] || echo "the tests did not end within $WHOLE_RUN" >&2
  return "$status"
}
