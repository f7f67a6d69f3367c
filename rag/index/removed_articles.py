"""The articles that were removed by their ids: a later ingestion of their files does not bring them back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from rag.documents.article import Article
from rag.documents.formats import Loaded, part_of
from rag.documents.paths import is_address, is_gone


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """The id of an article that was removed, the absolute path of its file or its address, and a hash of its text.

    Without its file any more the origin is "": then it is known by its text alone. Earlier versions kept no hash ("").
    """

    article_id: str
    origin: str
    text_sha256: str = field(default="", compare=False)

    @property
    def part(self) -> str | None:
        """See `part_of`: it is the same when the file is read below another folder."""
        return part_of(self.article_id, self.origin if is_address(self.origin) else Path(self.origin))

    def is_same_as(self, loaded: Loaded) -> bool:
        """Whether what was read is that article, moved perhaps, and none of the same name."""
        article = loaded.article
        if self.origin == str(loaded.origin):
            part = self.part
            return self.article_id == article.id or (part is not None and part == part_of(article.id, loaded.origin))
        if not self.origin or is_gone(self.origin):
            if self.text_sha256 and self.text_sha256 == text_sha256(article):
                return True  # moved, under another name perhaps
            return bool(self.origin) and self.article_id == article.id
        return self.article_id == article.id and loaded.part is None


def text_sha256(article: Article) -> str:
    """The SHA-256 of the text of an article."""
    return hashlib.sha256(article.text.encode()).hexdigest()
