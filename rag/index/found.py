"""What files, folders and addresses hold, read for an ingestion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.documents.file_state import FileState
from rag.documents.formats import IsKnown, Loaded, Unread, load
from rag.documents.jsonl import MAX_NAMED_LINES
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from rag.index.article_spool import ArticleSpool, FoundArticle
from rag.index.known_files import KnownFiles
from rag.progress import Progress
from rag.sources.page import Gone, Unmodified

# What an address holds; `rag.index.ingest.fetching` makes one.
Fetch = Callable[[str], Iterator[Loaded | DocumentError | Gone | Unmodified]]


@dataclass(slots=True)
class Found:
    """Articles by id, what could not be read, and the files passed over by suffix, each once and in order.

    `gone` are addresses that hold nothing any more, `unmodified` addresses and files that hold what they held; `held`
    says which of these files an article is of. `states` are those of all files, by their absolute paths.
    """

    articles: dict[str, FoundArticle] = field(default_factory=dict)
    failed: list[DocumentError] = field(default_factory=list)
    files: dict[str, dict[str, None]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unmodified: dict[str, None] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    states: Mapping[str, FileState | None] = field(default_factory=dict)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The files passed over, format by format."""
        return tuple(PassedOver(suffix, tuple(self.files[suffix])) for suffix in sorted(self.files))

    def origin(self, article_id: str | None) -> str | None:
        """The file or address that an article of that id was found in, None where it was in none."""
        found = self.articles.get(article_id or "")
        return str(found.origin) if found else self.held.get(article_id or "")


def read(paths: Sequence[Path | str], progress: Progress, fetch: Fetch, known: KnownFiles) -> Found:
    """Read files, folders and addresses; `progress` is told how many articles there are so far."""
    found, spool = Found(states=known.now), ArticleSpool()
    origins: set[Path | str] = set()
    doubled: Counter[Path | str] = Counter()
    for path in paths:
        # A file that lies below two of the paths is known by the first.
        before = frozenset(origins)
        for result in load(path, _is_known(path, before, found, known)) if isinstance(path, Path) else fetch(path):
            if not isinstance(result, Loaded | Unread):
                _note(found, result)
                continue
            origins.add(result.origin)
            if result.origin in before:
                continue
            if isinstance(result, Unread):
                found.unmodified[str(result.origin)] = None
                found.held |= dict.fromkeys(known.ids[str(result.origin)], str(result.origin))
            elif _is_double(found, result, spool):
                doubled[result.origin] += 1
                if doubled[result.origin] <= MAX_NAMED_LINES:
                    found.failed.append(_double(found, result))
            progress("reading", len(found.articles) + len(found.held), 0)
    found.failed += [_many_doubles(str(origin), count) for origin, count in doubled.items() if count > MAX_NAMED_LINES]
    return found


def _is_known(path: Path, before: Container[Path | str], found: Found, known: KnownFiles) -> IsKnown:
    """Which files below a path need not be read."""
    # What was removed may come back with a file that is named.
    named = path.resolve() if known.has_removed else None

    def is_known(file: Path, name: str) -> bool:
        if file in before:
            return True
        # An id that was found elsewhere first is told to be taken.
        free = found.articles.keys().isdisjoint(known.ids.get(str(file), ()))
        return known.is_unchanged(file, name) and free and file != named

    return is_known


def _is_double(found: Found, result: Loaded, spool: ArticleSpool) -> bool:
    """Put an article among those found; whether another has its id."""
    if (page := found.origin(result.article.teaser_of)) and page != str(result.origin):
        return False  # that the id of its page is taken is told
    if first := found.articles.get(result.article.id):
        return first.loaded != result
    if found.held.get(result.article.id, str(result.origin)) != str(result.origin):
        return True
    found.articles[result.article.id] = spool.put(result)
    return False


def _note(found: Found, result: DocumentError | PassedOver | Gone | Unmodified) -> None:
    match result:
        case DocumentError():
            found.failed.append(result)
        case PassedOver():
            found.files.setdefault(result.suffix, {}).update(dict.fromkeys(result.files))
        case Gone():
            found.gone.add(result.address)
        case Unmodified():
            found.unmodified[result.address] = None


def _double(found: Found, second: Loaded) -> DocumentError:
    origin, article_id = found.origin(second.article.id), second.article.id
    if origin == str(second.origin):
        reason = f"holds the id {article_id!r} twice; the first is kept, give the other its own"
    else:
        reason = f"has the same id {article_id!r} as {origin}, which is kept; rename one"
    return DocumentError(str(second.origin), reason)


def _many_doubles(place: str, count: int) -> DocumentError:
    more = f"{count - MAX_NAMED_LINES:,} more of its articles have an id that is taken"
    return DocumentError(place, f"{more}; give each its own")
