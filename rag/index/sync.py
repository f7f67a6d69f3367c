"""The sources of a collection: remembered, and each brought in as it is now, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from rag.config import ChunkSettings
from rag.documents.formats import Loaded
from rag.documents.paths import is_address, paths_of
from rag.errors import DocumentError, UsageError
from rag.index.filter import texts_of
from rag.index.ingest import IngestReport, make_collection, take_in
from rag.index.ingest_plan import Found, read
from rag.index.sqlite_sources import SqliteSources
from rag.index.sqlite_store import SqliteStore
from rag.index.write_lock import write_lock
from rag.models.embedder import Embedder
from rag.progress import Progress
from rag.sources.address import normalised
from rag.sources.announced import announced, kind_of, to_ask
from rag.sources.http_client import HttpClient
from rag.sources.page import UNKNOWN, Gone, Page, Unmodified, Validators, articles_of
from rag.sources.source import Kind, Source, Visit

# So many addresses are read before their articles go in: an end before the end loses no more.
_BATCH = 50
_WAIT = 60.0  # seconds for another writer
TakeIn = Callable[..., IngestReport]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What bringing in a source did; `report.failed` says what of it could not be read, and why."""

    source: Source
    report: IngestReport


def remember(
    folder: Path,
    places: Path | str | Iterable[Path | str],
    embedder: Embedder,
    settings: ChunkSettings,
    *,
    kind: Kind | None = None,
    allow_private: bool = False,
) -> list[Source]:
    """Remember files, folders and addresses as sources of a collection, which is made if it is not there.

    Without a `kind` an address is asked whether it is a feed or a sitemap. Raises `UsageError` for what is not there or
    of another kind, `DocumentError` when an address cannot be read; nothing is remembered then.
    """
    with closing(HttpClient(allow_private=allow_private)) as client:
        found = [_source(place, kind, allow_private, client) for place in paths_of(places)]
    with write_lock(folder, wait=_WAIT):
        make_collection(folder, embedder, settings)
        with closing(SqliteSources(folder)) as table:
            for source in found:
                table.put(source)
    return found


def _source(place: Path | str, kind: Kind | None, allow_private: bool, client: HttpClient) -> Source:
    if isinstance(place, Path):
        if not place.exists():
            raise UsageError(f"{place}: there is no such file or folder; check the path")
        if kind not in (None, "folder", "file"):
            raise UsageError(f"{place}: is no {kind} but a file or a folder; leave --kind away")
        return Source(str(place.resolve()), "folder" if place.is_dir() else "file")
    if kind in ("folder", "file"):
        raise UsageError(f"{place}: is an address; its --kind is address, feed or sitemap")
    address = normalised(place)
    return Source(address, kind or kind_of(address, client), allow_private)


def sources(folder: Path) -> list[Source]:
    """The sources of a collection in order of their places. Raises `CollectionNotFound`."""
    with closing(SqliteSources(folder)) as table:
        return table.sources()


def forget(folder: Path, places: str | Iterable[str]) -> None:
    """Forget sources; the articles that came from them stay. Raises `UsageError`, and forgets none, for an unknown."""
    with closing(SqliteSources(folder)) as table, write_lock(folder, wait=_WAIT):
        for source in _chosen(folder, table, texts_of(places, "a source is named by its path or address")):
            table.remove(source.place)


