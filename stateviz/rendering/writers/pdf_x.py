"""What PDF/X asks of a file besides its picture: dates, metadata, and the condition it is printed in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from stateviz.core.errors import InputError
from stateviz.core.table import Table

FIXED_DATE = datetime(1980, 1, 1, tzinfo=UTC)
"""PDF/X demands dates; without SOURCE_DATE_EPOCH this one stands in every file, so that equal sheets stay equal."""


@dataclass(frozen=True)
class Standard:
    """A kind of PDF.

    Parameters
    ----------
    version
        Of PDF, as its first line names it.
    info
        Entries of the Info dictionary by which a file says that it is of this kind.
    xmp
        What the metadata says instead; None where the kind is older than such metadata.
    """

    name: str
    version: str
    info: str
    xmp: str | None
    description: str


STANDARDS: Table[Standard] = Table(
    "PDF standard",
    {
        "x4": Standard("PDF/X-4", "1.6", "/GTS_PDFXVersion (PDF/X-4)", "PDF/X-4", "what presses ask for today"),
        "x1a": Standard(
            "PDF/X-1a",
            "1.3",
            "/GTS_PDFXVersion (PDF/X-1:2001) /GTS_PDFXConformance (PDF/X-1a:2001)",
            None,
            "for older presses: PDF 1.3",
        ),
        "none": Standard("PDF", "1.6", "", None, "sRGB, for screens and office printers"),
    },
)
"""Structure only: whether a file conforms is for a licensed checker to say."""


def date() -> datetime | None:
    """The moment that SOURCE_DATE_EPOCH names (seconds since 1970, reproducible-builds.org); None where it is not set.

    Raises
    ------
    InputError
        When it is set and is not a whole number of seconds up to the year 9999.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return None
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"SOURCE_DATE_EPOCH is {text!r}; set it to whole seconds since 1970, or unset it") from None


def info_dates(moment: datetime | None) -> str:
    """/CreationDate and /ModDate; nothing for no moment.

    Examples
    --------
    >>> info_dates(FIXED_DATE)
    '/CreationDate (D:19800101000000Z) /ModDate (D:19800101000000Z)'
    """
    if moment is None:
        return ""
    text = f"(D:{moment:%Y%m%d%H%M%S}Z)"
    return f"/CreationDate {text} /ModDate {text}"


def packet(standard: Standard, title: str, moment: datetime, digest: str) -> bytes:
    """The XMP metadata of a PDF/X file (ISO 15930-7, 6.7; ISO 16684-1)."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<xmp:CreateDate>{stamp}</xmp:CreateDate>
<xmp:ModifyDate>{stamp}</xmp:ModifyDate>
<xmp:MetadataDate>{stamp}</xmp:MetadataDate>
<xmp:CreatorTool>stateviz</xmp:CreatorTool>
<xmpMM:DocumentID>uuid:{_uuid(digest)}</xmpMM:DocumentID>
<xmpMM:VersionID>1</xmpMM:VersionID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<pdf:Producer>stateviz</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>{standard.xmp}</pdfxid:GTS_PDFXVersion>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()


def _uuid(digest: str) -> str:
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
