"""What a print shop looks at in a file's colours: what they mean, how much ink they are, and that they are the ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stateviz.printing.files.print_file import colors_of
from stateviz.printing.files.rasters import MOST_COUNTED
from stateviz.printing.preflight.subject import CheckResult, Status, Subject
from stateviz.rendering.color.palettes import PRINT_CONTRAST, span
from stateviz.rendering.color.profiles import BLACK

LEAST_CONTRAST = 3.0
MOST_SHIFT = 5.0
"""Delta E 2000 between a colour that was laid out and the one in the file."""


def profile(subject: Subject) -> Iterator[CheckResult]:
    """what the colours mean is in the file, and is of the press asked for"""
    file = subject.file
    condition = _condition(subject)
    if file.space == "CMYK" and file.icc is None:
        what = "without a profile" if file.profile is None else f"with a profile of another kind ({file.profile})"
        yield CheckResult(
            "profile", "fail", f"inks {what}: every press shows other colours", "embed the press's profile"
        )
    elif condition is not None:
        yield condition
    elif file.profile is not None:
        yield CheckResult("profile", "ok", f"{file.space}, {file.profile}")
    else:
        yield CheckResult(
            "profile", "warn", f"{file.space} without a profile; most shops take it as sRGB", "embed sRGB"
        )


def _condition(subject: Subject) -> CheckResult | None:
    """What is wrong with the press that a file is made for: not the one asked for, or named otherwise than it is."""
    from stateviz.rendering.color.profiles import profile_bytes

    file, asked = subject.file, Path(subject.profile).stem
    if file.icc is None:
        return None
    own, named = _plain(file.profile), _plain(file.condition)
    if named not in ("", "custom") and not (named in own or own in named):
        text = f"its output intent names {file.condition!r}, and its profile is {file.profile!r}"
        return CheckResult("profile", "fail", text, "write it again for the press that it goes to")
    if file.icc == profile_bytes(subject.profile):
        return None
    text = f"made for {file.profile!r}, the press asked for is {asked}"
    fix = "give the press's --profile, or print it again with it"
    return CheckResult("profile", "warn" if named in ("", "custom") else "fail", text, fix)


def _plain(name: str | None) -> str:
    return "".join(letter for letter in (name or "").lower() if letter.isalnum())


def ink(subject: Subject) -> Iterator[CheckResult]:
    """all four inks together: 300% on coated paper, 280% on others, or the --ink-limit asked for"""
    from stateviz.rendering.color.profiles import COATED_INK, UNCOATED_INK, to_cmyk

    file, used = subject.file, subject.used(0)
    if file.inks is not None:
        percent, how = [*(file.inks[used].sum(axis=1) / 2.55), file.most_ink], ""
    else:
        seen = np.array(file.pixels.colors, np.uint8)[used]
        percent = to_cmyk(seen, profile=subject.profile).sum(axis=1) / 2.55
        how = f" once converted by {subject.profile}"
    if not len(percent):
        yield CheckResult("ink", "note", "none of the colours that were laid out is there to be measured")
        return
    most, limit = float(np.max(percent)), subject.ink_limit or COATED_INK
    if most > limit + 0.5:
        text = f"{most:.0f}% of ink{how}, over {limit:g}: it does not dry"
        yield CheckResult("ink", "fail", text, f"write it as .pdf or .tif with --ink-limit {limit:g}")
    elif most > UNCOATED_INK and subject.ink_limit is None:
        yield CheckResult("ink", "note", f"{most:.0f}% of ink{how}: for coated paper; uncoated takes {UNCOATED_INK:g}%")
    else:
        yield CheckResult("ink", "ok", f"at most {most:.0f}% of ink{how}")


def colors(subject: Subject) -> Iterator[CheckResult]:
    """as many colours as were laid out, and those"""
    count, found, planned = subject.file.pixels.count, subject.found, colors_of(subject.file.plan)
    laid_out = len(planned) if planned is not None else 2 if (count or 0) > 256 else None
    if laid_out is not None and subject.file.inks is not None:
        laid_out += bool((subject.file.inks == BLACK).all(axis=1).any())  # that of small letters
    if count is not None and laid_out is not None and count > laid_out:
        many = f"over {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
        text = f"{many} colours where {laid_out} were laid out: it was saved with loss, scaled or drawn over"
        yield CheckResult("colours", "fail", text, "send the file that stateviz wrote")
    elif found is not None and found.shift is not None and found.shift > MOST_SHIFT:
        text = f"a colour of the cells is not the one that was laid out: Delta E {found.shift:.1f}, over {MOST_SHIFT:g}"
        yield CheckResult("colours", "fail", text, "send the file that stateviz wrote")
    elif found is not None and found.shift is not None:
        yield CheckResult("colours", "ok", f"those that were laid out, Delta E {found.shift:.1f}")


def colour(subject: Subject) -> Iterator[CheckResult]:
    """contrast of at least 7 between the darkest and the lightest colour, as on paper"""
    used = subject.used(1e-4)
    if len(used) < 2:
        yield CheckResult("contrast", "fail", "the sheet is of one colour", "check the palette and the threshold")
        return
    ratio = span(subject.file.pixels.colors[index] for index in used)
    where = "on paper" if subject.file.inks is not None else "on screen"
    if ratio < PRINT_CONTRAST:
        status: Status = "warn" if ratio >= LEAST_CONTRAST else "fail"
        least = PRINT_CONTRAST if status == "warn" else LEAST_CONTRAST
        text = f"contrast {ratio:.1f} {where}, below {least:g}: cells are hard to tell apart"
        yield CheckResult("contrast", status, text, "choose another palette: stateviz list palettes")
    else:
        yield CheckResult("contrast", "ok", f"{ratio:.1f} {where}")


def transparency(subject: Subject) -> Iterator[CheckResult]:
    """none, but where the medium's own colour is to show"""
    wanted, has = subject.medium.transparent, subject.file.transparent
    if wanted and not has:
        text = f"nothing is transparent: {subject.medium.name} would get a printed rectangle"
        fix = f"lay it out again with --medium {subject.medium.name}, and write a .png or .pdf"
        yield CheckResult("transparency", "fail", text, fix)
    elif has and not wanted:
        text = f"parts are transparent, which {subject.medium.name} does not need and shops flatten as they like"
        yield CheckResult("transparency", "warn", text, f"lay it out again with --medium {subject.medium.name}")
    else:
        yield CheckResult("transparency", "ok", "the ground is left unprinted" if has else "none")
