#!/bin/sh
# Finds a Python >= 3.12, < 3.15 and makes the environment from the lock file, hashes checked.
# Downloads an interpreter only when PELLUCID_ALLOW_DOWNLOAD=1 and uv is there. Usage: ./bootstrap.sh [folder]
set -eu
cd "$(dirname "$0")"
VENV=${1:-.venv}
LOCK=requirements.lock

# Runs the candidate: a pyenv shim whose version is not selected exists but fails.
fits() {
  "$1" -c 'import sys, venv, ssl; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1
}

find_python() {
  for name in ${PYTHON:-} python3.13 python3.12 python3.14 python3 python; do
    found=$(command -v "$name" 2>/dev/null) && fits "$found" && { echo "$found"; return; }
  done
  for root in "${PYENV_ROOT:-$HOME/.pyenv}/versions" "$HOME/.local/share/uv/python" /opt /usr/local /opt/homebrew; do
    for version in 3.13 3.12 3.14; do
      for found in "$root/$version"*/bin/python3 "$root/cpython-$version"*/bin/python3 \
                   "$root/bin/python$version" "$root/python$version/bin/python3"; do
        [ -x "$found" ] && fits "$found" && { echo "$found"; return; }
      done
    done
  done
  return 1
}

find_uv() {
  for found in "$(command -v uv 2>/dev/null || :)" "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
    [ -n "$found" ] && "$found" --version >/dev/null 2>&1 && { echo "$found"; return; }
  done
  return 1
}

UV=$(find_uv) || UV=
PY=$(find_python) || PY=
if [ -z "$PY" ] && [ -n "$UV" ]; then
  PY=$("$UV" python find --no-python-downloads '>=3.12,<3.15' 2>/dev/null) || PY=
  if [ -z "$PY" ] && [ "${PELLUCID_ALLOW_DOWNLOAD:-0}" = 1 ]; then
    "$UV" python install 3.13 && PY=$("$UV" python find 3.13) || PY=
  fi
fi
if [ -z "$PY" ]; then
  echo "Pellucid needs Python 3.12, 3.13 or 3.14, and none was found." >&2
  echo "Install one (apt install python3.12 python3.12-venv; brew install python@3.13; pyenv install 3.13)," >&2
  echo "or name it: PYTHON=/path/to/python3.12 make run. With uv: PELLUCID_ALLOW_DOWNLOAD=1 make run." >&2
  exit 1
fi

echo "Making $VENV with $("$PY" -V 2>&1) ($PY) ..."
if [ -n "$UV" ]; then
  "$UV" venv -q --clear --no-python-downloads -p "$PY" "$VENV"
  "$UV" pip sync -q --require-hashes -p "$VENV/bin/python" "$LOCK"
else
  "$PY" -m venv --clear "$VENV"
  "$VENV/bin/python" -m pip install -q --no-deps --require-hashes --disable-pip-version-check -r "$LOCK"
fi
"$VENV/bin/python" -c 'import django, psycopg, granian'
cp "$LOCK" "$VENV/.lock"
