from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from rag.config import ChunkSettings
from rag.errors import CollectionError, CollectionLocked, CollectionMismatch, CollectionNotFound
from rag.index import build as builds_module
from rag.index import snapshot as collection
from rag.index.build import derive, discard
from rag.index.dense import DenseIndex
from rag.index.ingest import ingest, remove, restore
from rag.index.lexical import write
from rag.index.snapshot import Collection, Snapshot, check
from rag.index.sqlite_store import FILE, SqliteStore
from rag.index.store import Manifest
from rag.index.write_lock import write_lock
from rag.models.embedder import Embedder
from tests.doubles import HashEmbedder

ROOT = Path(__file__).parents[2]
SETTINGS = ChunkSettings(size=32, overlap=4)
TEXTS = {
    "cau.md": "# Cầu Rồng\n\nCầu Rồng bắc qua sông Hàn. Cầu dài 666 mét.\n",
    "ga.md": "# Ga Hà Nội\n\nGa Hà Nội nằm ở phố Lê Duẩn. Ga xây năm 1902.\n",
    "nui.txt": "Fansipan\n\nĐỉnh Fansipan cao 3.147 mét, cao nhất Đông Dương.\n",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, docs: Path) -> Path:
    folder = tmp_path / "chỉ mục"
    ingest(folder, [docs], HashEmbedder(), SETTINGS)
    return folder


def found(snapshot: Snapshot, question: str) -> list[str]:
    """Ids of the articles found by words, with the two indexes and the store seen to agree."""
    ids = snapshot.lexical.search(question, 100).ids
    chunks = snapshot.store.chunks(ids.tolist())
    assert len(chunks) == len(ids)
    everything = {chunk.id for chunk in snapshot.store.all_chunks()}
    (vector,) = HashEmbedder().embed_queries([question])
    assert set(snapshot.dense.search(vector, 1000).ids.tolist()) == everything
    assert snapshot.statistics.chunk_count == len(everything)
    return [chunks[chunk].article_id for chunk in ids.tolist()]


def build_of(index: Path) -> Path:
    (build,) = (index / "derived").iterdir()
    return build


def add(docs: Path, index: Path, name: str, text: str) -> None:
    (docs / name).write_text(text, encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)


def test_all_parts_are_of_one_generation(index: Path) -> None:
    snapshot = Collection(index, HashEmbedder()).snapshot()
    assert snapshot.manifest.generation == 1
    assert snapshot.manifest == snapshot.store.manifest()
    assert found(snapshot, "cầu rồng")[0] == "cau.md"
    (vector,) = HashEmbedder().embed_queries(["Cầu Rồng\nCầu Rồng bắc qua sông Hàn. Cầu dài 666 mét."])
    hits = snapshot.dense.search(vector, 1)
    ids, cosines = hits.ids, hits.scores
    assert snapshot.store.chunks(ids.tolist())[int(ids[0])].article_id == "cau.md"
    assert cosines[0] == pytest.approx(1, abs=1e-3)


def test_with_the_real_model(tmp_path: Path, docs: Path, embedder: Embedder) -> None:
    ingest(tmp_path / "index", [docs], embedder, ChunkSettings())
    snapshot = Collection(tmp_path / "index", embedder).snapshot()
    assert snapshot.manifest.embedding == "multilingual-e5-small"
    for question, expected in (
        ("Which railway station is in Hanoi?", "ga.md"),
        ("the highest mountain of Indochina", "nui.txt"),
        ("cây cầu ở Đà Nẵng dài bao nhiêu", "cau.md"),
    ):
        hits = snapshot.dense.search(embedder.embed_queries([question])[0], 3)
        ids, cosines = hits.ids, hits.scores
        assert len(ids) == 3
        assert snapshot.store.chunks(ids.tolist())[int(ids[0])].article_id == expected
        assert 0.5 < cosines[0] <= 1.001


def test_there_is_none_yet(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound):
        Collection(tmp_path / "nowhere", HashEmbedder())
    assert not (tmp_path / "nowhere").exists()


