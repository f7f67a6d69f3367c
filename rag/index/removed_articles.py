"""The articles that were removed by their ids: a later ingestion of their files does not bring them back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from rag.documents.article import Article
from rag.documents.formats import Loaded, part_of
from rag.documents.paths import is_gone


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """The id of an article that was removed, the absolute path of its file or its address, and a hash of its text.

    Without its file any more the origin is "": then it is known by its text alone. Earlier versions kept no hash ("").
    """

    article_id: str
    origin: str
    text_sha256: str = field(default="", compare=False)

    def is_same_as(self, loaded: Loaded) -> bool:
        """Whether what was read is that article, moved perhaps, or a teaser on its page, and none of the same name."""
        article = loaded.article
        own, place = (article.id, article.teaser_of), article.id.removeprefix(article.teaser_of or article.id)
        if self.origin == str(loaded.origin):
            # Behind the end of its page's path, which is the same below another folder, a teaser has its place.
            moved = part_of(self.article_id.removesuffix(place), loaded.origin)
            return self.article_id in own or (moved is not None and moved == loaded.part)
        if not self.origin or is_gone(self.origin):
            if self.text_sha256 and self.text_sha256 == text_sha256(article):
                return True  # moved, under another name perhaps
            return bool(self.origin) and self.article_id in own
        return self.article_id in own and loaded.part is None


def text_sha256(article: Article) -> str:
    """The SHA-256 of the text of an article."""
    return hashlib.sha256(article.text.encode()).hexdigest()
