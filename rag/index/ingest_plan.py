"""What an ingestion finds in files and folders, and what that will change in a store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from rag.documents.formats import Loaded, article_among, load, load_again, part_of
from rag.documents.jsonl import MAX_NAMED_LINES
from rag.documents.passed_over import PassedOver
from rag.documents.paths import is_address, is_gone
from rag.errors import DocumentError, UsageError
from rag.index.removed_articles import RemovedArticle, text_sha256
from rag.index.store import WritableStore
from rag.progress import Progress
from rag.sources.page import Gone, Unmodified

# What an address holds; `rag.index.ingest.fetching` makes one.
Fetch = Callable[[str], Iterator[Loaded | DocumentError | Gone | Unmodified]]
_SHOWN = 20
K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Found:
    """Articles by id, what could not be read, and the files passed over by suffix, each once and in order.

    `gone` are addresses that hold nothing any more, `unmodified` those that hold what they held.
    """

    articles: dict[str, Loaded] = field(default_factory=dict)
    failed: list[DocumentError] = field(default_factory=list)
    files: dict[str, dict[str, None]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unmodified: set[str] = field(default_factory=set)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The files passed over, format by format."""
        return tuple(PassedOver(suffix, tuple(self.files[suffix])) for suffix in sorted(self.files))


@dataclass(slots=True)
class Plan:
    """What will change.

    `left_out` are articles that were removed by their ids and are still there, each with what was read of it;
    `forgotten` are those that may come back from now on, `kept` those known by their text alone from now on. `moved`
    are among `unchanged`: another file holds them now.
    """

    added: list[Loaded] = field(default_factory=list)
    updated: list[Loaded] = field(default_factory=list)
    unchanged: list[Loaded] = field(default_factory=list)
    moved: list[Loaded] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left_out: dict[RemovedArticle, Loaded] = field(default_factory=dict)
    forgotten: list[RemovedArticle] = field(default_factory=list)
    kept: list[RemovedArticle] = field(default_factory=list)
    failed: list[DocumentError] = field(default_factory=list)


def read(paths: Sequence[Path | str], progress: Progress, fetch: Fetch) -> Found:
    """Read files, folders and addresses; `progress` is told how many articles there are so far."""
    found = Found()
    origins: set[Path | str] = set()
    doubled: Counter[Path | str] = Counter()
    for path in paths:
        # A file that lies below two of the paths is known by the first.
        before = frozenset(origins)
        for result in load(path) if isinstance(path, Path) else fetch(path):
            if not isinstance(result, Loaded):
                _note(found, result)
                continue
            origins.add(result.origin)
            page = found.articles.get(result.article.teaser_of or "")
            if result.origin in before or (page and page.origin != result.origin):  # that its id is taken is told
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


def _note(found: Found, result: DocumentError | PassedOver | Gone | Unmodified) -> None:
    match result:
        case DocumentError():
            found.failed.append(result)
        case PassedOver():
            found.files.setdefault(result.suffix, {}).update(dict.fromkeys(result.files))
        case Gone():
            found.gone.add(result.address)
        case Unmodified():
            found.unmodified.add(result.address)


def _doubled(first: Loaded, second: Loaded) -> DocumentError:
    if first.origin == second.origin:
        reason = f"holds the id {first.article.id!r} twice; the first is kept, give the other its own"
    else:
        reason = f"has the same id {first.article.id!r} as {first.origin}, which is kept; rename one"
    return DocumentError(str(second.origin), reason)


def compare(store: WritableStore, paths: Sequence[Path | str], found: Found, *, wanted: bool = True) -> Plan:
    """What will change for the store to hold what was found in the paths.

    With `wanted`, what was removed comes back where its own file or address is among the paths.
    """
    plan, origins = Plan(failed=found.failed), store.origins()
    removed = store.removed_articles()
    near = _near(removed)
    named = {_resolved(path) for path in paths} if wanted else set()
    away: set[str | None] = set()
    for each in found.articles.values():
        same = [article for article in near(each) if article.is_same_as(each)]
        if same and each.part == "" and str(each.origin) in named:
            plan.forgotten += same  # ingested by its own path
            same = []
        if store.origin(each.article.id) == str(each.origin) or not (same or each.article.teaser_of in away):
            _place(store, each, plan)
        elif same:
            _leave_out(each, same, plan)
            away.add(each.article.id)  # and with it the teasers on its page, which come behind it
    for origin in sorted(found.unmodified):
        held = (store.article(article_id) for article_id in origins.get(origin, ()))
        plan.unchanged += [Loaded(article, origin) for article in held if article]
    plan.failed += [nothing_at(address) for address in sorted(found.gone) if address not in origins]
    left = _left(paths, plan, found)
    present = {each.article.id for each in (*plan.added, *plan.updated, *plan.unchanged)}
    plan.removed = [
        article_id for origin, ids in origins.items() if left(origin) for article_id in ids if article_id not in present
    ]
    settled = {*plan.left_out, *plan.forgotten}
    gone = [article for article in removed if article not in settled and left(article.origin)]
    plan.forgotten += gone
    # Should the text come again from elsewhere, it is what was removed; another text in that place is another article.
    plan.kept = [replace(article, origin="") for article in gone if article.text_sha256]
    return plan


