"""From a grid to a thing: media in millimetres, whole-pixel layouts with captions, and what they say of themselves."""

from stateviz.printing.halftone import HALFTONES, cell_shares, to_halftone
from stateviz.printing.layout.captions import CAPTIONS, Caption, make_caption
from stateviz.printing.layout.fits import FITS
from stateviz.printing.layout.openings import CAMERAS
from stateviz.printing.layout.plans import describe
from stateviz.printing.layout.run import TIMES
from stateviz.printing.lengths import parse_length
from stateviz.printing.media import MEDIA, read_media, resolve_medium
from stateviz.printing.mockups.run import SCENES, mockup, write_mockup
from stateviz.printing.preflight.run import PreflightReport
from stateviz.printing.proofs.colour import PaletteCheck, check_palette, soft_proof
from stateviz.printing.proofs.sheet import proof_sheet, write_proof
from stateviz.printing.readback.read import ReadBack, compare_matrix, read_back

__all__ = [
    "CAMERAS",
    "FITS",
    "CAPTIONS",
    "HALFTONES",
    "MEDIA",
    "SCENES",
    "TIMES",
    "Caption",
    "PaletteCheck",
    "PreflightReport",
    "ReadBack",
    "cell_shares",
    "check_palette",
    "compare_matrix",
    "describe",
    "make_caption",
    "mockup",
    "parse_length",
    "proof_sheet",
    "read_back",
    "read_media",
    "resolve_medium",
    "soft_proof",
    "to_halftone",
    "write_mockup",
    "write_proof",
]
