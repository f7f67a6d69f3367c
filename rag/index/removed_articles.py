"""The articles that were removed by their ids: a later ingestion of their files does not bring them back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.documents.formats import Loaded, part_of
from rag.documents.paths import is_gone


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """The id of an article that was removed, and the absolute path of the file that it came from."""

    article_id: str
    origin: str

    def is_same_as(self, loaded: Loaded) -> bool:
        """Whether what was read is that article, moved perhaps, and not another of the same name."""
        if self.article_id == loaded.article.id:
            return self.origin == str(loaded.origin) or loaded.part is None or is_gone(Path(self.origin))
        moved = part_of(self.article_id, Path(self.origin)) if self.origin == str(loaded.origin) else None
        return moved is not None and moved == loaded.part
