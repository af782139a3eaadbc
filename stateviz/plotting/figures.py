"""Figures of several panels, and figures as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.escapes import xml_text
from stateviz.core.number_wording import figure_amount
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table
from stateviz.plotting import style
from stateviz.plotting.cells import draw_cells
from stateviz.plotting.legends import bar_label, place_legend, place_text, room_needed
from stateviz.plotting.scales import color_scale
from stateviz.storage.marks import SOFTWARE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What matplotlib would write into each format that differs from run to run; and the mark by which a picture is known as
# one of ours, that is replaced unasked. A TIFF's is set by its tag.
FIGURE_FORMATS: Table[dict[str, str | None]] = Table(
    "figure format",
    {
        ".png": {"Software": SOFTWARE},
        ".svg": {"Date": None, "Creator": SOFTWARE},
        ".pdf": {"CreationDate": None, "Creator": SOFTWARE, "Producer": None},
        ".tif": {},
        ".tiff": {},
    },
)

_SOFTWARE = 305
"""The tag of a TIFF that names what wrote it."""


def save_figure(figure: Any, path: str | Path, *, dpi: float | None = None, overwrite: bool = False) -> Path:
    """Write a matplotlib figure; the extension chooses PNG, SVG, PDF or TIFF. Equal figures give equal bytes.

    Parameters
    ----------
    figure : Figure or Axes
        Of Axes, the figure they are in.
    path
        Ends with .png, .svg, .pdf, .tif or .tiff.
    dpi : float, optional
        PNG and TIFF only: twice the figure's own by default, which keeps whole-pixel cells whole.
    overwrite : bool
        Replace whatever file is there; without it, only a picture of stateviz is.

    Returns
    -------
    Path
        Where the picture lies.

    Raises
    ------
    UnknownNameError
        When the extension is of no known format.
    InputError
        When ``dpi`` came for a format without pixels, or ``figure`` is no figure.
    FileError
        When the file cannot be written, or is there and not to be replaced.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import tempfile
    >>> import stateviz as sv
    >>> save_figure(sv.heatmap([[1, -1], [-1, 1]]), tempfile.mkdtemp() + "/states.png").name
    'states.png'
    """
    from stateviz.storage.atomic import atomic, check_writable

    path = Path(path)
    suffix = path.suffix.lower()
    if not suffix:
        raise InputError(
            f"{str(path)!r} has no extension to choose a format by; end it with {', '.join(FIGURE_FORMATS)}"
        )
    metadata = FIGURE_FORMATS[suffix]
    figure = figure.get_figure(root=True) if hasattr(figure, "imshow") else figure
    if not hasattr(figure, "savefig"):
        raise InputError(f"expected a matplotlib Figure or Axes, got {type(figure).__name__}")
    pixels = suffix in (".png", ".tif", ".tiff")
    if dpi is not None and not pixels:
        raise InputError(f"dpi does nothing to a {suffix} figure; leave it out")
    check_writable(path, overwrite=overwrite, kind="picture")
    import matplotlib

    resolution = dpi if dpi is not None else 2 * figure.dpi if pixels else figure.dpi
    settings: dict[str, Any] = {"svg.hashsalt": "stateviz", "pdf.fonttype": 42, "svg.image_inline": True}
    with matplotlib.rc_context(settings), atomic(path, overwrite=overwrite, kind="picture") as partial:
        tag = {"pil_kwargs": {"tiffinfo": {_SOFTWARE: SOFTWARE}}} if suffix in (".tif", ".tiff") else {}
        made = BytesIO()  # on a full disk matplotlib's writer of PDF falls over what it has half written
        figure.savefig(made, format=suffix[1:], dpi=resolution, metadata=metadata or None, **tag)
        partial.write_bytes(made.getbuffer())
        if suffix == ".svg":
            _clean_xml(partial)
    return path


def _clean_xml(path: Path) -> None:
    """Mark, in an SVG of matplotlib's, what of a user's text XML does not allow: it writes it as it is."""
    text = path.read_text(encoding="utf-8")
    clean = xml_text(text)
    if clean != text:
        path.write_text(clean, encoding="utf-8")


def side_by_side(
    unordered: Any,
    ordered: Any,
    *,
    palette: str | Palette | None = None,
    lengths: tuple[float, float] | None = None,
    names: tuple[str, str] = ("as recorded", "in the order found"),
    title: str | None = None,
) -> Figure:
    """The same states before and after ordering, cell for cell.

    Parameters
    ----------
    unordered : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
    ordered : the same, or Ordering
        An Ordering is applied to ``unordered``.
    palette : str or Palette, optional
        As ``heatmap`` takes it; both panels share one scale.
    lengths : (float, float), optional
        Path lengths to show, before and after.
    names : (str, str)
        What the panels are called.
    title : str, optional

    Returns
    -------
    Figure
        A pyplot figure in which every cell is a whole number of pixels.

    Raises
    ------
    InputError
        When the two have different shapes.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> figure = side_by_side([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], lengths=(2, 2))
    >>> len(figure.axes)
    2
    """
    from stateviz.storage import load_states

    before = load_states(unordered)
    after = ordered.apply(before) if isinstance(ordered, Ordering) else load_states(ordered)
    if before.shape != after.shape:
        raise InputError(f"unordered is {before.shape} and ordered {after.shape}; they must be the same states")
    units, steps = before.shape
    across, down = style.cell_pixels(steps, units, width=860, height=430, most=20)
    down = min(down, across) if across > 1 else down
    across = max(across, -(-260 // steps))  # room for a name and a length above the panel
    width, height = steps * across, units * down
    colors = color_scale([before, after], palette)
    edge, gap, head, foot = 36, 32, 92 if title else 58, 48 + (18 if colors.note else 0)
    told, label = caption(before), bar_label(before.site)
    sheet = max(2 * width + gap, room_needed(colors, told, label, [(title or "", 15.0)]))
    figure = style.pixel_figure(2 * edge + sheet, head + height + foot)
    if title:
        place_text(figure, edge, 36, title, size=13, weight="bold")
    for panel, states in enumerate((before, after)):
        left = edge + panel * (width + gap)
        ax = style.pixel_axes(figure, left, head, width, height)
        image = draw_cells(ax, states, colors)
        style.style_axes(ax)
        ax.set(xticks=[], yticks=[])
        place_text(figure, left, head - 12, names[panel], size=9.5)
        if lengths is not None:
            place_text(
                figure, left + width, head - 12, _length(lengths, panel), size=9.5, color=style.MUTED, ha="right"
            )
    place_text(figure, edge, head + height + 28, told, size=8, color=style.MUTED)
    place_text(figure, edge, head + height + 46, colors.note, size=8, color=style.MUTED)
    place_legend(figure, colors, edge + sheet, head + height + 28, image, label)
    return figure


def caption(states: StateMatrix, recorded: int | None = None) -> str:
    """How many units and steps a picture shows, of how many ``recorded``, and which way they run."""
    units, steps = states.shape
    part = "" if recorded in (None, steps) else "the first "
    of = f" of {recorded:,}" if part else ""
    drawn = f"{part}{steps:,}{of} step{'s' * (steps > 1)} of the text, left to right"
    return f"{units:,} unit{'s' * (units > 1)}, one a row  ×  {drawn}"


def _length(lengths: tuple[float, float], panel: int) -> str:
    text = f"length {figure_amount(lengths[panel])}"
    if panel and lengths[0] > 0:
        change = lengths[1] / lengths[0] - 1
        text += f"  ({'−' if change < 0 else '+'}{abs(change):.0%})"
    return text
