"""Run the notebooks and keep what they show, for the site: ``python notebooks/make.py [NAME ...]``.

The site shows the output as it is here, the tests run each notebook and compare. What depends on the moment of a run
(times, execution metadata) is left out, so that a second run changes nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
WHEEL = "../dist/stateviz-0.1.0-py3-none-any.whl"
"""What `make wheel` builds, as the notebooks find it: a path or an address."""
INSTALL = f"""WHEEL = "{WHEEL}"  # what `make wheel` builds; a path or an address
try:
    import stateviz as sv
except ImportError:
    %pip install --quiet "{{WHEEL}}[files]"
    import stateviz as sv"""
"""The first cell with code of each notebook."""


def main(words: list[str]) -> int:
    """Run the notebooks named, or all of them."""
    paths = [FOLDER / word for word in words] or sorted(FOLDER.glob("*.ipynb"))
    for path in paths:
        import nbformat

        notebook = run(path)
        nbformat.write(notebook, path)
        print(path)
    return 0


def run(path: Path) -> Any:
    """The notebook with the output of a run in an empty folder, its pictures with few colours."""
    import nbformat
    from nbclient import NotebookClient

    import stateviz

    package = str(Path(stateviz.__file__).parent.parent)  # what is imported here is what the notebook imports
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source = INSTALL
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook, timeout=1500, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [plain(output) for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def plain(output: Any) -> Any:
    """One output; a picture as a PNG of at most 256 colours, a third of the bytes."""
    picture = output.get("data", {}).get("image/png")
    if picture is not None:
        output["data"]["image/png"] = few_colours(picture)
    return output


def few_colours(picture: str) -> str:
    """The same picture, base64 to base64."""
    import base64
    import io

    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.mode != "P":
        image = image.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
