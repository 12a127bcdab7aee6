# Sourced by scripts/test: `start_postgres` gives the tests a PostgreSQL of their own on loopback, exports its address as
# TEST_POSTGRES_URL, and stops and removes it when the script ends. An address already exported is used as it is.

start_postgres() {
  [ -n "${TEST_POSTGRES_URL:-}" ] && return 0
  pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$pg_bin" ] || pg_bin=$(dirname "$(command -v pg_ctl || echo /)")
  if [ ! -x "$pg_bin/pg_ctl" ]; then
    no_postgres "is not installed; run as root: apt-get install postgresql"
    return
  fi
  pg_folder=$(mktemp -d)
  trap 'stop_postgres' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  make_postgres >"$pg_folder/make.log" 2>&1 && return 0
  cat "$pg_folder/make.log" >&2
  no_postgres "did not start; what it said stands above"
}

make_postgres() {
  pg_password=$(.venv/bin/python -c 'import secrets; print(secrets.token_hex(16))')
  pg_port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  printf '%s\n' "$pg_password" >"$pg_folder/password"
  [ "$(id -u)" -ne 0 ] || chown -R postgres "$pg_folder" || return 1
  as_postgres initdb --pgdata="$pg_folder/data" --username=tests --pwfile="$pg_folder/password" --encoding=UTF8 \
    --locale=C.UTF-8 --auth-local=scram-sha-256 --auth-host=scram-sha-256 --no-sync || return 1
  # nothing here outlives the tests, so nothing needs to reach the disk
  as_postgres pg_ctl --pgdata="$pg_folder/data" --log="$pg_folder/server.log" --wait start -o \
    "-c listen_addresses=127.0.0.1 -c port=$pg_port -c unix_socket_directories=$pg_folder -c fsync=off -c full_page_writes=off -c synchronous_commit=off" \
    || { cat "$pg_folder/server.log"; return 1; }
  export TEST_POSTGRES_URL="postgresql://tests:$pg_password@127.0.0.1:$pg_port/postgres"
}

stop_postgres() {
  [ -n "${pg_folder:-}" ] || return 0
  [ -e "$pg_folder/data/postmaster.pid" ] && as_postgres pg_ctl --pgdata="$pg_folder/data" --mode=immediate stop >/dev/null
  rm -rf "$pg_folder"
}

# PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made.
as_postgres() {
  pg_tool=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$pg_bin/$pg_tool" "$@")
  else
    "$pg_bin/$pg_tool" "$@"
  fi
}

no_postgres() {
  echo "PostgreSQL $1" >&2
  if [ "${CI:-}" = true ]; then
    exit 1
  fi
  echo "its tests will say so and be skipped" >&2
}
