"""What every loader promises, whatever its format: `rag.documents.loader.Loader`."""

from __future__ import annotations

import gzip
import io
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.article import Article
from rag.documents.formats import LOADERS
from rag.documents.loader import Loader
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from rag.text.normalize import clean
from tests.documents.archive_files import packed
from tests.documents.office_files import PAGE, book, mail, repacked, saved, slides, word, workbook
from tests.documents.pdf_files import Text, pdf
from tests.doubles import LineLoader

DECOMPOSED = unicodedata.normalize("NFD", "Cầu Rồng bắc qua sông Hàn, dài 666 m và nối hai bờ.")
PARAGRAPH = "<p>Cây cầu bắc qua sông Hàn được khánh thành và đưa vào sử dụng.</p>" * 6


@dataclass(frozen=True)
class Sample:
    """A file of a format: what is in it, how many articles, and with parts that are broken, if a part may be.

    `told_by_its_head` says that no more than its first bytes are read where they show that it is of another format.
    """

    suffix: str
    content: bytes
    articles: int = 1
    own_ids: bool = False
    part_broken: bytes = b""
    told_by_its_head: bool = False
    broken_part: int = 2


JSON_LINES = (
    f'{{"id": "1", "text": "{DECOMPOSED}\\r\\nHai."}}\n'.encode(),
    b"{oh\n",
    b'{"id": "2", "text": "Ba."}\n',
)
SAMPLES = {
    ".txt": Sample(".txt", f"Cầu Rồng\r\n\r\n{DECOMPOSED}\rHai.".encode()),
    ".md": Sample(".md", f"---\ntitle: Cầu Rồng\n---\n# Cầu Rồng\r\n\r\n{DECOMPOSED}\r\n".encode()),
    ".html": Sample(".html", f"<html><body><article><p>{DECOMPOSED}</p>{PARAGRAPH}</article></body></html>".encode()),
    ".jsonl": Sample(".jsonl", JSON_LINES[0] + JSON_LINES[2], 2, own_ids=True, part_broken=b"".join(JSON_LINES)),
    ".pdf": Sample(".pdf", pdf([Text(72, 72, "Cầu Rồng", 20.0), Text(72, 110, DECOMPOSED)])),
    ".lines": Sample(".lines", f"a\t{DECOMPOSED}\nb\tHai.\n".encode(), 2, own_ids=True, part_broken=b"a\tM\n?\nb\tN\n"),
}
CHAPTERS: dict[str, str | None] = {
    "a.xhtml": PAGE.format(f"<p>{DECOMPOSED}</p>"),
    "b.xhtml": PAGE.format("<p>Hai.</p>"),
}
ROWS = f'id,text\r\n1,"{DECOMPOSED}"\r\n'.encode()
SAMPLES |= {
    ".docx": Sample(".docx", saved(word(DECOMPOSED, "Hai."))),
    ".pptx": Sample(".pptx", saved(slides(("Cầu Rồng", DECOMPOSED)))),
    ".epub": Sample(
        ".epub",
        book(CHAPTERS),
        2,
        part_broken=book({"a.xhtml": PAGE.format("M"), "x": None, "b.xhtml": PAGE.format("N")}),
    ),
    ".xlsx": Sample(
        ".xlsx",
        saved(workbook(Một=[[DECOMPOSED]], Hai=[["Hai."]])),
        2,
        part_broken=repacked(
            saved(workbook(Một=[["M"]], Hai=[["?"]], Ba=[["N"]])), {"xl/worksheets/sheet2.xml": b"<worksheet>"}
        ),
    ),
    ".csv": Sample(".csv", ROWS + b"2,Hai.\n", 2, own_ids=True, part_broken=b"id,text\n1,M\n2,\n3,N\n", broken_part=3),
    ".eml": Sample(
        ".eml",
        mail(DECOMPOSED, {"a.txt": b"Hai."}),
        2,
        part_broken=mail("M", {"a.docx": b"?", "b.txt": b"N"}),
        broken_part=1,
    ),
}
SAMPLES[".tsv"] = replace(
    SAMPLES[".csv"],
    suffix=".tsv",
    content=f"id\ttext\n1\t{DECOMPOSED}\n2\tHai.\n".encode(),
    part_broken=SAMPLES[".csv"].part_broken.replace(b",", b"\t"),
)
SAMPLES[".htm"] = replace(SAMPLES[".html"], suffix=".htm")
SAMPLES[".jsonl.gz"] = replace(
    SAMPLES[".jsonl"],
    suffix=".jsonl.gz",
    content=gzip.compress(SAMPLES[".jsonl"].content),
    part_broken=gzip.compress(SAMPLES[".jsonl"].part_broken),
)
FILES = (("a.txt", SAMPLES[".txt"].content), ("b.jsonl", JSON_LINES[1]), ("c.md", b"# Hai\nBa."))
for _suffix in (".zip", ".tar", ".tar.gz", ".tgz"):
    SAMPLES[_suffix] = Sample(
        _suffix,
        packed(_suffix, FILES[0], FILES[2]),
        2,
        part_broken=packed(_suffix, *FILES),
        told_by_its_head=_suffix != ".zip",
    )
EVERY = {suffix: loader for loader in (*LOADERS, LineLoader()) for suffix in loader.suffixes}
each_format = pytest.mark.parametrize("suffix", EVERY)
Result = list[Article | DocumentError | PassedOver]


