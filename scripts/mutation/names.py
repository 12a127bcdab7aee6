"""`python -m scripts.mutation.names FILE...`: print the name of every mutant of these files, one a line.

Runs where mutmut's configuration lies, which says what is left out; `scripts.mutation.workplace` writes it.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def names(files: Sequence[str]) -> Iterator[str]:
    """Yield the names that ``mutmut run`` takes."""
    mutation = importlib.import_module("mutmut.mutation.file_mutation")
    form = importlib.import_module("mutmut.utils.format_utils")
    for file in files:
        made = mutation.mutate_file_contents(file, Path(file).read_text(encoding="utf-8"))
        for name in made.mutant_names:
            yield form.get_mutant_name(Path(file), name)


if __name__ == "__main__":
    print("\n".join(names(sys.argv[1:])))
