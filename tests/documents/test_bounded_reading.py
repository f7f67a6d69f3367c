from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from rag.documents import bounded_reading
from rag.documents.bounded_process import BoundedProcess, Limits
from rag.documents.formats import LOADERS, Loaded, load, loader_of
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from tests.documents.archive_files import zipped
from tests.documents.files import articles, errors, written
from tests.documents.pdf_files import Text, pdf, pdf_of

PAGE = f"<html><body><article>{'<p>Cây cầu bắc qua sông Hàn được khánh thành và đưa vào sử dụng.</p>' * 6}</article>"
GOOD_PDF = pdf([Text(72, 72, "Cầu Rồng bắc qua sông Hàn.")])


def test_plain_text_is_read_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reading, "FILES", None)
    for name in ("a.txt", "a.md", "a.jsonl"):
        loader = loader_of(Path(name))
        assert loader
        (found,) = bounded_reading.read(loader, io.BytesIO(b'{"id": "1", "text": "a"}'), name)
        assert not isinstance(found, DocumentError)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", GOOD_PDF),
        ("a.html", PAGE.encode()),
        ("a.zip", zipped(("a.pdf", GOOD_PDF), ("b.txt", b"\xff"), ("c.png", b"1"), ("d.txt", b"d"))),
    ],
)
def test_what_comes_back_is_what_the_loader_gives(name: str, content: bytes) -> None:
    loader = next(each for each in LOADERS if name.endswith(each.suffixes))
    here = [*loader.load(io.BytesIO(content), name)]
    there = [*bounded_reading.read(loader, io.BytesIO(content), name, holds_files=name == "a.zip")]
    assert [_plain(each) for each in there] == [_plain(each) for each in here]
    assert {type(each) for each in there} == {type(each) for each in here}


def _plain(result: bounded_reading.Result) -> object:
    return (result.place, result.reason) if isinstance(result, DocumentError) else result


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read within limits that a small hostile file exceeds."""
    process = BoundedProcess(Limits(seconds=20, cpu_seconds=3))
    monkeypatch.setattr(bounded_reading, "FILES", process)


@pytest.mark.usefixtures("narrow")
def test_hostile_files_lose_no_other(tmp_path: Path) -> None:
    deep = "<div>" * 200_000
    written(tmp_path, "a.pdf", GOOD_PDF)
    written(tmp_path, "b.html", f"<html><body>{deep}a")
    written(tmp_path, "c.html", PAGE)
    written(tmp_path, "d.zip", zipped(("bomb.html", b"<p>" * 20_000_000), ("z.txt", b"z")))
    written(tmp_path, "e.pdf", bomb())
    written(tmp_path, "f.pdf", GOOD_PDF)
    found = [*load(tmp_path)]
    ids = [each.article.id for each in found if isinstance(each, Loaded)]
    assert ids == ["a.pdf", "c.html", "d.zip/z.txt", "f.pdf"]
    reasons = {Path(each.place).name: each.reason for each in found if isinstance(each, DocumentError)}
    assert reasons.keys() == {"b.html", "bomb.html", "e.pdf"}
    # How fast the machine is decides which comes first: the limit of time, or that of memory, at which PDFium aborts.
    assert reasons["e.pdf"].startswith(("takes more than ", "ended the process that read it (SIGABRT)"))


def bomb() -> bytes:
    """A PDF of 2 KB whose page draws a form ten times, which draws another ten times, and so on: a thousand million."""
    forms = [
        b"<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length 60>>stream\n%s\nendstream"
        % (number + 1, b"/X Do " * 10)
        for number in range(4, 13)
    ]
    text = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica"
    )
    text += b">>>>>>/Length 28>>stream\nBT /F 9 Tf (a) Tj (b) Tj ET   \nendstream"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Contents 14 0 R>>"
    drawn = b"<</Length 5>>stream\n/X Do\nendstream"
    pages = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", pages, page, *forms, text, drawn])


def test_a_pipe_and_a_device_are_not_read(tmp_path: Path) -> None:
    written(tmp_path, "z.txt", "z")
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "b.pdf").symlink_to("/dev/zero")
    assert [each.id for each in articles(tmp_path)] == ["z.txt"]
    for path in (tmp_path / "a.txt", Path("/dev/zero")):
        assert all("; " in error.reason for error in errors(path))
        assert errors(path)


def test_what_is_passed_over_in_an_archive_comes_back() -> None:
    loader = loader_of(Path("a.zip"))
    assert loader
    *_, last = bounded_reading.read(loader, io.BytesIO(zipped(("a.png", b"1"), ("b.txt", b"b"))), "a.zip")
    assert last == PassedOver(".png", ("a.zip/a.png",))
