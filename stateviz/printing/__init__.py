"""From a grid to a thing: media in millimetres, whole-pixel layouts with captions, and what they say of themselves."""

from stateviz.printing.captions import CAPTIONS, Caption, make_caption
from stateviz.printing.colour import PaletteCheck, check_palette, soft_proof
from stateviz.printing.inks import SCREENS, cell_shares, screen
from stateviz.printing.layouts import TIMES, layout
from stateviz.printing.lengths import parse_length
from stateviz.printing.media import MEDIA, read_media, resolve_medium
from stateviz.printing.mockups import SCENES, mockup, write_mockup
from stateviz.printing.openings import CAMERAS
from stateviz.printing.plans import describe
from stateviz.printing.preflight_run import Report, preflight
from stateviz.printing.proofs import proof_sheet, write_proof
from stateviz.printing.readback import ReadBack, compare_matrix, read_back

__all__ = [
    "CAMERAS",
    "CAPTIONS",
    "MEDIA",
    "SCENES",
    "SCREENS",
    "TIMES",
    "Caption",
    "PaletteCheck",
    "ReadBack",
    "Report",
    "cell_shares",
    "check_palette",
    "compare_matrix",
    "describe",
    "layout",
    "make_caption",
    "mockup",
    "parse_length",
    "preflight",
    "proof_sheet",
    "read_back",
    "read_media",
    "resolve_medium",
    "screen",
    "soft_proof",
    "write_mockup",
    "write_proof",
]
