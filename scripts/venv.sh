# Sourced by the entries beside it: `.venv` holding exactly the pinned locks named as arguments.
# A lock that has not changed since it was installed is not installed again.

make_venv() {
  [ -x .venv/bin/python ] && [ -e .venv/.complete ] && return 0
  rm -rf .venv
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "needs Python 3.11 or newer; this is $(python3 --version)" >&2
    exit 2
  }
  if ! python3 -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
      echo "installing python3-venv"
      apt_install python3-venv
    else
      echo "Python cannot make virtual environments here; run: apt-get install python3-venv" >&2
      exit 2
    fi
  fi
  trap 'rm -rf .venv' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  python3 -m venv .venv
  touch .venv/.complete
  trap - EXIT INT TERM
}

install_locks() {
  for lock in "$@"; do
    stamp=".venv/.${lock##*/}"
    cmp -s "$lock" "$stamp" && continue
    echo "installing $lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock"
    cp "$lock" "$stamp"
  done
}

apt_install() {
  missing=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed here, some tests will say so and be skipped; run as root: apt-get install$missing" >&2
    return 0
  fi
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
