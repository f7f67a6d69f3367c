"""Word documents: what is read from the first line to the last, with its tables; pictures are not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from rag.documents.article import Article
from rag.documents.packed_file import Fields, article_of_packed
from rag.documents.word_fonts import Fonts, W
from rag.documents.word_numbering import Numbering
from rag.documents.word_text import WordText

_TITLES = ("title", "heading 1")
# What the library gives a document that has no title and no author.
_NO_TITLE, _NO_AUTHOR = "Word Document", "python-docx"


class DocxLoader:
    """Reads a .docx file as one article."""

    suffixes = (".docx",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`. The title is that of its properties, else its first heading.

        Text set in .VnTime or VNI-Times fonts is made Unicode. It has no date: the file knows only its own.
        """
        yield article_of_packed(content, name, _fields)


def _fields(file: Any) -> Fields:
    import docx

    document = docx.Document(file)
    fonts, numbering = Fonts(document.styles.element), Numbering(_part(document, "numbering"), document.styles.element)
    text = WordText(fonts, numbering, _notes(document))
    lines = "\n".join(text.lines(document.element.body))
    properties = document.core_properties
    title = properties.title if properties.title != _NO_TITLE else ""
    author = properties.author if properties.author != _NO_AUTHOR else ""
    repair = ", ".join(f"{each} -> Unicode" for each in sorted(text.encodings))
    fields = {"text": lines, "title": title or _heading(document, fonts, text), "author": author}
    return fields, repair or None


def _heading(document: Any, fonts: Fonts, text: WordText) -> str:
    """The text of the first title or heading of the first rank, "" where there is none."""
    for paragraph in document.element.body.iter(f"{W}p"):
        if fonts.style_name(paragraph) in _TITLES and (heading := text.text(paragraph).strip()):
            return heading
    return ""


def _notes(document: Any) -> dict[str, Any]:
    """The footnotes and endnotes by the tag and the id with which the text refers to them."""
    from docx.oxml.parser import parse_xml

    found = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in ("footnotes", "endnotes") and not relation.is_external:
            for note in parse_xml(relation.target_part.blob):
                if note.get(f"{W}type") is None:
                    found[f"{W}{kind[:-1]}Reference{note.get(f'{W}id')}"] = note
    return found


def _part(document: Any, kind: str) -> Any | None:
    """The root of the part of that kind, None where there is none."""
    from docx.oxml.parser import parse_xml

    parts = (each for each in document.part.rels.values() if each.reltype.endswith(f"/{kind}") and not each.is_external)
    return next((parse_xml(each.target_part.blob) for each in parts), None)