def load(suffix: str, content: bytes, name: str = "mục/bài") -> Result:
    return results(EVERY[suffix], io.BytesIO(content), f"{name}{suffix}")


def results(loader: Loader, content: Any, name: str) -> Result:
    """What a loader yields, and last what it raises."""
    found: Result = []
    try:
        found += loader.load(content, name)
    except DocumentError as error:
        found.append(error)
    return found


def assert_named(error: DocumentError, name: str) -> None:
    place, _, line = error.place.removeprefix(name).partition(":")
    assert place == "" or place.startswith("/"), "it is neither of the file nor of one in it"
    assert line == "" or int(line) > 0
    reason, _, advice = error.reason.partition("; ")
    assert reason
    assert advice, "it does not say what to do"


def test_every_suffix_has_a_sample() -> None:
    assert EVERY.keys() == SAMPLES.keys()
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in EVERY)


@each_format
def test_articles_are_read_whole_and_in_one_normal_form(suffix: str) -> None:
    found = load(suffix, SAMPLES[suffix].content)
    assert len(found) == SAMPLES[suffix].articles
    for each in found:
        assert isinstance(each, Article)
        for text in (each.id, each.title, each.text, each.source):
            assert text == clean(text).strip() != ""
    first = found[0]
    assert isinstance(first, Article)
    assert unicodedata.normalize("NFC", DECOMPOSED) in first.text


@each_format
def test_the_same_bytes_give_the_same_articles(suffix: str) -> None:
    content = SAMPLES[suffix].content
    assert load(suffix, content) == load(suffix, content)
    ids, elsewhere = (
        [each.id for each in load(suffix, content, name) if isinstance(each, Article)] for name in ("a", "b")
    )
    assert len(set(ids)) == len(ids)
    assert (ids == elsewhere) == SAMPLES[suffix].own_ids


@each_format
def test_without_an_id_of_its_own_the_name_is_the_id(suffix: str) -> None:
    name = unicodedata.normalize("NFD", "mục/bài")
    ids = [each.id for each in load(suffix, SAMPLES[suffix].content, name) if isinstance(each, Article)]
    first, *others = ids
    below = f"mục/bài{suffix}/"
    assert SAMPLES[suffix].own_ids or all(each.startswith(below) for each in others)
    assert SAMPLES[suffix].own_ids or first == f"mục/bài{suffix}" or (others and first.startswith(below))


@each_format
def test_a_broken_part_loses_nothing_else(suffix: str) -> None:
    sample = SAMPLES[suffix]
    if not sample.part_broken:
        assert sample.articles == 1, "a file of several articles has parts"
        return
    found = load(suffix, sample.part_broken)
    assert [type(each) for each in found] == [Article, DocumentError, Article]
    assert isinstance(found[1], DocumentError)
    assert found[1].place in {f"mục/bài{suffix}:{sample.broken_part}", f"mục/bài{suffix}/b.jsonl:1"}
    assert_named(found[1], f"mục/bài{suffix}")


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n\t\r\n",
    "no text": bytes(range(256)) * 9,
    "another encoding": "Привет, мир".encode("koi8-r"),
    "packed": gzip.compress(b""),
}


@each_format
@pytest.mark.parametrize("case", BROKEN)
def test_an_error_names_the_file_and_what_to_do(suffix: str, case: str) -> None:
    found = load(suffix, BROKEN[case])
    assert found
    for error in found:
        assert isinstance(error, DocumentError)
        assert_named(error, f"mục/bài{suffix}")


@each_format
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_articles_or_errors(suffix: str, content: bytes) -> None:
    found = load(suffix, content)
    assert found
    for each in found:
        if isinstance(each, DocumentError):
            assert_named(each, f"mục/bài{suffix}")
        elif isinstance(each, Article):
            assert each.text == clean(each.text).strip() != ""


class Endless(io.RawIOBase):
    """The same letter without end, packed or not: a loader that reads it all never ends, or fills the memory."""

    def __init__(self, *, packed: bool) -> None:
        self.packer = zlib.compressobj(wbits=31) if packed else None  # with the header of gzip
        self.waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        letters = b"a" * max(len(buffer), 2**20)
        if self.packer is None:
            buffer[:] = letters[: len(buffer)]
            return len(buffer)
        if not self.waiting:
            self.waiting = self.packer.compress(letters) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        given, self.waiting = self.waiting[: len(buffer)], self.waiting[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


@each_format
def test_no_more_is_read_than_fits_into_memory(suffix: str) -> None:
    content = Endless(packed=suffix.endswith(".gz"))
    (error,) = results(EVERY[suffix], io.BufferedReader(content, 2**20), f"x{suffix}")
    assert isinstance(error, DocumentError)
    assert_named(error, f"x{suffix}")
    assert "split it" in error.reason or SAMPLES[suffix].told_by_its_head


class Unreadable(io.RawIOBase):
    """A file on a disk that fails."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise OSError(5, "Input/output error")


@each_format
@pytest.mark.parametrize("wrap", [lambda raw: raw, io.BufferedReader], ids=["plain", "buffered"])
def test_what_the_system_says_comes_through(suffix: str, wrap: Callable[[Any], Any]) -> None:
    with pytest.raises(OSError, match="Input/output error"):
        list(EVERY[suffix].load(wrap(Unreadable()), f"x{suffix}"))
