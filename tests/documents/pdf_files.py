"""Small PDF files made by code: text at places of pages, in a font whose letters are any of Unicode."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 612, 792
_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap CMapName currentdict /CMap defineresource pop end end"""


@dataclass(frozen=True)
class Text:
    """Text on a page: from the left and the top in points, each letter half as wide as it is high."""

    left: float
    top: float
    text: str
    size: float = 12.0


def pdf(
    *pages: Sequence[Text],
    title: str = "",
    author: str = "",
    rotate: int = 0,
    objects: Sequence[bytes] = (),
    drawn: Sequence[str] = (),
) -> bytes:
    """A PDF of these pages; `objects` are written behind its own, from the first free number on.

    `drawn` is what is drawn on each page beside its text, see `stroked`.
    """
    first = 6
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    body = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 500"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor<</Type/FontDescriptor/FontName/A/Flags 4/FontBBox[0 -200 500 800]/ItalicAngle 0"
        b"/Ascent 800/Descent -200/CapHeight 700/StemV 80>>>>",
        _stream(_TO_UNICODE),
    ]
    for number, texts in enumerate(pages):
        shapes = drawn[number] if number < len(drawn) else ""
        content = shapes + "".join(
            f"BT /F {each.size} Tf {each.left} {HEIGHT - each.top - each.size} Td"
            f" <{each.text.encode('utf-16-be').hex()}> Tj ET\n"
            for each in texts
        )
        body.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Rotate {rotate}"
            f"/Resources<</Font<</F 3 0 R>>>>/Contents {first + 2 * number + 1} 0 R>>".encode()
        )
        body.append(_stream(content.encode()))
    body.append(f"<</Title{_string(title)}/Author{_string(author)}/CreationDate(D:20200102030405)>>".encode())
    return pdf_of(body + list(objects), info=len(body))


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"", info: int = 0) -> bytes:
    """A PDF of these objects, the first the catalogue."""
    file = io.BytesIO(b"")
    file.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % place for place in places)
    more = (b"/Info %d 0 R" % info if info else b"") + trailer
    file.write(b"trailer <</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, more, start))
    return file.getvalue()


def column(left: float, top: float, lines: Sequence[str], *, size: float = 12.0, step: float = 15.0) -> list[Text]:
    """Lines below each other."""
    return [Text(left, top + number * step, line, size) for number, line in enumerate(lines)]


def stroked(left: float, top: float, right: float, bottom: float) -> str:
    """The operators that draw a line from the left and the top of a page."""
    return f"{left} {HEIGHT - top} m {right} {HEIGHT - bottom} l S\n"


def filled(left: float, top: float, right: float, bottom: float) -> str:
    """The operators that fill a rectangle."""
    return f"{left} {HEIGHT - bottom} {right - left} {bottom - top} re f\n"


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _string(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"
