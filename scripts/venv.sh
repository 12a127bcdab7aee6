# Sourced by the entries beside it: a `.venv` that holds exactly what the pinned locks name, those asked for now and before.
# What has not changed since is not installed again; what was interrupted is made anew.

# Nothing is compiled at installation: each module is when it is first imported, a quarter of the work, unless this
# forbids to keep the result, and every process would do it again.
unset PYTHONDONTWRITEBYTECODE
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-120}"

# only what the locks name and hash, what cryptofeed is built with included: it alone comes as source
HOW_TO_INSTALL="--require-hashes --only-binary :all: --no-binary cryptofeed
  --build-constraints requirements-build.lock --require-build-hashes"

# what cryptofeed is built with
BUILD_PACKAGES="gcc libc6-dev python3-dev"

make_venv() {
  if ! { [ -x .venv/bin/python ] && [ -e .venv/.complete ]; }; then
    rm -rf .venv
    need_python
    trap 'rm -rf .venv' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    python3 -m venv .venv
    install_uv
    touch .venv/.complete
    trap - EXIT INT TERM
  fi
  cmp -s requirements-uv.lock .venv/.requirements-uv.lock || install_uv
}

need_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "needs Python 3.11 or newer; this is $(python3 --version)" >&2
    exit 2
  }
  python3 -c 'import ensurepip' 2>/dev/null && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing python3-venv"
    apt_install python3-venv
  else
    echo "Python cannot make virtual environments here; run: apt-get install python3-venv" >&2
    exit 2
  fi
}

install_uv() {
  echo "installing requirements-uv.lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
    --require-hashes --only-binary :all: -r requirements-uv.lock
  cp requirements-uv.lock .venv/.requirements-uv.lock
}

# Locks already in `.venv` stay: `scripts/start` takes a developer's packages from nobody.
install_locks() {
  wanted=requirements-uv.lock
  changed=""
  for lock in requirements*.lock; do
    stamp=".venv/.$lock"
    case " $* " in
      *" $lock "*) ;;
      *) [ -e "$stamp" ] && [ "$lock" != requirements-uv.lock ] || continue ;;
    esac
    wanted="$wanted $lock"
    cmp -s "$lock" "$stamp" || changed="$changed $lock"
  done
  [ -n "$changed" ] || return 0
  echo "installing$changed"
  rm -f .venv/.complete
  status=0
  # shellcheck disable=SC2086
  .venv/bin/uv pip sync --quiet --python .venv/bin/python $HOW_TO_INSTALL $wanted || status=$?
  [ "$status" -ge 128 ] || touch .venv/.complete
  [ "$status" -eq 0 ] || exit "$status"
  for lock in $wanted; do cp "$lock" ".venv/.$lock"; done
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
