"""Articles into a collection: what is new or changed is embedded, all of it becomes visible at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag.chunks import Chunk, split
from rag.collection import check, derive, discard, write_lock
from rag.config import ChunkSettings
from rag.documents import Loaded, load
from rag.embeddings import Embedder
from rag.errors import DocumentError, UsageError
from rag.files import PassedOver, paths_of
from rag.filters import texts_of
from rag.store import FILE, Manifest, Store
from rag.text import clean

Progress = Callable[[str, int, int], None]
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingestion did, as article ids.

    `failed` is what could not be read, and why; `passed_over` are files of folders in formats that are not read.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[DocumentError, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(slots=True)
class _Read:
    """Articles by id, and the files passed over by suffix, each once and in order."""

    articles: dict[str, Loaded] = field(default_factory=dict)
    failed: list[DocumentError] = field(default_factory=list)
    passed_over: dict[str, dict[str, None]] = field(default_factory=dict)


@dataclass(slots=True)
class _Plan:
    added: list[Loaded] = field(default_factory=list)
    updated: list[Loaded] = field(default_factory=list)
    unchanged: list[Loaded] = field(default_factory=list)
    moved: list[Loaded] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[DocumentError] = field(default_factory=list)


def ingest(
    folder: Path,
    paths: Path | str | Iterable[Path | str],
    embedder: Embedder,
    settings: ChunkSettings,
    progress: Progress = lambda *_: None,
) -> IngestReport:
    """Bring the collection in `folder` to what the files and folders in `paths`, or that one path, hold now.

    Articles that have left an ingested file or folder are removed; a file that cannot be read keeps what it had. Until
    the last step readers see the generation before; if the process ends early, only vectors are kept, for the next try.
    `progress` is told a stage (reading, embedding), how much is done, and of how much.
    """
    files = paths_of(paths)
    read = _read(files, progress)
    passed_over = tuple(PassedOver(suffix, tuple(read.passed_over[suffix])) for suffix in sorted(read.passed_over))
    if not read.articles and not (folder / FILE).is_file():
        return IngestReport(failed=tuple(read.failed), passed_over=passed_over)
    with write_lock(folder):
        store = _store(folder, embedder, settings)
        try:
            plan = _compare(store, files, read)
            _write(folder, store, plan, embedder, settings, progress)
        finally:
            store.close()
    return IngestReport(
        tuple(each.article.id for each in plan.added),
        tuple(each.article.id for each in plan.updated),
        tuple(each.article.id for each in plan.unchanged),
        tuple(plan.removed),
        tuple(plan.failed),
        passed_over,
    )


def remove(folder: Path, article_ids: str | Iterable[str]) -> None:
    """Remove articles from a collection. Raises `UsageError`, and removes nothing, when one is not there."""
    wanted = list(dict.fromkeys(texts_of(article_ids, "what is removed is an article's id or a list of ids")))
    store = Store(folder)
    try:
        with write_lock(folder):
            unknown = [article_id for article_id in wanted if store.origin(article_id) is None]
            if unknown:
                raise UsageError(
                    f"{folder}: there is no article {unknown[0]!r}; `hoidap articles list` shows their ids"
                )
            if wanted:
                _commit(folder, store, store.manifest(), removed=wanted)
    finally:
        store.close()


def _read(paths: Sequence[Path], progress: Progress) -> _Read:
    found = _Read()
    read: set[Path] = set()
    for path in paths:
        # A file that lies below two of the paths is known by the first.
        before = frozenset(read)
        for result in load(path):
            if isinstance(result, DocumentError):
                found.failed.append(result)
                continue
            if isinstance(result, PassedOver):
                found.passed_over.setdefault(result.suffix, {}).update(dict.fromkeys(result.files))
                continue
            read.add(result.origin)
            if result.origin in before:
                continue
            if (first := found.articles.setdefault(result.article.id, result)) != result:
                found.failed.append(_doubled(first, result))
            progress("reading", len(found.articles), 0)
    return found


def _doubled(first: Loaded, second: Loaded) -> DocumentError:
    if first.origin == second.origin:
        reason = f"holds the id {first.article.id!r} twice; the first is kept, give the other its own"
    else:
        reason = f"has the same id {first.article.id!r} as {first.origin}, which is kept; rename one"
    return DocumentError(str(second.origin), reason)


def _store(folder: Path, embedder: Embedder, settings: ChunkSettings) -> Store:
    if not (folder / FILE).is_file():
        shape = (embedder.name, embedder.fingerprint, embedder.dimension, settings.size, settings.overlap)
        return Store.create(folder, Manifest(*shape))
    store = Store(folder)
    check(store.manifest(), embedder, folder)
    return store


def _compare(store: Store, paths: Sequence[Path], read: _Read) -> _Plan:
    plan = _Plan(failed=read.failed)
    for each in read.articles.values():
        known, origin = store.article(each.article.id), store.origin(each.article.id)
        if known is None:
            plan.added.append(each)
        elif origin != str(each.origin) and _named_by_path(each) and not _is_gone(Path(str(origin))):
            reason = (
                f"its id {known.id!r} is taken by {origin}; ingest a folder that holds both, so that their paths differ"
            )
            plan.failed.append(DocumentError(str(each.origin), reason))
        else:
            (plan.unchanged if known == each.article else plan.updated).append(each)
            if known == each.article and origin != str(each.origin):
                plan.moved.append(each)
    plan.removed = _vanished(store, paths, plan)
    return plan


def _named_by_path(each: Loaded) -> bool:
    return each.article.id.endswith(clean(each.origin.name))


def _vanished(store: Store, paths: Sequence[Path], plan: _Plan) -> list[str]:
    """Articles of the store whose file is gone, or was read whole and no longer holds them."""
    roots = {path.resolve() for path in paths if not _is_gone(path)}
    loaded = (*plan.added, *plan.updated, *plan.unchanged)
    present = {each.article.id for each in loaded}
    broken = {re.sub(r":\d+$", "", error.place) for error in plan.failed}
    read = {str(each.origin) for each in loaded} - {str(Path(place).resolve()) for place in broken}
    return [
        article_id
        for origin, ids in store.origins().items()
        if not roots.isdisjoint((Path(origin), *Path(origin).parents)) and (origin in read or _is_gone(Path(origin)))
        for article_id in ids
        if article_id not in present
    ]


def _is_gone(file: Path) -> bool:
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # in a folder that cannot be read, say
    return False


def _write(
    folder: Path, store: Store, plan: _Plan, embedder: Embedder, settings: ChunkSettings, progress: Progress
) -> None:
    manifest = store.manifest()
    with store.transaction():
        for each in plan.moved:
            store.put_origin(each.article.id, str(each.origin))
    recut = (manifest.chunk_size, manifest.chunk_overlap) != (settings.size, settings.overlap)
    changed = plan.added + plan.updated
    if recut:
        manifest = replace(manifest, chunk_size=settings.size, chunk_overlap=settings.overlap)
        changed = changed + _others(store, changed, plan.removed)
    if not changed and not plan.removed and manifest.build:
        return
    cut = [
        (each, split(each.article, embedder.count_tokens, size=settings.size, overlap=settings.overlap))
        for each in changed
    ]
    _embed(store, [chunk for _, chunks in cut for chunk in chunks], embedder, progress)
    _commit(folder, store, manifest, changed=cut, removed=plan.removed)


def _others(store: Store, changed: Iterable[Loaded], removed: Iterable[str]) -> list[Loaded]:
    done = {each.article.id for each in changed} | set(removed)
    ids = [article.id for article in store.articles() if article.id not in done]
    found = ((store.article(article_id), store.origin(article_id)) for article_id in ids)
    return [Loaded(article, Path(origin)) for article, origin in found if article and origin]


def _embed(store: Store, chunks: Iterable[Chunk], embedder: Embedder, progress: Progress) -> None:
    cut = {chunk.key: chunk for chunk in chunks}
    without = store.missing_vectors(cut)
    missing = [key for key in cut if key in without]  # in order, so that vectors lie as they are read

    def told(first: int) -> Callable[[int], None]:
        return lambda done: progress("embedding", first + done, len(missing))

    for first in range(0, len(missing), _BATCH):
        keys = missing[first : first + _BATCH]
        vectors = embedder.embed_passages([cut[key].indexed for key in keys], told(first))
        # Kept at once: should the process end here, the next try does not embed them again.
        with store.transaction():
            store.put_vectors(keys, vectors)


def _commit(
    folder: Path,
    store: Store,
    manifest: Manifest,
    *,
    changed: Sequence[tuple[Loaded, Sequence[Chunk]]] = (),
    removed: Sequence[str] = (),
) -> None:
    """Write the changes and the files derived from them, and make both visible as the next generation."""
    build = uuid.uuid4().hex
    stale = [chunk.id for chunk in store.chunks_of([*removed, *(each.article.id for each, _ in changed)])]
    ids: list[str] = []
    with store.transaction():
        for article_id in removed:
            store.remove_article(article_id)
        for each, chunks in changed:
            store.put_article(each.article, str(each.origin), chunks)
            ids.append(each.article.id)
        store.remove_unused_vectors()
        derive(folder, store, build, previous=manifest.build, changed=ids, removed=stale)
        store.put_manifest(replace(manifest, generation=manifest.generation + 1, build=build))
    discard(folder, keep=(build, manifest.build))
