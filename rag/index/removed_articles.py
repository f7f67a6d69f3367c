"""The articles that were removed by their ids: a later ingestion of their files does not bring them back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.documents.formats import Loaded
from rag.documents.paths import is_gone
from rag.text.normalize import clean


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """The id of an article that was removed, and the absolute path of the file that it came from."""

    article_id: str
    origin: str

    def is_same_as(self, loaded: Loaded) -> bool:
        """Whether what was read is that article, moved perhaps, or a teaser on its page, and none of the same name."""
        article = loaded.article
        if self.origin == str(loaded.origin):
            # From another folder on the path is another one; its end, behind which a teaser has its place, is the same.
            name = clean(loaded.origin.name)
            place = article.id.removeprefix(article.teaser_of or article.id)
            named = loaded.named_by_path and self.article_id.endswith((name, name + place))
            return named or self.article_id in (article.id, article.teaser_of)
        return self.article_id in (article.id, article.teaser_of) and (
            not loaded.named_by_path or is_gone(Path(self.origin))
        )
