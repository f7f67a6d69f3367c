"""What goes wrong on disks: full, damaged, mounted read-only, files in the place of folders, readers that stay."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.answer_log import AnswerLog, LoggedAnswer
from rag.config import ChunkSettings
from rag.errors import CollectionError, HoidapError
from rag.index import build as build_module
from rag.index.filter import EVERYTHING
from rag.index.ingest import ingest, remove
from rag.index.snapshot import Collection
from rag.index.sqlite_store import FILE, SqliteStore
from tests.answering.test_answer_log import record
from tests.doubles import HashEmbedder

ROOT = Path(__file__).parents[2]
SETTINGS = ChunkSettings(size=32, overlap=4)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cau.md").write_text("# Cầu Rồng\n\nCầu Rồng bắc qua sông Hàn. Cầu dài 666 mét.\n", encoding="utf-8")
    (folder / "ga.md").write_text("# Ga Hà Nội\n\nGa Hà Nội ở phố Lê Duẩn. Ga xây năm 1902.\n", encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, docs: Path) -> Path:
    folder = tmp_path / "index"
    ingest(folder, [docs], HashEmbedder(), SETTINGS)
    return folder


def opened(index: Path) -> Collection:
    return Collection(index, HashEmbedder())


def found(collection: Collection, question: str) -> list[str]:
    snapshot = collection.snapshot()
    ids = snapshot.lexical.search(question, 10).ids.tolist()
    chunks = snapshot.store.chunks(ids)
    return [chunks[each].article_id for each in ids]


def add(docs: Path, index: Path, name: str) -> None:
    (docs / name).write_text(f"Bài {name}\n\n" + f"Câu của bài {name}. " * 40, encoding="utf-8")
    ingest(index, [docs], HashEmbedder(), SETTINGS)


# Indexes are built anew once, and no more


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(ValueError("unforeseen"), ValueError), (OSError(28, "No space left on device"), CollectionError)],
)
def test_what_cannot_be_built_anew_is_tried_once(
    index: Path, failure: Exception, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def fail(folder: Path, *_: object, **__: object) -> None:
        tries.append(folder)
        if len(tries) > 3:
            raise SystemExit("for ever")
        raise failure

    shutil.rmtree(index / "derived")
    monkeypatch.setattr("rag.index.build.lexical.write", fail)
    with pytest.raises(expected):
        opened(index)
    assert len(tries) == 1
    monkeypatch.undo()
    assert found(opened(index), "cầu rồng") == ["cau.md"]


@pytest.mark.parametrize("size", [0, 3, 100, 130])
def test_a_vector_of_the_wrong_size_is_an_error_and_not_tried_for_ever(index: Path, size: int) -> None:
    connection = sqlite3.connect(index / FILE)
    connection.execute("UPDATE vectors SET vector = zeroblob(?), sha256 = NULL WHERE rowid = 1", (size,))
    connection.commit()
    connection.close()
    shutil.rmtree(index / "derived")
    with pytest.raises(CollectionError, match=r"is damaged.*ingest into a new one"):
        opened(index)
    assert not list((index / "derived").iterdir()), "nothing half written stays"


# Full disks

FULL = """
import resource, signal, sys
from contextlib import suppress
from pathlib import Path
from rag.config import ChunkSettings
from rag.errors import CollectionError
from rag.index import build
from rag.index.ingest import ingest
from tests.doubles import HashEmbedder
index, docs, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
# Files above a limit cannot be written on, as on a disk that is full then; set when the store has been written.
original = build.derive
def derive(*args, **kwargs):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        original(*args, **kwargs)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
import rag.index.ingest as module
module.derive = derive
try:
    ingest(index, [docs], HashEmbedder(), ChunkSettings(size=32, overlap=4))
except CollectionError as error:
    print(error)
"""


# Each is too little for another of the files: of the dense index, of the lexical one.
@pytest.mark.parametrize("limit", [0, 100, 700])
def test_a_write_that_fails_is_an_error_and_leaves_no_half_build(docs: Path, index: Path, limit: int) -> None:
    before = {build.name for build in (index / "derived").iterdir()}
    (docs / "hue.txt").write_text("Huế\n\n" + "Huế là cố đô. " * 50, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(index), str(docs), str(limit)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "cannot be written" in run.stdout
    assert {build.name for build in (index / "derived").iterdir()} == before
    assert found(opened(index), "cố đô") == []
    assert ingest(index, [docs], HashEmbedder(), SETTINGS).added == ("hue.txt",)
    assert found(opened(index), "cố đô") != []


def test_a_full_disk_is_named_and_the_database_goes_back(docs: Path, index: Path) -> None:
    store = SqliteStore(index)
    (pages,) = store._file.rows("PRAGMA page_count")[0]
    store._file.run(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with store.transaction():
            store.put_vectors([str(number) for number in range(500)], np.ones((500, 64), np.float32))

    with pytest.raises(CollectionError, match=r"its disk is full .*; free some space and try again"):
        fill()
    assert store.missing_vectors(["0"]) == {"0"}
    assert found(opened(index), "cầu rồng") == ["cau.md"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB, which can be made another size while it is mounted."""
    target = tmp_path / "small"
    target.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", target], capture_output=True, check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    yield target
    subprocess.run(["umount", "--lazy", target], check=True)


