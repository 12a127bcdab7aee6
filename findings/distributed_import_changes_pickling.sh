#!/bin/sh
# distributed 2026.8.0 (with tblib 3.2.2): importing it changes how this process pickles exceptions of everybody. Each
# exception class that exists at that moment, the program's own included, is given another reducer, which writes no call
# of the class. So an exception whose __init__ takes other arguments than it hands to Exception, and which therefore
# cannot be read back ("missing 1 required positional argument"), can be after the import; a class defined later cannot.
# Without any cluster, what a process pool gets back depends on which module was imported first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'distributed==2026.8.0' 'dask==2026.8.0' 'tblib==3.2.2'
"$folder/venv/bin/python" - <<'PYTHON'
import copyreg
import pickle


class Earlier(Exception):
    """Defined before the import: takes two arguments, hands on one."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def through(error: Exception) -> str:
    """What comes out of a pickle of the error, or why nothing does."""
    try:
        return repr(pickle.loads(pickle.dumps(error)))
    except TypeError as refused:
        return f"not read back: {refused}"


before, own_before = through(Earlier("a", "b")), Earlier in copyreg.dispatch_table

import distributed  # noqa: E402
import tblib  # noqa: E402


class Later(Exception):
    """Defined after the import, otherwise the same."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


after, own_after, later = through(Earlier("a", "b")), Earlier in copyreg.dispatch_table, through(Later("a", "b"))
print("distributed", distributed.__version__, "tblib", tblib.__version__)
print("before the import:", before)
print("after the import: ", after)
print("a later class:    ", later)

assert before.startswith("not read back") and "missing 1 required positional argument" in before
assert after == "Earlier('a')"
assert later.startswith("not read back") and "missing 1 required positional argument" in later
assert (own_before, own_after) == (False, True)
print("as described")
PYTHON
