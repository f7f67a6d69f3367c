"""What an ingestion finds in files and folders, and what that will change in a store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rag.documents.formats import Loaded, load, load_again
from rag.documents.jsonl import MAX_NAMED_LINES
from rag.documents.passed_over import PassedOver
from rag.documents.paths import is_gone
from rag.errors import DocumentError, UsageError
from rag.index.removed_articles import RemovedArticle
from rag.index.store import WritableStore
from rag.progress import Progress

_SHOWN = 20


@dataclass(slots=True)
class Found:
    """Articles by id, what could not be read, and the files passed over by suffix, each once and in order."""

    articles: dict[str, Loaded] = field(default_factory=dict)
    failed: list[DocumentError] = field(default_factory=list)
    files: dict[str, dict[str, None]] = field(default_factory=dict)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The files passed over, format by format."""
        return tuple(PassedOver(suffix, tuple(self.files[suffix])) for suffix in sorted(self.files))


@dataclass(slots=True)
class Plan:
    """What will change.

    `left_out` are articles that were removed by their ids and are still there, each with what was read of it;
    `forgotten` are those that may come back from now on. `moved` are among `unchanged`: another file holds them now.
    """

    added: list[Loaded] = field(default_factory=list)
    updated: list[Loaded] = field(default_factory=list)
    unchanged: list[Loaded] = field(default_factory=list)
    moved: list[Loaded] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left_out: dict[RemovedArticle, Loaded] = field(default_factory=dict)
    forgotten: list[RemovedArticle] = field(default_factory=list)
    failed: list[DocumentError] = field(default_factory=list)


def read(paths: Sequence[Path], progress: Progress) -> Found:
    """Read the files and folders; `progress` is told how many articles there are so far."""
    found = Found()
    origins: set[Path] = set()
    doubled: Counter[Path] = Counter()
    for path in paths:
        # A file that lies below two of the paths is known by the first.
        before = frozenset(origins)
        for result in load(path):
            if isinstance(result, DocumentError):
                found.failed.append(result)
                continue
            if isinstance(result, PassedOver):
                found.files.setdefault(result.suffix, {}).update(dict.fromkeys(result.files))
                continue
            origins.add(result.origin)
            if result.origin in before:
                continue
            if (first := found.articles.setdefault(result.article.id, result)) != result:
                doubled[result.origin] += 1
                if doubled[result.origin] <= MAX_NAMED_LINES:
                    found.failed.append(_doubled(first, result))
            progress("reading", len(found.articles), 0)
    for origin, count in doubled.items():
        if count > MAX_NAMED_LINES:
            reason = f"{count - MAX_NAMED_LINES:,} more of its articles have an id that is taken; give each its own"
            found.failed.append(DocumentError(str(origin), reason))
    return found


def _doubled(first: Loaded, second: Loaded) -> DocumentError:
    if first.origin == second.origin:
        reason = f"holds the id {first.article.id!r} twice; the first is kept, give the other its own"
    else:
        reason = f"has the same id {first.article.id!r} as {first.origin}, which is kept; rename one"
    return DocumentError(str(second.origin), reason)


def compare(store: WritableStore, paths: Sequence[Path], found: Found) -> Plan:
    """What will change for the store to hold what was found in the paths."""
    plan = Plan(failed=found.failed)
    removed = store.removed_articles()
    by_id, by_origin = _grouped(removed, "article_id"), _grouped(removed, "origin")
    named = {path.resolve() for path in paths}
    for each in found.articles.values():
        ids = dict.fromkeys((each.article.id, each.article.teaser_of or each.article.id))
        near = (*(one for id in ids for one in by_id.get(id, ())), *by_origin.get(str(each.origin), ()))
        same = [article for article in near if article.is_same_as(each)]
        if same and each.named_by_path and each.origin in named:
            plan.forgotten += same  # ingested by its own path
            same = []
        if same and store.origin(each.article.id) != str(each.origin):
            plan.left_out |= {RemovedArticle(article.article_id, str(each.origin)): each for article in same}
            plan.forgotten += [article for article in same if article.origin != str(each.origin)]
        else:
            _place(store, each, plan)
    left = _left(paths, plan)
    present = {each.article.id for each in (*plan.added, *plan.updated, *plan.unchanged)}
    plan.removed = [
        article_id
        for origin, ids in store.origins().items()
        if left(origin)
        for article_id in ids
        if article_id not in present
    ]
    plan.forgotten += [article for article in removed if article not in plan.left_out and left(article.origin)]
    return plan


def _grouped(removed: Iterable[RemovedArticle], name: str) -> Mapping[str, list[RemovedArticle]]:
    groups: dict[str, list[RemovedArticle]] = {}
    for article in removed:
        groups.setdefault(getattr(article, name), []).append(article)
    return groups


def _place(store: WritableStore, each: Loaded, plan: Plan) -> None:
    """Put an article that was read where it belongs in the plan."""
    page = each.article.teaser_of
    origin, of_page = store.origin(each.article.id), store.origin(page or each.article.id)
    known = None if store.is_damaged(each.article.id) else store.article(each.article.id)
    if of_page not in (None, str(each.origin)) and each.named_by_path and not is_gone(Path(of_page or "")):
        if page is None:  # else it is told of its page
            taken = f"its id {each.article.id!r} is taken by {of_page}"
            reason = f"{taken}; ingest a folder that holds both, so that their paths differ"
            plan.failed.append(DocumentError(str(each.origin), reason))
    elif origin is None:
        plan.added.append(each)
    else:
        (plan.unchanged if known == each.article else plan.updated).append(each)
        if known == each.article and origin != str(each.origin):
            plan.moved.append(each)


def _left(paths: Sequence[Path], plan: Plan) -> Callable[[str], bool]:
    """Whether a file below the paths is gone or was read whole, so that what was not found in it is not there."""
    roots = {path.resolve() for path in paths if not is_gone(path)}
    loaded = (*plan.added, *plan.updated, *plan.unchanged, *plan.left_out.values())
    broken = {re.sub(r":\d+$", "", error.place) for error in plan.failed}
    whole = {str(each.origin) for each in loaded} - {str(Path(place).resolve()) for place in broken}

    @cache
    def left(origin: str) -> bool:
        below = not roots.isdisjoint((Path(origin), *Path(origin).parents))
        return below and (origin in whole or is_gone(Path(origin)))

    return left


def restoring(folder: Path, store: WritableStore, article_ids: Iterable[str]) -> Plan:
    """What will change for removed articles to be back.

    Raises `UsageError` when one was not removed or its id is taken, `DocumentError` when its file holds it no longer.
    """
    removed = _grouped(store.removed_articles(), "article_id")
    plan = Plan()
    for article_id in dict.fromkeys(article_ids):
        if article_id not in removed:
            more = ", …" if len(removed) > _SHOWN else ""
            known = f"removed were: {', '.join([*removed][:_SHOWN])}{more}" if removed else "nothing was"
            raise UsageError(f"{folder}: no article {article_id!r} was removed; {known}")
        if taken := store.origin(article_id):
            raise UsageError(f"{folder}: the id {article_id!r} is taken by {taken}; remove that first")
        # Removed twice, from two files: that which is still there.
        origins = sorted((Path(each.origin) for each in removed[article_id]), key=is_gone)
        # Of the teasers on its page those that were not removed by themselves.
        again = load_again(origins[0], article_id)
        plan.added += [each for each in again if each.article.id == article_id or each.article.id not in removed]
        plan.forgotten += removed[article_id]
    return plan
