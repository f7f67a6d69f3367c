"""Articles into a collection: what is new or changed is embedded, all of it becomes visible at once."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rag.config import ChunkSettings
from rag.documents.chunking import Chunk, split_into_chunks
from rag.documents.formats import Loaded
from rag.documents.paths import paths_of
from rag.errors import CollectionError, DocumentError, UsageError
from rag.index.article_spool import Waiting, held_articles
from rag.index.build import derive, discard, sweep
from rag.index.chunk_embedding import embedded
from rag.index.filter import texts_of
from rag.index.found import Fetch, Found, read
from rag.index.ingest_plan import Plan, compare, known_afterwards, nothing_at, restoring
from rag.index.ingest_report import IngestReport, Repair
from rag.index.known_files import known_files, remember_files
from rag.index.removed_articles import RemovedArticle, text_sha256
from rag.index.snapshot import check
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import Manifest, WritableStore
from rag.index.write_lock import write_lock
from rag.models.embedder import Embedder
from rag.progress import Progress
from rag.sources.address import normalised
from rag.sources.http_client import HttpClient
from rag.sources.page import Gone, Unmodified, articles_of

LOG = logging.getLogger(__name__)
# So many chunks are embedded, with their sentences, before they are kept.
_BATCH = 128
Cut = Callable[[Waiting], list[Chunk]]


def ingest(
    folder: Path,
    paths: Path | str | Iterable[Path | str],
    embedder: Embedder,
    settings: ChunkSettings,
    progress: Progress = lambda *_: None,
    allow_private: bool = False,
) -> IngestReport:
    """Bring the collection in `folder` to what the files, folders and addresses in `paths`, or that one, hold now.

    Addresses of this machine and of private networks are refused unless `allow_private`. Articles that have left an
    ingested file or folder are removed; what cannot be read keeps what it had. What was removed by its id stays away,
    unless its own file or address is among the paths. Until the last step readers see the generation before; if the
    process ends early, only vectors are kept, for the next try.
    `progress` is told a stage (reading, embedding), how much is done, and of how much.
    """
    places = [normalised(path) if isinstance(path, str) else path for path in paths_of(paths)]
    with fetching(allow_private) as fetch, known_files(folder) as known:
        found = read(places, progress, fetch, known)
    if not found.articles and not (folder / FILE).is_file():
        return IngestReport(failed=(*found.failed, *map(nothing_at, sorted(found.gone))), passed_over=found.passed_over)
    return take_in(folder, places, found, embedder, settings, progress)


@contextmanager
def fetching(allow_private: bool) -> Iterator[Fetch]:
    """What addresses hold, each asked for when it is read; what cannot be read is a value."""
    client = HttpClient(allow_private=allow_private)

    def fetch(address: str) -> Iterator[Loaded | DocumentError | Gone | Unmodified]:
        try:
            yield from articles_of(client.get(address))
        except DocumentError as error:
            yield DocumentError(error.place, error.reason)

    try:
        yield fetch
    finally:
        client.close()


def take_in(
    folder: Path,
    paths: Sequence[Path | str],
    found: Found,
    embedder: Embedder,
    settings: ChunkSettings,
    progress: Progress,
    *,
    wanted: bool = True,
) -> IngestReport:
    """Bring the collection to what was found in the paths, see `ingest`; `wanted` as in `compare`."""
    with write_lock(folder):
        store = _store(folder, embedder, settings)
        try:
            plan = compare(store, paths, found, wanted=wanted)
            _write(folder, store, plan, embedder, settings, progress)
        finally:
            store.close()
        _remember(folder, plan, found)
    return IngestReport(
        tuple(each.id for each in plan.added),
        tuple(each.id for each in plan.updated),
        tuple(sorted(plan.unchanged)),
        tuple(plan.removed),
        tuple(plan.failed),
        found.passed_over,
        tuple(dict.fromkeys(each.article_id for each in plan.left_out)),
        tuple(Repair(each.id, each.repaired) for each in plan.added + plan.updated if each.repaired),
    )


def _remember(folder: Path, plan: Plan, found: Found) -> None:
    """Write down the states of the files; where that fails they are read again next time."""
    try:
        remember_files(folder, *known_afterwards(plan, found))
    except CollectionError as error:
        LOG.warning("the files will be read again next time: %s", error)


def remove(folder: Path, article_ids: str | Iterable[str]) -> None:
    """Remove articles from a collection, with the teasers on their pages, for good: see `restore`.

    Raises `UsageError`, and removes nothing, when one is not there.
    """
    wanted = list(dict.fromkeys(texts_of(article_ids, "what is removed is an article's id or a list of ids")))
    store = SqliteStore(folder)
    try:
        with write_lock(folder):
            sweep(folder, store.manifest().build)
            unknown = [article_id for article_id in wanted if store.origin(article_id) is None]
            if unknown:
                raise UsageError(
                    f"{folder}: there is no article {unknown[0]!r}; `hoidap articles list` shows their ids"
                )
            if wanted:
                gone = list(dict.fromkeys([*wanted, *_teasers(store, wanted)]))
                _commit(folder, store, store.manifest(), removed=gone, remembered=wanted)
    finally:
        store.close()


def removed_articles(folder: Path) -> list[str]:
    """The ids of the articles that were removed by id and can be restored. Raises `CollectionNotFound`."""
    store = SqliteStore(folder)
    try:
        return [each.article_id for each in store.removed_articles()]
    finally:
        store.close()


def restore(
    folder: Path,
    article_ids: str | Iterable[str],
    embedder: Embedder,
    settings: ChunkSettings,
    progress: Progress = lambda *_: None,
    allow_private: bool = False,
) -> IngestReport:
    """Read removed articles again from the files and addresses that they came from.

    Raises `UsageError` when one was not removed, `DocumentError` when its file holds it no longer; nothing is restored.
    """
    wanted = texts_of(article_ids, "what is restored is an article's id or a list of ids")
    SqliteStore(folder).close()  # that of a collection which is not there would be made
    with fetching(allow_private) as fetch, write_lock(folder):
        store = _store(folder, embedder, settings)
        try:
            plan = restoring(folder, store, wanted, fetch)
            _write(folder, store, plan, embedder, settings, progress)
        finally:
            store.close()
    return IngestReport(tuple(each.id for each in plan.added))


def make_collection(folder: Path, embedder: Embedder, settings: ChunkSettings) -> None:
    """Make an empty collection in a folder, if none is there; called by its one writer."""
    _store(folder, embedder, settings).close()


def _teasers(store: WritableStore, article_ids: Sequence[str]) -> list[str]:
    """The ids of the teasers on the pages of these articles; a damaged one goes by its id."""
    origins = store.origins()
    beside = ((page, each) for page in article_ids for each in origins[store.origin(page) or ""] if each != page)
    named = [(page, each) for page, each in beside if each.startswith(f"{page}#")]
    whole = {each: store.article(each) for _, each in named if not store.is_damaged(each)}
    return [each for page, each in named if (found := whole.get(each)) is None or found.teaser_of == page]


def _store(folder: Path, embedder: Embedder, settings: ChunkSettings) -> SqliteStore:
    if not (folder / FILE).is_file():
        shape = (embedder.name, embedder.fingerprint, embedder.dimension, settings.size, settings.overlap)
        return SqliteStore.create(folder, Manifest(*shape))
    store = SqliteStore(folder)
    try:
        manifest = store.manifest()
        check(manifest, embedder, folder)
        sweep(folder, manifest.build)
    except BaseException:
        store.close()
        raise
    return store


def _write(
    folder: Path, store: WritableStore, plan: Plan, embedder: Embedder, settings: ChunkSettings, progress: Progress
) -> None:
    manifest = store.manifest()
    with store.transaction():
        for each in plan.moved:
            store.put_origin(each.id, str(each.origin))
        for removed in plan.forgotten:
            store.forget_removed_article(removed)
        for removed in (*plan.left_out, *plan.kept):
            store.put_removed_article(removed)
    recut = (manifest.chunk_size, manifest.chunk_overlap) != (settings.size, settings.overlap)
    changed: list[Waiting] = [*plan.added, *plan.updated]
    if recut:
        manifest = replace(manifest, chunk_size=settings.size, chunk_overlap=settings.overlap)
        changed += held_articles(store, but={*plan.removed, *(each.id for each in changed)})
    if not changed and not plan.removed and manifest.build:
        return

    def cut(each: Waiting) -> list[Chunk]:
        return split_into_chunks(each.article, embedder.count_tokens, size=settings.size, overlap=settings.overlap)

    _embed(store, changed, cut, embedder, progress)
    _commit(folder, store, manifest, changed=changed, cut=cut, removed=plan.removed)


def _embed(
    store: WritableStore,
    changed: Sequence[Waiting],
    cut: Cut,
    embedder: Embedder,
    progress: Progress,
) -> None:
    """Embed what has no vectors yet. Articles are cut here and when they are put: all their chunks are never held."""
    keys = dict.fromkeys(chunk.key for each in changed for chunk in cut(each))
    left = store.missing_vectors(keys)
    total = len(left)

    def from_first(first: int) -> Progress:
        return lambda stage, done, _: progress(stage, first + done, total)

    def missing() -> Iterator[Chunk]:
        for each in changed if left else ():
            for chunk in cut(each):
                if chunk.key in left:
                    left.remove(chunk.key)
                    yield chunk

    chunks = missing()  # in order, so that vectors lie as they are read
    for first in range(0, total, _BATCH):
        batch = list(islice(chunks, _BATCH))
        vectors, sentences = embedded(batch, embedder, from_first(first))
        # Kept at once: should the process end here, the next try does not embed them again.
        with store.transaction():
            store.put_vectors([chunk.key for chunk in batch], vectors)
            store.put_sentences([chunk.key for chunk in batch], sentences)


def _commit(
    folder: Path,
    store: WritableStore,
    manifest: Manifest,
    *,
    changed: Sequence[Waiting] = (),
    cut: Cut = lambda _: [],
    removed: Sequence[str] = (),
    remembered: Sequence[str] = (),
) -> None:
    """Write the changes and the files derived from them, and make both visible as the next generation."""
    build = uuid.uuid4().hex
    ids = [each.id for each in changed]
    stale = store.ids_of([*removed, *ids])
    try:
        with store.transaction():
            for article_id in remembered:
                store.put_removed_article(_removal(store, article_id))
            for article_id in removed:
                store.remove_article(article_id)
            for each in changed:
                store.put_article(each.article, str(each.origin), cut(each))
            store.remove_unused_vectors()
            derive(folder, store, build, previous=manifest.build, changed=ids, removed=stale)
            store.put_manifest(replace(manifest, generation=manifest.generation + 1, build=build))
    except Exception:
        sweep(folder, manifest.build)  # the build that no generation is of takes no space
        raise
    discard(folder, keep=(build, manifest.build))


def _removal(store: WritableStore, article_id: str) -> RemovedArticle:
    article = None
    with suppress(CollectionError):  # it is damaged, which may be why it is removed
        article = store.article(article_id)
    return RemovedArticle(article_id, store.origin(article_id) or "", text_sha256(article) if article else "")
