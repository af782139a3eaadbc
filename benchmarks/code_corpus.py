"""The corpus of the shipped code model: C and Python whose licences allow it, and what is held out of it.

The sources are SQLite's amalgamation (public domain; parted into the files it was made of), Python's own library and
Python's headers (both under the PSF licence). A file is held out when the SHA-256 of its bytes begins with 0: the
choice depends on nothing but the file. Files beyond ASCII are left out, which keeps the alphabet at what keyboards
have; so are the library's tests, its tables of character sets and what was generated from grammars.

Needs sqlite3.c, the amalgamation, from sqlite.org or a package that holds it; takes seconds.

    python benchmarks/code_corpus.py --sqlite sqlite3.c -o code/
    stateviz train code/train.txt code/held-out.txt --hold-out held-out.txt ...
"""

import argparse
import hashlib
import itertools
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import tables

LEFT_OUT = {
    "__pycache__",
    "config-3.11-x86_64-linux-gnu",
    "dist-packages",
    "encodings",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "turtledemo",
}


def amalgamated(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of SQLite's amalgamation with its name, in the amalgamation's order; parts of one file are joined."""
    parts = re.split(rb"/\*{14} Begin file (\S+) \*+/\n", path.read_bytes())
    files: dict[str, bytes] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        files[name.decode()] = files.get(name.decode(), b"") + text
    for name, text in files.items():
        yield f"sqlite/{name}", text


def below(folder: Path, suffix: str, root: str) -> Iterator[tuple[str, bytes]]:
    """Each file of a folder that ends so, with its name, sorted by name."""
    for path in sorted(folder.rglob(f"*{suffix}")):
        parts = path.relative_to(folder).parts
        if not LEFT_OUT.intersection(parts):
            yield f"{root}/{'/'.join(parts)}", path.read_bytes()


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    options = tables.parser(__doc__, tables=False)
    options.add_argument("--sqlite", type=Path, required=True, metavar="FILE", help="sqlite3.c, the amalgamation")
    library, headers = (Path(sysconfig.get_path(name)) for name in ("stdlib", "include"))
    options.add_argument("--stdlib", type=Path, default=library, metavar="DIR", help=f"Python's (default: {library})")
    options.add_argument("--headers", type=Path, default=headers, metavar="DIR", help=f"Python's (default: {headers})")
    options.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where the texts go")
    return options


def main() -> None:
    """Write train.txt, held-out.txt and files.tsv: the part, SHA-256, bytes and name of each file."""
    given = parser().parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[bytes]] = {"train": [], "held-out": []}
    lines = []
    sources = (
        amalgamated(given.sqlite),
        below(given.stdlib, ".py", "python"),
        below(given.headers, ".h", "include"),
    )
    most = 5 if given.quick else None
    for name, text in itertools.chain.from_iterable(itertools.islice(source, most) for source in sources):
        plain = text.replace(b"\r\n", b"\n")
        if not plain.isascii() or not plain.strip() or re.search(rb"[^\t\n\x20-\x7e]", plain):
            continue
        digest = hashlib.sha256(text).hexdigest()
        part = "held-out" if digest.startswith("0") else "train"
        texts[part].append(plain.rstrip(b"\n") + b"\n")
        lines.append(f"{part}\t{digest}\t{len(text)}\t{name}\n")
    for part, files in texts.items():
        (given.output / f"{part}.txt").write_bytes(b"\n".join(files))
        print(f"{part}: {len(files)} files, {sum(map(len, files)):,} characters")
    (given.output / "files.tsv").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
