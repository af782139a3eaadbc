"""Put the measured tables into the README: each ``<!-- table: NAME -->`` takes ``benchmarks/results/NAME.md``.

Run ``python benchmarks/readme.py`` after a benchmark; with ``--check`` it writes nothing and exits 1 when the README is
behind. A table that was never measured keeps an empty place.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(<!-- table: (?P<name>[a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(readme: str, results: Path) -> str:
    """``readme`` with every place filled from the folder ``results``."""

    def table(match: re.Match[str]) -> str:
        file = results / f"{match['name']}.md"
        body = file.read_text(encoding="utf-8").strip() + "\n" if file.is_file() else ""
        return f"{match[1]}{body}{match[3]}"

    return PLACE.sub(table, readme)


def main() -> int:
    """Fill or check the README of this repository."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the README is behind")
    args = parser.parse_args()
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8")
    new = filled(old, ROOT / "benchmarks" / "results")
    if new == old:
        return 0
    if args.check:
        print("README.md is behind benchmarks/results; run python benchmarks/readme.py", file=sys.stderr)
        return 1
    path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
