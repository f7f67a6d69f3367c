"""What will change in a store for it to hold what was found in files, folders and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from rag.documents.file_state import FileState
from rag.documents.formats import article_among, load_again, part_of
from rag.documents.paths import is_address, is_gone
from rag.errors import DocumentError, UsageError
from rag.index.article_spool import ArticleSpool, FoundArticle
from rag.index.found import Fetch, Found
from rag.index.removed_articles import RemovedArticle, text_sha256
from rag.index.store import WritableStore

_SHOWN = 20
K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Plan:
    """What will change.

    `unchanged` are ids with what holds the article, in order. `left_out` are articles that were removed by their ids
    and are still there, each with what was read of it; `forgotten` are those that may come back from now on, `kept`
    those known by their text alone from now on. `moved` are among `unchanged`: another file holds them now.
    """

    added: list[FoundArticle] = field(default_factory=list)
    updated: list[FoundArticle] = field(default_factory=list)
    unchanged: dict[str, str] = field(default_factory=dict)
    moved: list[FoundArticle] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left_out: dict[RemovedArticle, FoundArticle] = field(default_factory=dict)
    forgotten: list[RemovedArticle] = field(default_factory=list)
    kept: list[RemovedArticle] = field(default_factory=list)
    failed: list[DocumentError] = field(default_factory=list)


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
        same = near(each)
        if same and each.loaded.part == "" and str(each.origin) in named:
            plan.forgotten += same  # ingested by its own path
            same = []
        if store.origin(each.id) == str(each.origin) or not (same or each.teaser_of in away):
            _place(store, each, plan)
        elif same:
            _leave_out(each, same, plan)
            away.add(each.id)  # and with it the teasers on its page, which come behind it
    for origin in found.unmodified:
        plan.unchanged |= dict.fromkeys(origins.get(origin, ()), origin)
    plan.failed += [nothing_at(address) for address in sorted(found.gone) if address not in origins]
    left = _left(paths, plan, found)
    present = {*plan.unchanged, *(each.id for each in (*plan.added, *plan.updated))}
    plan.removed = [
        article_id for origin, ids in origins.items() if left(origin) for article_id in ids if article_id not in present
    ]
    settled = {*plan.left_out, *plan.forgotten}
    gone = [article for article in removed if article not in settled and left(article.origin)]
    plan.forgotten += gone
    # Should the text come again from elsewhere, it is what was removed; another text in that place is another article.
    plan.kept = [replace(article, origin="") for article in gone if article.text_sha256]
    return plan


def known_afterwards(plan: Plan, found: Found) -> tuple[dict[str, FileState], dict[str, FileState]]:
    """The states of the files that were read, and of those that were not, whose articles are all held afterwards."""
    told = {origin for error in plan.failed for origin in _broken(error.place, ())}
    passed_over = (Path(file).resolve() for each in found.passed_over for file in each.files)
    told |= {str(parent) for file in passed_over for parent in file.parents}
    told |= {str(each.origin) for each in plan.left_out.values()}
    states = {origin: state for origin, state in found.states.items() if state and origin not in told}
    unread = {origin: state for origin, state in states.items() if origin in found.unmodified}
    return {origin: state for origin, state in states.items() if origin not in unread}, unread


def nothing_at(address: str) -> DocumentError:
    """The error for an address that is gone, and of which no article was there."""
    return DocumentError(address, "holds nothing (404 or 410); check the address")


def _leave_out(each: FoundArticle, same: Iterable[RemovedArticle], plan: Plan) -> None:
    """Remember that what was read was removed: by the id that it has now, when it came from elsewhere before."""
    origin, text = str(each.origin), text_sha256(each.article)
    for article in same:
        article_id = article.article_id if article.origin == origin else each.id
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


def _near(removed: Sequence[RemovedArticle]) -> Callable[[FoundArticle], list[RemovedArticle]]:
    """The removed articles that one which was read is, each once, looked for by its id, its place and its text."""
    if not removed:
        return lambda _: []
    by_id = _grouped(removed, lambda each: each.article_id)
    by_place = _grouped(removed, lambda each: (each.origin, each.part))
    by_text = _grouped(removed, lambda each: each.text_sha256)

    def near(each: FoundArticle) -> list[RemovedArticle]:
        place = (str(each.origin), part_of(each.id, each.origin))
        there = by_place.get(place, ()) if place[1] is not None else ()
        loaded = each.loaded
        text = by_text.get(text_sha256(loaded.article), ())
        may_be = dict.fromkeys((*by_id.get(each.id, ()), *there, *text))
        return [article for article in may_be if article.is_same_as(loaded)]

    return near


def _place(store: WritableStore, each: FoundArticle, plan: Plan) -> None:
    """Put an article that was read where it belongs in the plan."""
    page, article = each.teaser_of, each.loaded
    origin, of_page = store.origin(each.id), store.origin(page or each.id)
    known = None if store.is_damaged(each.id) else store.article(each.id)
    if of_page not in (None, str(each.origin)) and article.part is not None and not is_gone(of_page or ""):
        if page is None:  # else it is told of its page
            taken = f"its id {each.id!r} is taken by {of_page}"
            reason = f"{taken}; ingest a folder that holds both, so that their paths differ"
            plan.failed.append(DocumentError(str(each.origin), reason))
    elif origin is None:
        plan.added.append(each)
    elif known == article.article:
        plan.unchanged[each.id] = str(each.origin)
        if origin != str(each.origin):
            plan.moved.append(each)
    else:
        plan.updated.append(each)


def _left(paths: Sequence[Path | str], plan: Plan, found: Found) -> Callable[[str], bool]:
    """Whether what is below the paths is gone or was read whole, so that what was not found in it is not there."""
    roots = {_resolved(path) for path in paths if not is_gone(path)}
    loaded = (*plan.added, *plan.updated, *plan.left_out.values())
    broken = {origin for error in plan.failed for origin in _broken(error.place, roots)}
    whole = {*plan.unchanged.values(), *(str(each.origin) for each in loaded)} - broken - found.unmodified.keys()

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
    plan, spool = Plan(), ArticleSpool()
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
        wanted = (each for each in again if each.article.id == article_id or each.article.id not in removed)
        plan.added += map(spool.put, wanted)
        plan.forgotten += removed[article_id]
    return plan