def test_a_collection_whose_first_ingestion_died_holds_nothing_yet(tmp_path: Path, docs: Path) -> None:
    dying = HashEmbedder()
    dying.fail_after = 0
    with pytest.raises(RuntimeError, match="died"):
        ingest(tmp_path / "index", [docs], dying, SETTINGS)
    with pytest.raises(CollectionNotFound, match="ingest again"):
        Collection(tmp_path / "index", HashEmbedder())
    ingest(tmp_path / "index", [docs], HashEmbedder(), SETTINGS)
    assert found(Collection(tmp_path / "index", HashEmbedder()).snapshot(), "fansipan") == ["nui.txt"]


# One generation to the next


def test_a_snapshot_stays_and_the_next_one_moves_on(docs: Path, index: Path) -> None:
    opened = Collection(index, HashEmbedder())
    before = opened.snapshot()
    assert opened.snapshot().statistics is before.statistics, "the indexes are opened once"
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    for _ in range(2):  # the snapshot goes on although two more generations come, and its files are gone
        assert found(before, "huế cố đô") == []
        assert found(before, "cầu rồng")[0] == "cau.md"
        (docs / "cau.md").unlink(missing_ok=True)
        ingest(index, [docs], HashEmbedder(), SETTINGS)
    after = opened.snapshot()
    assert (before.manifest.generation, after.manifest.generation) == (1, 3)
    assert found(after, "huế cố đô") == ["hue.txt"]
    assert "cau.md" not in found(after, "cầu rồng")
    assert before.store.article("cau.md") is not None
    assert after.store.article("cau.md") is None


def test_only_two_builds_are_kept(docs: Path, index: Path) -> None:
    for number in range(4):
        add(docs, index, "x.txt", f"Lần {number}")
    assert len(list((index / "derived").iterdir())) == 2


def test_an_emptied_collection_finds_nothing(index: Path) -> None:
    remove(index, TEXTS)
    snapshot = Collection(index, HashEmbedder()).snapshot()
    assert snapshot.store.count() == (0, 0)
    assert found(snapshot, "cầu rồng") == []


def test_threads_see_one_generation_each(docs: Path, index: Path) -> None:
    opened = Collection(index, HashEmbedder())
    failures: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                snapshot = opened.snapshot()
                ids = snapshot.lexical.search("lần", 10).ids
                generations = {chunk.text for chunk in snapshot.store.chunks(ids.tolist()).values()}
                assert len(ids) == len(generations) == min(1, snapshot.manifest.generation - 1)
                assert generations <= {f"Lần {snapshot.manifest.generation}"}
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 7):
        add(docs, index, "x.txt", f"Lần {number}")
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


# Derived files


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.unlink()  # it may be one with a file of another build
    file.write_bytes(content)


DAMAGES: tuple[Callable[[Path], None], ...] = (Path.unlink, emptied, cut, flipped)