def test_a_disk_of_any_size_gives_a_collection_or_an_error_and_goes_on_with_more_space(
    docs: Path, small_disk: Path
) -> None:
    def resize(kilobytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", small_disk], check=True)

    failures: list[str] = []
    for kilobytes in range(16, 400, 16):
        index = small_disk / str(kilobytes)
        resize(kilobytes)
        try:
            ingest(index, [docs], HashEmbedder(), SETTINGS)
        except CollectionError as error:
            failures.append(str(error))
        else:
            continue
        assert not [*index.glob(f"{FILE}.new*"), *index.glob("derived/*")], "space is given back"
        resize(4096)
        assert ingest(index, [docs], HashEmbedder(), SETTINGS).failed == ()
        assert found(opened(index), "cầu rồng") == ["cau.md"]
        shutil.rmtree(index)
    assert len(failures) > 5
    assert all(failure.endswith("try again") for failure in failures)


# The log of changes


def log_size(index: Path) -> int:
    log = index / f"{FILE}-wal"
    return log.stat().st_size if log.exists() else 0


def test_the_log_does_not_grow_while_a_server_is_open(docs: Path, index: Path) -> None:
    server = opened(index)
    for number in range(4):
        add(docs, index, f"{number}.txt")
        assert log_size(index) == 0, "also when nobody asked anything meanwhile"
        assert f"{number}.txt" in found(server, f"bài {number}.txt")
    del server


def test_a_question_in_flight_keeps_its_state_and_the_next_ingestion_empties_the_log(docs: Path, index: Path) -> None:
    server = opened(index)
    in_flight = server.snapshot()
    add(docs, index, "0.txt")
    assert log_size(index) > 0
    assert in_flight.store.article("0.txt") is None
    del in_flight
    add(docs, index, "1.txt")
    assert log_size(index) == 0
    assert "0.txt" in found(server, "bài 0.txt")


# Read-only


@pytest.fixture
def read_only(index: Path, tmp_path: Path) -> Iterator[Path]:
    """The collection where nothing can be written: mounted so for root, whom permissions do not hold back."""
    if os.geteuid() != 0:
        for path in (index, *index.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield index
        for path in (index, *index.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return
    target = tmp_path / "mounted"
    target.mkdir()
    if subprocess.run(["mount", "--bind", str(index), str(target)], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(target)], check=True)
    yield target
    subprocess.run(["umount", "--lazy", str(target)], check=True)


def test_a_collection_that_cannot_be_written_to_can_be_asked(read_only: Path, docs: Path) -> None:
    collection = opened(read_only)
    assert found(collection, "cầu rồng") == ["cau.md"]
    (vector,) = HashEmbedder().embed_queries(["ga hà nội"])
    assert len(collection.snapshot().dense.search(vector, 10)) == 2
    assert collection.snapshot().statistics.document_frequency("cầu", "words") == 1
    for change in (
        lambda: remove(read_only, "cau.md"),
        lambda: ingest(read_only, [docs], HashEmbedder(), SETTINGS),
    ):
        with pytest.raises(CollectionError, match=r"cannot be written to \(.*\); choose another --index"):
            change()


@pytest.fixture
def kept(index: Path) -> LoggedAnswer:
    """An answer that was kept while the collection could be written to."""
    made = record("abcdef1")
    AnswerLog(index).add(made)
    return made


def test_kept_answers_that_cannot_be_written_to_can_be_read(kept: LoggedAnswer, read_only: Path) -> None:
    assert AnswerLog(read_only).newest(2) == [kept]
    assert AnswerLog(read_only).find("abcdef") == kept


# Damage


def test_a_file_in_the_place_of_the_folder_of_builds_is_named(docs: Path, index: Path) -> None:
    shutil.rmtree(index / "derived")
    (index / "derived").write_text("")
    changes: tuple[Callable[[], object], ...] = (
        lambda: opened(index),
        lambda: remove(index, "cau.md"),
        lambda: add(docs, index, "x.txt"),
    )
    for change in changes:
        with pytest.raises(CollectionError, match=r"derived.*cannot be written .*check that its folder can be written"):
            change()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database of a collection."""
    folder = tmp_path_factory.mktemp("whole")
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"Bài {number}\n\n" + f"Câu của bài {number}. " * 30, encoding="utf-8")
    ingest(folder / "index", [folder], HashEmbedder(), SETTINGS)
    return (folder / "index" / FILE).read_bytes()


def read_all(folder: Path) -> None:
    store = SqliteStore(folder)
    store.freeze()
    store.count(), store.languages(), store.origins(), store.removed_articles()
    ids = [chunk.id for chunk in store.all_chunks()]
    store.chunks(ids), store.chunk_ids(EVERYTHING), store.vectors(), store.missing_vectors(["x"])
    for listed in store.articles()[:3]:
        store.article(listed.id), store.chunks_of([listed.id])
    store.neighbours(1)
    store.close()


@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=200))
def test_flipped_bits_are_an_error_of_the_collection_or_not_noticed(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, flips: list[tuple[float, int]]
) -> None:
    content = bytearray(whole)
    for place, bits in flips:
        content[int(place * len(content))] ^= bits
    folder = tmp_path_factory.mktemp("flipped")
    (folder / FILE).write_bytes(content)
    with suppress(CollectionError):
        read_all(folder)


def test_a_damaged_schema_is_an_error(index: Path) -> None:
    content = (index / FILE).read_bytes()
    (index / FILE).write_bytes(content.replace(b"CREATE TABLE articles", b"CREATE TABLE \xa4rt\xffcles"))
    with pytest.raises(CollectionError, match="is damaged"):
        read_all(index)


def test_a_database_cut_short_is_an_error(index: Path, tmp_path: Path) -> None:
    content = (index / FILE).read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / FILE).write_bytes(content[: int(share * len(content))])
        with pytest.raises(HoidapError, match="damaged"):
            read_all(tmp_path)


def test_the_seal_is_over_every_file(index: Path) -> None:
    (build,) = (index / "derived").iterdir()
    files = {file.relative_to(build).as_posix() for file in build.rglob("*") if file.is_file() and file.stat().st_size}
    assert set(build_module._sealed(build)) == files - {"SHA256SUMS"}