def sync(
    folder: Path,
    embedder: Embedder,
    settings: ChunkSettings,
    places: str | Iterable[str] | None = None,
    progress: Progress = lambda *_: None,
) -> Iterator[SourceReport]:
    """Bring each source, or those at the `places`, to what it holds now; the report of each as soon as it is done.

    A source that cannot be read loses nothing of what it had. An address that answers that it is gone is removed, an
    entry that has left a feed is not. What was removed by its id stays away. Raises `UsageError` for an unknown source.
    """
    with ExitStack() as stack:
        table = stack.enter_context(closing(SqliteSources(folder)))
        named = None if places is None else texts_of(places, "a source is named by its path or address")
        # What is allowed to one source is not to another; hosts are asked slowly by both.
        clients = {each: stack.enter_context(closing(HttpClient(allow_private=each))) for each in (False, True)}
        taken = partial(take_in, folder, embedder=embedder, settings=settings, wanted=False)
        for source in _chosen(folder, table, named):
            client = clients[source.allow_private]
            found = _Sync(folder, source, table, client, taken, progress)
            report = _from_files(found) if source.kind in ("folder", "file") else _from_addresses(found)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            done = replace(source, synced=now, failure=str(report.failed[0]) if report.failed else "")
            with write_lock(folder, wait=_WAIT):
                table.put(done)
            yield SourceReport(done, report)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One source being brought in."""

    folder: Path
    source: Source
    table: SqliteSources
    client: HttpClient
    take_in: TakeIn
    progress: Progress


def _chosen(folder: Path, table: SqliteSources, named: Sequence[str] | None) -> list[Source]:
    known = {source.place: source for source in table.sources()}
    if named is None:
        return list(known.values())
    found = [normalised(place) if is_address(place) else str(Path(place).resolve()) for place in named]
    if unknown := [place for place in found if place not in known]:
        raise UsageError(f"{folder}: {unknown[0]} is no source; `hoidap sources list` shows them")
    return [known[place] for place in dict.fromkeys(found)]


def _from_files(sync: _Sync) -> IngestReport:
    paths = [Path(sync.source.place)]
    return sync.take_in(paths, read(paths, sync.progress, lambda _: iter(())), progress=sync.progress)


def _from_addresses(sync: _Sync) -> IngestReport:
    """What is announced is written down before any of it is asked: an entry that fails is asked again next time."""
    place, failed = sync.source.place, list[DocumentError]()
    visits = sync.table.visits(place)
    known = visits[place].validators if place in visits else UNKNOWN
    try:
        if found := announced(sync.source, sync.client, known):
            failed += found.failed
            with write_lock(sync.folder, wait=_WAIT):
                sync.table.put_visits(place, to_ask(sync.source, found, visits))
    except DocumentError as error:
        failed.append(DocumentError(error.place, error.reason))
    due = [visit for visit in sync.table.visits(place).values() if not visit.done]
    reports = [IngestReport(failed=tuple(failed))]
    for first in range(0, len(due), _BATCH):
        reports.append(_asked(sync, {each.address: each for each in due[first : first + _BATCH]}, first, len(due)))
    joined: dict[str, Any] = {
        each.name: tuple(chain.from_iterable(getattr(report, each.name) for report in reports))
        for each in fields(IngestReport)
    }
    return IngestReport(**joined)


def _asked(sync: _Sync, visits: Mapping[str, Visit], first: int, total: int) -> IngestReport:
    """Take in what some addresses hold, and then write down that they have answered."""
    answered: dict[str, Validators] = {}
    held = _held(sync.folder, visits)

    def fetch(address: str) -> Iterator[Loaded | DocumentError | Gone | Unmodified]:
        sync.progress("reading", first + len(answered), total)
        known = visits[address].validators if address in held else UNKNOWN
        try:
            answer = sync.client.get(address, known)
            answered[address] = answer.validators if isinstance(answer, Page) else known
            yield from articles_of(answer)
        except DocumentError as error:
            yield DocumentError(error.place, error.reason)

    found: Found = read(list(visits), lambda *_: None, fetch)
    report = sync.take_in(list(visits), found, progress=sync.progress)
    done = [
        replace(visits[address], done=True, validators=validators)
        for address, validators in answered.items()
        if address not in found.gone
    ]
    with write_lock(sync.folder, wait=_WAIT):
        sync.table.put_visits(sync.source.place, done, found.gone)
    return report


def _held(folder: Path, addresses: Iterable[str]) -> set[str]:
    """The addresses whose articles are there whole, or were removed by their ids: only they need not be sent again."""
    with closing(SqliteStore(folder)) as store:
        origins = store.origins()
        removed = {each.origin for each in store.removed_articles()}
        return {
            address
            for address in addresses
            if address in removed or (address in origins and not any(map(store.is_damaged, origins[address])))
        }
