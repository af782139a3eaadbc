"""``python -m stateviz`` is the command ``stateviz``."""

import sys

from stateviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
