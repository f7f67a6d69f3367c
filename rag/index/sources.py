"""The sources of a collection: remembered, and each brought in as it is now, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from rag.config import ChunkSettings
from rag.documents.formats import Loaded
from rag.documents.paths import is_address, paths_of, printable
from rag.errors import DocumentError, UsageError
from rag.index.filter import texts_of
from rag.index.found import Found, read
from rag.index.ingest import make_collection, take_in
from rag.index.ingest_report import IngestReport
from rag.index.known_files import KnownFiles, known_files
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
TakeIn = Callable[[Sequence[Path | str], Found], IngestReport]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What bringing in a source did; `report.failed` says what of it could not be read, and why."""

    source: Source
    report: IngestReport


class Sources:
    """The sources of the collection in a folder. All methods raise `UsageError` for a source that is not known."""

    def __init__(self, folder: Path, embedder: Callable[[], Embedder], settings: ChunkSettings) -> None:
        self.folder = folder
        self._embedder = embedder
        self._settings = settings

    def list(self) -> Sequence[Source]:
        """The sources in order of their places. Raises `CollectionNotFound`."""
        with closing(SqliteSources(self.folder)) as table:
            return table.sources()

    def add(
        self, places: Path | str | Iterable[Path | str], kind: Kind | None = None, *, allow_private: bool = False
    ) -> Sequence[Source]:
        """Remember files, folders and addresses; the collection is made if it is not there. Nothing is brought in yet.

        Without a `kind` an address is asked whether it is a feed or a sitemap. Raises `UsageError` for what is not
        there or of another kind, `DocumentError` when an address cannot be read; nothing is remembered then.
        """
        with closing(HttpClient(allow_private=allow_private)) as client:
            found = [_source(place, kind, allow_private, client) for place in paths_of(places)]
        with write_lock(self.folder, wait=_WAIT):
            make_collection(self.folder, self._embedder(), self._settings)
            with closing(SqliteSources(self.folder)) as table:
                for source in found:
                    table.put(source)
        return found

    def remove(self, places: str | Iterable[str]) -> None:
        """Forget sources; the articles that came from them stay."""
        with closing(SqliteSources(self.folder)) as table, write_lock(self.folder, wait=_WAIT):
            for source in self._chosen(table, places):
                table.remove(source.place)

    def sync(
        self, places: str | Iterable[str] | None = None, progress: Progress = lambda *_: None
    ) -> Iterator[SourceReport]:
        """Bring each source, or those at the `places`, to what it holds now; each is told as soon as it is done.

        A source that cannot be read loses nothing of what it had. The article of an address that is gone goes, one that
        has left a feed does not; what was removed by its id stays away.
        """
        with ExitStack() as stack:
            table = stack.enter_context(closing(SqliteSources(self.folder)))
            # What is allowed to one source is not to another.
            clients = {each: stack.enter_context(closing(HttpClient(allow_private=each))) for each in (False, True)}
            for source in table.sources() if places is None else self._chosen(table, places):
                client = clients[source.allow_private]
                run = _Sync(self.folder, source, table, client, self._take_in(progress), progress)
                report = _from_files(run) if source.kind in ("folder", "file") else _from_addresses(run)
                now = datetime.now(UTC).isoformat(timespec="seconds")
                done = replace(source, synced=now, failure=str(report.failed[0]) if report.failed else "")
                with write_lock(self.folder, wait=_WAIT):
                    table.put(done)
                yield SourceReport(done, report)

    def _take_in(self, progress: Progress) -> TakeIn:
        return lambda paths, found: take_in(
            self.folder, paths, found, self._embedder(), self._settings, progress, wanted=False
        )

    def _chosen(self, table: SqliteSources, places: str | Iterable[str]) -> Sequence[Source]:
        known = {source.place: source for source in table.sources()}
        named = texts_of(places, "a source is named by its path or address")
        found = [normalised(place) if is_address(place) else str(Path(place).resolve()) for place in named]
        if unknown := [place for place in found if place not in known]:
            raise UsageError(f"{self.folder}: {unknown[0]} is no source; `hoidap sources list` shows them")
        return [known[place] for place in dict.fromkeys(found)]


def _source(place: Path | str, kind: Kind | None, allow_private: bool, client: HttpClient) -> Source:
    if isinstance(place, Path):
        if not place.exists():
            raise UsageError(f"{place}: there is no such file or folder; check the path")
        if kind not in (None, "folder", "file"):
            raise UsageError(f"{place}: is no {kind} but a file or a folder; leave --kind away")
        return Source(printable(place.resolve()), "folder" if place.is_dir() else "file")
    if kind in ("folder", "file"):
        raise UsageError(f"{place}: is an address; its --kind is address, feed or sitemap")
    address = normalised(place)
    return Source(address, kind or kind_of(address, client), allow_private)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One source being brought in."""

    folder: Path
    source: Source
    table: SqliteSources
    client: HttpClient
    take_in: TakeIn
    progress: Progress


def _from_files(sync: _Sync) -> IngestReport:
    paths = [Path(sync.source.place)]
    with known_files(sync.folder) as known:
        found = read(paths, sync.progress, lambda _: iter(()), known)
    return sync.take_in(paths, found)


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

    found: Found = read(list(visits), lambda *_: None, fetch, KnownFiles())
    report = sync.take_in(list(visits), found)
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
