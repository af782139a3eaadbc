"""Write the golden files anew: ``python tests/golden/make.py [CASE ...]``.

The file formats and the results are promises. A change of one is deliberate and versioned: run this, read the diff of
tests/golden/files, and say in CHANGELOG.md what changed and why. What the diff shows and nobody meant is a fault.
Files that no case makes any more are removed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this tree, installed or not

from golden_cases import CASES, content
from golden_runs import FILES


def make(cases: list[str]) -> None:
    """Write the files of each case, and say which differ from what was there."""
    for case in cases:
        folder = FILES / case
        before = {path.name: path.read_bytes() for path in folder.glob("*")}
        after = content(case)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, data in after.items():
            (folder / name).write_bytes(data)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                print(f"{case}/{name}", "removed" if name not in after else "new" if name not in before else "changed")


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(CASES)
    if unknown:
        sys.exit(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    for folder in FILES.glob("*"):
        if folder.name not in CASES:
            shutil.rmtree(folder)
            print(f"{folder.name} removed")
    make(sys.argv[1:] or list(CASES))