def nothing_at(address: str) -> DocumentError:
    """The error for an address that is gone, and of which no article was there."""
    return DocumentError(address, "holds nothing (404 or 410); check the address")


def _leave_out(each: Loaded, same: Iterable[RemovedArticle], plan: Plan) -> None:
    """Remember that what was read was removed: by the id that it has now, when it came from elsewhere before."""
    origin, text = str(each.origin), text_sha256(each.article)
    for article in same:
        article_id = article.article_id if article.origin == origin else each.article.id
        plan.left_out[RemovedArticle(article_id, origin, text)] = each
        if article.origin != origin:
            plan.forgotten.append(article)


def _resolved(path: Path | str) -> str:
    return str(path.resolve()) if isinstance(path, Path) else path


def _grouped(removed: Iterable[RemovedArticle], key: Callable[[RemovedArticle], K]) -> Mapping[K, list[RemovedArticle]]:
    groups: dict[K, list[RemovedArticle]] = {}
    for article in removed:
        groups.setdefault(key(article), []).append(article)
    return groups


def _near(removed: Sequence[RemovedArticle]) -> Callable[[Loaded], Iterable[RemovedArticle]]:
    """The removed articles that one which was read may be, each once: those of its id, its place and its text."""
    if not removed:
        return lambda _: ()
    by_id = _grouped(removed, lambda each: each.article_id)
    by_place = _grouped(removed, lambda each: (each.origin, each.part))
    by_text = _grouped(removed, lambda each: each.text_sha256)

    def near(each: Loaded) -> Iterable[RemovedArticle]:
        place = (str(each.origin), part_of(each.article.id, each.origin))
        there = by_place.get(place, ()) if place[1] is not None else ()
        text = by_text.get(text_sha256(each.article), ())
        return dict.fromkeys((*by_id.get(each.article.id, ()), *there, *text))

    return near


def _place(store: WritableStore, each: Loaded, plan: Plan) -> None:
    """Put an article that was read where it belongs in the plan."""
    page = each.article.teaser_of
    origin, of_page = store.origin(each.article.id), store.origin(page or each.article.id)
    known = None if store.is_damaged(each.article.id) else store.article(each.article.id)
    if of_page not in (None, str(each.origin)) and each.part is not None and not is_gone(of_page or ""):
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


def _left(paths: Sequence[Path | str], plan: Plan, found: Found) -> Callable[[str], bool]:
    """Whether what is below the paths is gone or was read whole, so that what was not found in it is not there."""
    roots = {_resolved(path) for path in paths if not is_gone(path)}
    loaded = (*plan.added, *plan.updated, *plan.unchanged, *plan.left_out.values())
    broken = {origin for error in plan.failed for origin in _broken(error.place, roots)}
    whole = {str(each.origin) for each in loaded} - broken - found.unmodified

    @cache
    def left(origin: str) -> bool:
        below = not roots.isdisjoint((origin, *map(str, Path(origin).parents)))
        return below and (origin in whole or origin in found.gone or is_gone(origin))

    return left


def _broken(place: str, roots: Iterable[str]) -> Iterable[str]:
    """The files and addresses that an error at a place may be of: it may name a line, or a file in an archive."""
    if is_address(place):
        return [max((root for root in roots if place.startswith(root)), key=len, default=place)]
    path = Path(re.sub(r":\d+$", "", place)).resolve()
    return map(str, (path, *path.parents))


def restoring(folder: Path, store: WritableStore, article_ids: Iterable[str], fetch: Fetch) -> Plan:
    """What will change for removed articles to be back.

    Raises `UsageError` when one was not removed or its id is taken, `DocumentError` when its file holds it no longer.
    """
    removed = _grouped(store.removed_articles(), lambda each: each.article_id)
    plan = Plan()
    for article_id in dict.fromkeys(article_ids):
        if article_id not in removed:
            more = ", …" if len(removed) > _SHOWN else ""
            known = f"removed were: {', '.join([*removed][:_SHOWN])}{more}" if removed else "nothing was"
            raise UsageError(f"{folder}: no article {article_id!r} was removed; {known}")
        if taken := store.origin(article_id):
            raise UsageError(f"{folder}: the id {article_id!r} is taken by {taken}; remove that first")
        # Removed twice, from two files: that which is still there.
        origins = sorted((each.origin for each in removed[article_id] if each.origin), key=is_gone)
        if not origins:
            raise UsageError(f"{folder}: the file of {article_id!r} is gone; ingest it by its own path if you have it")
        if is_address(origins[0]):
            again = article_among(fetch(origins[0]), origins[0], article_id)
        else:
            again = load_again(Path(origins[0]), article_id)
        # Of the teasers on its page those that were not removed by themselves.
        plan.added += [each for each in again if each.article.id == article_id or each.article.id not in removed]
        plan.forgotten += removed[article_id]
    return plan