@pytest.mark.parametrize(
    "pattern", ["dense.faiss", "lexical/meta.json", "lexical/*.idx", "lexical/*.fieldnorm", "SHA256SUMS"]
)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_files_are_built_anew(
    index: Path, pattern: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    expected = found(Collection(index, HashEmbedder()).snapshot(), "cầu hà nội 666")
    assert caplog.text == ""
    for file in build_of(index).glob(pattern):
        damage(file)
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu hà nội 666") == expected
    assert "building it anew" in caplog.text
    caplog.clear()
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu hà nội 666") == expected
    assert caplog.text == ""


@pytest.mark.parametrize("part", ["derived", "lexical", "build"])
def test_deleted_folders_are_built_anew(index: Path, part: str) -> None:
    folder = {"derived": index / "derived", "build": build_of(index), "lexical": build_of(index) / "lexical"}[part]
    shutil.rmtree(folder)
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"


def test_files_of_another_state_are_built_anew(docs: Path, index: Path, caplog: pytest.LogCaptureFixture) -> None:
    (docs / "cau.md").unlink()
    older = index.with_name("older")
    ingest(older, [docs], HashEmbedder(), SETTINGS)
    shutil.rmtree(build_of(index) / "lexical")
    shutil.copytree(build_of(older), build_of(index), dirs_exist_ok=True)
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"
    assert "building it anew" in caplog.text


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_nothing_is_built_on_a_damaged_build(docs: Path, index: Path, damage: Callable[[Path], None]) -> None:
    for file in build_of(index).glob("lexical/*.idx"):
        damage(file)
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    whole = index.with_name("whole")
    ingest(whole, [docs], HashEmbedder(), SETTINGS)
    for question in ("cố đô", "cầu rồng", "hà nội"):
        one, other = (Collection(folder, HashEmbedder()).snapshot() for folder in (index, whole))
        assert found(one, question) == found(other, question) != []


def test_a_store_that_lost_its_vectors_is_an_error(index: Path) -> None:
    store = SqliteStore(index)
    with store.transaction():
        store._file.run("DELETE FROM vectors")
    shutil.rmtree(index / "derived")
    with pytest.raises(CollectionError, match=r"is damaged.*ingest into a new one"):
        Collection(index, HashEmbedder())


def test_most_of_an_index_is_not_made_twice(docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (docs / f"{number}.txt").write_text(f"Bài {number}\n\nCâu của bài {number}.", encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    given: list[int] = []

    def watched(folder: Path, added: Iterable[tuple[int, str]], **kwargs: object) -> None:
        chunks = list(added)
        given.append(len(chunks))
        write(folder, chunks, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("rag.index.build.lexical.write", watched)
    add(docs, index, "new.txt", "Mới\n\nMột bài mới.")
    add(docs, index, "0.txt", "Bài 0\n\nSửa lại.")
    (docs / "1.txt").unlink()
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert given == [1, 1, 0]
    assert found(Collection(index, HashEmbedder()).snapshot(), "sửa lại") == ["0.txt"]
    for number in range(2, 9):
        (docs / f"{number}.txt").write_text(f"Bài {number}\n\nSửa lại lần {number}.", encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert given[3:] == [SqliteStore(index).count()[1]], "too many removed chunks would weigh in the word statistics"


def assert_vectors_are_those_of_the_store(index: Path) -> None:
    snapshot = Collection(index, HashEmbedder()).snapshot()
    ids, vectors = snapshot.store.vectors()
    np.testing.assert_array_equal(DenseIndex.load(index / "derived" / snapshot.manifest.build).ids, ids)
    for row in vectors.astype(np.float32):
        cosines = snapshot.dense.scores(row, ids)
        np.testing.assert_array_equal(cosines, DenseIndex.build(ids, vectors).scores(row, ids))


def test_vectors_are_not_indexed_twice(docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = Mock(wraps=DenseIndex.build)
    monkeypatch.setattr("rag.index.build.DenseIndex.build", built)
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    add(docs, index, "cau.md", "# Cầu Rồng\n\nCầu Rồng dài 666 mét.")
    (docs / "ga.md").unlink()
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    remove(index, ["nui.txt"])
    assert built.call_count == 0
    monkeypatch.undo()
    assert_vectors_are_those_of_the_store(index)


def test_an_index_of_an_earlier_version_is_built_anew(docs: Path, index: Path) -> None:
    import faiss

    def age(build: Path) -> None:
        old = faiss.IndexIDMap2(faiss.IndexFlatIP(64))
        old.add_with_ids(np.eye(3, 64, dtype=np.float32), np.arange(1, 4))
        faiss.write_index(old, str(build / "dense.faiss"))
        builds_module._seal(build, None)

    age(build_of(index))
    assert_vectors_are_those_of_the_store(index)
    age(build_of(index))
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    assert_vectors_are_those_of_the_store(index)


def test_a_collection_may_become_large_and_small_again(
    docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rag.index.dense.APPROXIMATE_FROM", 4)
    assert not list(index.glob("derived/*/sketch.faiss"))
    add(docs, index, "hue.txt", "Huế\n\nHuế là cố đô.")
    (sketch,) = index.glob("derived/*/sketch.faiss")
    assert_vectors_are_those_of_the_store(index)
    assert "hue.txt" in found(Collection(index, HashEmbedder()).snapshot(), "cố đô")
    assert caplog.text == ""
    flipped(sketch)
    assert_vectors_are_those_of_the_store(index)
    assert "building it anew" in caplog.text
    remove(index, ["hue.txt"])
    assert not (index / "derived" / SqliteStore(index).manifest().build / "sketch.faiss").exists()
    assert_vectors_are_those_of_the_store(index)


def test_derived_files_of_other_builds_are_discarded(index: Path) -> None:
    kept = build_of(index)
    store = SqliteStore(index)
    derive(index, store, "second")
    derive(index, store, "third")
    discard(index, keep=[kept.name, "third"])
    assert {build.name for build in (index / "derived").iterdir()} == {kept.name, "third"}


# Whose it is


def test_an_index_by_another_model_is_a_mismatch(docs: Path, index: Path) -> None:
    other = HashEmbedder("other")
    with pytest.raises(CollectionMismatch, match=r"'hash', and 'other' gives other vectors; set embedding\.model back"):
        Collection(index, other)
    with pytest.raises(CollectionMismatch):
        ingest(index, [docs], other, SETTINGS)
    with pytest.raises(CollectionMismatch):
        check(Manifest("hash", "f", 64, 32, 4), other, index)
    assert SqliteStore(index).manifest().generation == 1


def test_a_model_that_changes_below_an_open_collection_is_a_mismatch(docs: Path, index: Path) -> None:
    opened = Collection(index, HashEmbedder())
    store = SqliteStore(index)
    with store.transaction():
        store.put_manifest(Manifest("other", "f", 64, 32, 4, generation=9, build="x"))
    with pytest.raises(CollectionMismatch):
        opened.snapshot()


def test_one_writer_at_a_time(docs: Path, index: Path) -> None:
    with write_lock(index):
        for attempt in (
            lambda: ingest(index, [docs], HashEmbedder(), SETTINGS),
            lambda: remove(index, ["cau.md"]),
            lambda: write_lock(index, wait=0.05).__enter__(),
        ):
            with pytest.raises(CollectionLocked, match="try again when it is done"):
                attempt()
        assert found(Collection(index, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"
    remove(index, ["cau.md"])


def test_a_reader_waits_for_the_writer_before_it_builds(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "_REBUILD_WAIT", 0.05)
    shutil.rmtree(index / "derived")
    with write_lock(index), pytest.raises(CollectionLocked):
        Collection(index, HashEmbedder())
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"


def test_the_lock_is_given_back_after_a_failure(index: Path) -> None:
    with pytest.raises(RuntimeError), write_lock(index):
        raise RuntimeError
    with write_lock(index):
        pass


# Two processes

CHILD = """
import sys
from pathlib import Path
from rag.index.snapshot import Collection
from rag.index.write_lock import write_lock
from rag.config import ChunkSettings
from rag.index.ingest import ingest
from tests.doubles import HashEmbedder
what, index, docs = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if what == "hold":
    with write_lock(index):
        print("held", flush=True)
        sys.stdin.readline()
elif what == "read":
    opened = Collection(index, HashEmbedder())
    while True:
        print(opened.snapshot().manifest.generation, opened.snapshot().statistics.chunk_count, flush=True)
        if not sys.stdin.readline().strip():
            break
else:
    import os, rag.index.build, rag.index.ingest
    def die(*_, **__):
        os._exit(9)
    if what == "die":
        rag.index.ingest.discard = rag.index.ingest.derive = die
    elif what == "die before the seal":
        rag.index.build._seal = die
    elif what == "die behind the seal":
        rag.index.ingest.SqliteStore.put_manifest = die
    ingest(index, [docs], HashEmbedder(), ChunkSettings(size=32, overlap=4))
"""


def child(what: str, index: Path, docs: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, what, str(index), str(docs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_another_process_keeps_this_one_from_writing(docs: Path, index: Path) -> None:
    with child("hold", index, docs) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CollectionLocked):
            remove(index, ["cau.md"])
        other.kill()
    remove(index, ["cau.md"])


def test_another_process_moves_on_to_what_this_one_writes(docs: Path, index: Path) -> None:
    with child("read", index, docs) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "1 3\n"
        add(docs, index, "x.txt", "Thêm\n\nMột bài.")
        for expected in ("2 4\n", "2 4\n"):
            print("more", file=other.stdin, flush=True)
            assert other.stdout.readline() == expected
        other.stdin.close()
        assert other.wait(30) == 0


def test_a_process_that_dies_while_it_writes_leaves_the_last_generation(docs: Path, index: Path) -> None:
    opened = Collection(index, HashEmbedder())
    (docs / "cau.md").unlink()
    (docs / "x.txt").write_text("Thêm\n\nMột bài.", encoding="utf-8")
    with child("die", index, docs) as other:
        assert other.wait(60) == 9
    for each in (opened, Collection(index, HashEmbedder())):
        assert each.snapshot().manifest.generation == 1
        assert found(each.snapshot(), "cầu rồng")[0] == "cau.md"
    report = ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert (report.added, report.removed) == (("x.txt",), ("cau.md",))
    assert found(opened.snapshot(), "thêm") == ["x.txt"]


def builds(index: Path) -> set[str]:
    return {build.name for build in (index / "derived").iterdir()}


@pytest.mark.parametrize("step", ["die before the seal", "die behind the seal"])
def test_what_dead_writers_left_is_removed_by_the_next(docs: Path, index: Path, step: str) -> None:
    (first,) = builds(index)
    reader = Collection(index, HashEmbedder())
    add(docs, index, "y.txt", "Thêm\n\nMột bài nữa.")
    kept = builds(index)
    assert kept == {first, SqliteStore(index).manifest().build}
    (docs / "x.txt").write_text("Thêm\n\nMột bài.", encoding="utf-8")
    for _ in range(4):
        with child(step, index, docs) as other:
            assert other.wait(60) == 9
        assert len(builds(index) - kept) == 1, "each writer removes what the one before it left"
    (index / f"{FILE}.new").touch()
    (index / f"{FILE}.new-wal").touch()
    (docs / "x.txt").unlink()
    assert ingest(index, [docs], HashEmbedder(), SETTINGS).added == (), "there was nothing to do"
    assert builds(index) == kept
    assert not list(index.glob(f"{FILE}.new*"))
    assert found(reader.snapshot(), "nữa") == ["y.txt"]


def test_removing_and_restoring_remove_what_dead_writers_left(docs: Path, index: Path) -> None:
    remove(index, ["cau.md"])
    kept = builds(index)
    for change in (lambda: remove(index, []), lambda: restore(index, [], HashEmbedder(), SETTINGS)):
        (index / "derived" / "half").mkdir()
        change()
        assert builds(index) == kept


def test_what_a_dead_first_ingestion_left_is_removed(docs: Path, tmp_path: Path) -> None:
    index = tmp_path / "first"
    for step in ("die before the seal", "die behind the seal"):
        with child(step, index, docs) as other:
            assert other.wait(60) == 9
        assert len(builds(index)) == 1
    ingest(index, [docs], HashEmbedder(), SETTINGS)
    assert builds(index) == {SqliteStore(index).manifest().build}


def test_the_build_that_is_read_is_never_removed(docs: Path, index: Path) -> None:
    build = build_of(index)
    (build / "SHA256SUMS").unlink()
    remove(index, [])
    assert build.is_dir()
    shutil.rmtree(index / "derived")
    remove(index, [])
    assert found(Collection(index, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"


def test_the_folder_may_be_moved(index: Path) -> None:
    moved = index.with_name("moved")
    index.rename(moved)
    assert found(Collection(moved, HashEmbedder()).snapshot(), "cầu rồng")[0] == "cau.md"
    assert (moved / FILE).is_file()
    assert logging.getLogger("rag.index.snapshot").level == logging.NOTSET
