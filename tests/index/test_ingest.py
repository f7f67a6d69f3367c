from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rag.config import ChunkSettings
from rag.documents.formats import IsKnown, Result, load
from rag.documents.passed_over import PassedOver
from rag.errors import CollectionError, CollectionNotFound, UsageError
from rag.index import found
from rag.index import ingest as module
from rag.index.ingest import ingest, remove, restore
from rag.index.ingest_report import IngestReport, Repair
from rag.index.lexical import LexicalIndex, write
from rag.index.snapshot import Collection
from rag.index.sqlite_store import SqliteStore
from rag.models.embedder import Embedder
from tests.documents.archive_files import zipped
from tests.doubles import HashEmbedder

SETTINGS = ChunkSettings(size=32, overlap=4)
CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    put(folder, "a.txt", "Bài a\n\nCầu Rồng dài 666 mét.")
    put(folder, "b/b.md", "# Bài b\n\nGa Hà Nội xây năm 1902.")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def run(index: Path, *paths: Path, model: HashEmbedder | None = None, chunks: ChunkSettings = SETTINGS) -> IngestReport:
    return ingest(index, paths, model or HashEmbedder(), chunks)


def held(index: Path) -> dict[str, str]:
    """Id -> text of what readers see, with the two indexes and the store seen to agree."""
    snapshot = Collection(index, HashEmbedder()).snapshot()
    store, chunks = snapshot.store, list(snapshot.store.all_chunks())
    assert snapshot.statistics.chunk_count == len(chunks)
    ids = np.array([chunk.id for chunk in chunks], np.int64)
    if chunks:
        expected = HashEmbedder().embed_passages([chunk.indexed for chunk in chunks])
        for chunk, vector in zip(chunks, expected, strict=True):
            assert snapshot.dense.scores(vector, np.array([chunk.id], np.int64))[0] == pytest.approx(1, abs=1e-2)
            assert snapshot.lexical.scores(chunk.text, np.array([chunk.id], np.int64))[0] > 0
    lexical_ids = snapshot.lexical.search(" ".join(chunk.text for chunk in chunks), 1000).ids
    assert set(lexical_ids.tolist()) == set(ids.tolist())
    if chunks:
        assert len(snapshot.dense.search(expected[0], 1000)) == len(chunks)
    found: dict[str, str] = {}
    for listed in store.articles():
        article = store.article(listed.id)
        assert article is not None
        found[article.id] = article.text
        for chunk in store.chunks_of([article.id]):
            assert article.text[chunk.start : chunk.end] == chunk.text
    assert {chunk.article_id for chunk in chunks} == set(found)
    return found


def test_added_updated_unchanged_removed(docs: Path, index: Path) -> None:
    assert run(index, docs) == IngestReport(added=("a.txt", "b/b.md"))
    assert run(index, docs) == IngestReport(unchanged=("a.txt", "b/b.md"))
    put(docs, "a.txt", "Bài a\n\nCầu Rồng phun lửa.")
    put(docs, "c.txt", "Bài c\n\nMới.")
    (docs / "b/b.md").unlink()
    assert run(index, docs) == IngestReport(added=("c.txt",), updated=("a.txt",), removed=("b/b.md",))
    assert held(index) == {"a.txt": "Cầu Rồng phun lửa.", "c.txt": "Mới."}


def test_what_was_repaired_is_told_once_and_kept(docs: Path, index: Path) -> None:
    for name in ("c.txt", "d.txt"):
        put(docs, name, "").write_text("Title\nA plain text.", encoding="utf-16-le")
    how = "UTF-16 without its mark -> Unicode"
    assert run(index, docs).repaired == (Repair("c.txt", how), Repair("d.txt", how))
    article = SqliteStore(index).article("c.txt")
    assert article is not None
    assert article.repaired == how
    assert run(index, docs).repaired == ()


def test_nothing_new_makes_no_generation(docs: Path, index: Path) -> None:
    run(index, docs)
    before = SqliteStore(index).manifest()
    run(index, docs)
    assert SqliteStore(index).manifest() == before
    put(docs, "c.txt", "Mới.")
    run(index, docs)
    assert SqliteStore(index).manifest().generation == before.generation + 1


def test_with_the_real_model_and_the_corpus(index: Path, embedder: Embedder) -> None:
    told: list[tuple[str, int, int]] = []
    report = ingest(index, [CORPUS], embedder, ChunkSettings(), lambda *each: told.append(each))
    assert report == IngestReport(added=report.added)
    assert len(report.added) == len(held_ids(index)) > 15
    _, chunks = SqliteStore(index).count()
    embedding = [each for each in told if each[0] == "embedding"]
    assert [done for _, done, _ in embedding] == list(range(1, chunks + 1))
    assert {total for _, _, total in embedding} == {chunks}
    assert [done for stage, done, _ in told if stage == "reading"][-1] == len(report.added)
    assert set(ingest(index, [CORPUS], embedder, ChunkSettings()).unchanged) == set(report.added)


def held_ids(index: Path) -> list[str]:
    return [article.id for article in SqliteStore(index).articles()]


# What is embedded


def test_vectors_are_used_again(docs: Path, index: Path) -> None:
    model = HashEmbedder()
    long = " ".join(f"Câu số {number} của bài dài này." for number in range(40))
    put(docs, "long.txt", f"Bài dài\n\n{long}")
    run(index, docs, model=model)
    once = len(model.embedded)
    assert once > SqliteStore(index).count()[1] > 5  # with their sentences
    run(index, docs, model=model)
    (docs / "a.txt").rename(docs / "same.txt")  # another id, the same text
    run(index, docs, model=model)
    assert len(model.embedded) == once
    put(docs, "long.txt", f"Bài dài\n\n{long} Thêm một câu.")
    run(index, docs, model=model)
    assert once < len(model.embedded) < once * 1.5
    assert held(index).keys() == {"same.txt", "b/b.md", "long.txt"}


def test_equal_chunks_are_embedded_once(index: Path, tmp_path: Path) -> None:
    for name in "abc":
        put(tmp_path / "docs", f"{name}.txt", "Cùng tên\n\nCùng một câu.")
    model = HashEmbedder()
    run(index, tmp_path / "docs", model=model)
    assert len(set(model.embedded)) == 1  # the only sentence is the text of the chunk
    assert len(held(index)) == 3


def test_vectors_of_what_is_gone_are_forgotten(docs: Path, index: Path) -> None:
    run(index, docs)
    remove(index, ["a.txt"])
    model = HashEmbedder()
    assert restore(index, ["a.txt"], model, SETTINGS).added == ("a.txt",)
    assert len(set(model.embedded)) == 1  # the only sentence is the text of the chunk


def test_other_settings_cut_all_articles_anew(docs: Path, index: Path) -> None:
    text = " ".join(f"Câu số {number} của bài dài này." for number in range(40))
    put(docs, "long.txt", f"Bài dài\n\n{text}")
    run(index, docs)
    (_, many), model = SqliteStore(index).count(), HashEmbedder()
    larger = ChunkSettings(size=256, overlap=0)
    report = run(index, docs / "a.txt", model=model, chunks=larger)
    assert report == IngestReport(unchanged=("a.txt",))
    assert SqliteStore(index).count()[1] < many
    assert (SqliteStore(index).manifest().chunk_size, SqliteStore(index).manifest().chunk_overlap) == (256, 0)
    assert all(embedded.startswith("Bài dài") for embedded in model.embedded), "short articles are cut as before"
    assert held(index)["long.txt"] == text
    assert SqliteStore(index).origin("long.txt") == str(docs / "long.txt")
    before = SqliteStore(index).manifest().generation
    run(index, docs, chunks=larger)
    assert SqliteStore(index).manifest().generation == before


# An end before the end


def test_a_death_while_embedding_leaves_the_last_generation_and_keeps_what_it_had(
    docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(index, docs)
    before, opened = held(index), Collection(index, HashEmbedder())
    monkeypatch.setattr(module, "_BATCH", 4)
    for number in range(10):
        put(docs, f"new/{number}.txt", f"Bài {number}\n\nCâu {number}.")
    (docs / "a.txt").unlink()
    dying = HashEmbedder()
    dying.fail_after = 17
    with pytest.raises(RuntimeError, match="died"):
        run(index, docs, model=dying)
    assert held(index) == before
    assert opened.snapshot().manifest.generation == 1
    again = HashEmbedder()
    report = run(index, docs, model=again)
    assert (len(report.added), report.removed) == (10, ("a.txt",))
    assert len(dying.embedded) == 16  # eight chunks, each of one sentence
    assert len(again.embedded) == 4, "what was embedded before the end is not embedded again"
    assert len(held(index)) == 11


@pytest.mark.parametrize("step", ["derive", "discard", "split_into_chunks"])
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, OSError])
def test_a_death_at_any_step_leaves_a_whole_generation(
    docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: type[BaseException]
) -> None:
    run(index, docs)
    before, opened = held(index), Collection(index, HashEmbedder())
    put(docs, "a.txt", "Bài a\n\nKhác.")
    put(docs, "c.txt", "Bài c\n\nMới.")

    def die(*_: object, **__: object) -> None:
        raise failure("died")

    monkeypatch.setattr(module, step, die)
    with pytest.raises(failure):
        run(index, docs)
    monkeypatch.undo()
    after = {"a.txt": "Khác.", "b/b.md": before["b/b.md"], "c.txt": "Mới."}
    assert held(index) == (after if step == "discard" else before)
    assert opened.snapshot().store.count()[0] == len(held(index))
    run(index, docs)
    assert held(index) == after
    assert len(list((index / "derived").iterdir())) <= 2


def test_a_full_disk_leaves_the_last_generation(docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(index, docs)
    before = held(index)
    put(docs, "c.txt", "Bài c\n\nMới.")

    def die(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.index.build.DenseIndex.save", die)
    builds = set((index / "derived").iterdir())
    with pytest.raises(CollectionError, match=r"No space left on device\); the disk is full: free some space"):
        run(index, docs)
    monkeypatch.undo()
    assert set((index / "derived").iterdir()) == builds, "the space is given back"
    assert held(index) == before
    assert run(index, docs).added == ("c.txt",)
    assert len(held(index)) == 3


def test_a_death_at_the_very_first_time_is_no_obstacle(
    docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("split_into_chunks", "_embed", "derive"):
        monkeypatch.setattr(module, step, die)
        with pytest.raises(KeyboardInterrupt):
            run(index, docs)
        monkeypatch.undo()
        with pytest.raises(CollectionNotFound):
            Collection(index, HashEmbedder())
    assert len(run(index, docs).added) == 2
    assert len(held(index)) == 2


# What cannot be read


def test_nothing_to_read_makes_no_collection(index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = run(index, tmp_path / "nowhere", tmp_path / "empty")
    assert [error.place for error in report.failed] == [str(tmp_path / "nowhere"), str(tmp_path / "empty")]
    assert not index.exists()


def test_a_file_that_turns_unreadable_keeps_what_it_had(docs: Path, index: Path) -> None:
    put(docs, "l.jsonl", "".join(json.dumps({"id": name, "text": f"Câu {name}."}) + "\n" for name in "xyz"))
    run(index, docs)
    before = held(index)
    (docs / "a.txt").write_bytes(b"")
    (docs / "b/b.md").write_bytes(b"\xff\xff")
    put(docs, "l.jsonl", '{"id": "x", "text": "Khác."}\n{"id": "y", "te')
    report = run(index, docs)
    assert [error.place for error in report.failed] == [
        str(docs / "a.txt"),
        str(docs / "b/b.md"),
        f"{docs / 'l.jsonl'}:2",
    ]
    assert (report.updated, report.removed) == (("x",), ())
    assert held(index) == {**before, "x": "Khác."}
    put(docs, "l.jsonl", '{"id": "x", "text": "Khác."}\n')
    assert run(index, docs).removed == ("y", "z")


@pytest.mark.parametrize("refused", ["", "b"])
def test_a_folder_that_turns_unreadable_keeps_what_it_had(
    docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    run(index, docs)
    before = held(index)
    original = os.scandir

    def scandir(path: str | Path) -> object:
        if not isinstance(path, int) and Path(path) == docs / refused:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run(index, docs)
    monkeypatch.undo()
    assert [error.place for error in report.failed] == [str(docs / refused)]
    assert report.removed == ()
    assert held(index) == before


def test_an_emptied_folder_is_an_emptied_collection(docs: Path, index: Path) -> None:
    run(index, docs)
    shutil.rmtree(docs)
    assert run(index, docs).removed == (), "a folder that is gone may come back"
    docs.mkdir()
    assert run(index, docs).removed == ("a.txt", "b/b.md")
    assert held(index) == {}
    put(docs, "a.txt", "Trở lại.")
    assert run(index, docs).added == ("a.txt",)
    assert held(index) == {"a.txt": "Trở lại."}


def test_other_folders_are_left_alone(docs: Path, index: Path, tmp_path: Path) -> None:
    other = tmp_path / "docs2"
    put(other, "z.txt", "Bài z\n\nCâu z.")
    run(index, docs)
    assert run(index, other) == IngestReport(added=("z.txt",))
    shutil.rmtree(docs / "b")
    assert run(index, docs).removed == ("b/b.md",)
    assert held(index).keys() == {"a.txt", "z.txt"}


def test_what_is_passed_over_is_told_once(docs: Path, index: Path) -> None:
    for name in ("x.mp4", "b/y.mp4", "b/z.avi"):
        put(docs, name, "x")
    told = (
        PassedOver(".avi", (str(docs / "b/z.avi"),)),
        PassedOver(".mp4", (str(docs / "b/y.mp4"), str(docs / "x.mp4"))),
    )
    assert run(index, docs) == IngestReport(added=("a.txt", "b/b.md"), passed_over=told)
    assert run(index, docs, docs / "b").passed_over == told
    only = put(docs.with_name("only"), "x.mp4", "x").parent
    report = run(index.with_name("none"), only)
    assert report.passed_over == (PassedOver(".mp4", (str(only / "x.mp4"),)),)
    assert [error.place for error in report.failed] == [str(only)]


# Whose id it is


def test_two_files_of_one_id(docs: Path, index: Path, tmp_path: Path) -> None:
    other = put(tmp_path / "other", "a.txt", "Bài khác\n\nKhác hẳn.")
    report = run(index, docs, other.parent)
    assert [error.place for error in report.failed] == [str(other)]
    assert "has the same id 'a.txt'" in report.failed[0].reason
    assert held(index)["a.txt"] == "Cầu Rồng dài 666 mét."
    report = run(index, other.parent)
    assert [error.place for error in report.failed] == [str(other)]
    assert "is taken by" in report.failed[0].reason
    assert held(index)["a.txt"] == "Cầu Rồng dài 666 mét."


def test_two_files_of_one_id_in_two_normal_forms(index: Path, tmp_path: Path) -> None:
    one = put(tmp_path / "one", "hoa\u0300.txt", "Bài một\n\nMột.")
    other = put(tmp_path / "other", "ho\u00e0.txt", "Bài hai\n\nHai.")
    for first, second in ((one, other), (other, one)):
        shutil.rmtree(index, ignore_errors=True)
        run(index, first.parent)
        assert [error.place for error in run(index, second.parent).failed] == [str(second)]


def test_a_doubled_id_in_one_file(index: Path, tmp_path: Path) -> None:
    lines = [{"id": "x", "text": "Một."}, {"id": "x", "text": "Hai."}, {"id": "x", "text": "Một."}]
    file = put(tmp_path, "l.jsonl", "\n".join(map(json.dumps, lines)))
    report = run(index, file)
    assert [error.place for error in report.failed] == [str(file)]
    assert "holds the id 'x' twice" in report.failed[0].reason
    assert held(index) == {"x": "Một."}


def test_of_many_doubled_ids_in_a_file_the_first_are_named_and_the_others_counted(docs: Path, index: Path) -> None:
    lines = (json.dumps({"id": "x", "text": f"Câu {number}."}) for number in range(5_000))
    (docs / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = ingest(index, [docs / "x.jsonl"], HashEmbedder(), SETTINGS)
    assert len(report.failed) == 11
    assert report.failed[-1].reason == "4,989 more of its articles have an id that is taken; give each its own"


def test_a_path_named_twice_is_read_once(docs: Path, index: Path) -> None:
    assert run(index, docs, docs / "a.txt", docs) == IngestReport(added=("a.txt", "b/b.md"))
    assert run(index, docs, docs) == IngestReport(unchanged=("a.txt", "b/b.md"))


def test_one_path_is_that_path(docs: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def watched(path: Path, is_known: IsKnown) -> Iterator[Result]:
        seen.append(path)
        return load(path, is_known)

    seen: list[Path] = []
    monkeypatch.setattr(found, "load", watched)
    assert ingest(index, str(docs), HashEmbedder(), SETTINGS) == IngestReport(added=("a.txt", "b/b.md"))
    assert ingest(index, docs, HashEmbedder(), SETTINGS) == IngestReport(unchanged=("a.txt", "b/b.md"))
    assert ingest(index, (path for path in [docs]), HashEmbedder(), SETTINGS).unchanged == ("a.txt", "b/b.md")
    assert seen == [docs] * 3
    remove(index, "b/b.md")
    assert held(index).keys() == {"a.txt"}


@pytest.mark.parametrize("given", [None, 5, b"docs", [5], "", [""], ["docs", None]])
def test_what_is_no_path_is_refused(index: Path, given: Any) -> None:
    with pytest.raises(UsageError, match="a path or a list of paths"):
        ingest(index, given, HashEmbedder(), SETTINGS)


@pytest.mark.parametrize("given", [None, 5, [5]])
def test_what_is_no_id_is_refused(docs: Path, index: Path, given: Any) -> None:
    run(index, docs)
    with pytest.raises(UsageError, match="an article's id or a list of ids"):
        remove(index, given)


def test_a_moved_folder_stays_in_step(docs: Path, index: Path) -> None:
    run(index, docs)
    before = SqliteStore(index).manifest()
    moved = docs.with_name("moved")
    docs.rename(moved)
    assert run(index, moved) == IngestReport(unchanged=("a.txt", "b/b.md"))
    assert SqliteStore(index).manifest() == before
    assert SqliteStore(index).origin("a.txt") == str(moved / "a.txt")
    (moved / "a.txt").unlink()
    assert run(index, moved).removed == ("a.txt",)


def test_an_id_that_moves_to_another_file(docs: Path, index: Path) -> None:
    put(docs, "l.jsonl", '{"id": "x", "text": "Một."}\n{"id": "y", "title": "Y", "text": "Hai."}')
    run(index, docs)
    put(docs, "l.jsonl", '{"id": "x", "title": "l", "text": "Một."}')
    put(docs, "m.jsonl", '{"id": "y", "title": "Y", "text": "Hai."}')
    assert run(index, docs) == IngestReport(unchanged=("a.txt", "b/b.md", "x", "y"))
    assert SqliteStore(index).origin("y") == str(docs / "m.jsonl")
    (docs / "m.jsonl").unlink()
    assert run(index, docs).removed == ("y",)


def test_odd_names_go_in_and_out(docs: Path, index: Path) -> None:
    for name in ("ho\u0301a.txt", "dòng\nmới.txt", "a:12.txt", "%41.md"):
        put(docs, name, f"Bài\n\nCâu {name[0]} này.")
    added = run(index, docs).added
    assert len(added) == 6
    assert run(index, docs).unchanged == tuple(added)
    for file in docs.glob("*.*"):
        file.unlink()
    assert set(run(index, docs).removed) == set(added) - {"b/b.md"}


# Removing


def test_remove(docs: Path, index: Path) -> None:
    run(index, docs)
    remove(index, ["a.txt", "a.txt"])
    assert held(index) == {"b/b.md": "Ga Hà Nội xây năm 1902."}
    before = SqliteStore(index).manifest()
    remove(index, [])
    with pytest.raises(UsageError, match=r"there is no article 'a\.txt'; `hoidap articles list`"):
        remove(index, ["b/b.md", "a.txt"])
    assert SqliteStore(index).manifest() == before
    assert run(index, docs) == IngestReport(unchanged=("b/b.md",), left_out=("a.txt",))


def test_remove_from_nothing(index: Path) -> None:
    with pytest.raises(CollectionNotFound):
        remove(index, ["a"])


# Any sequence

NAMES = st.sampled_from(["a.txt", "b/b.txt", "b/c.txt", "d.txt", "ệ.txt"])
VOCABULARY = ["hà", "nội", "hoà", "hòa", "cầu", "rồng", "7.345", "北京", "ga", "x"]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=60).map(" ".join)


class Collecting(RuleBasedStateMachine):
    """Files come, change, break and go; after each step readers see what the folder held at the last ingestion."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.docs, self.index = self.root / "docs", self.root / "index"
        self.files: dict[str, str | None] = {}
        self.expected: dict[str, str] = {}
        self.taken_out: dict[str, str] = {}
        self.lost: dict[str, str] = {}  # taken out, and their files are gone
        self.opened: Collection | None = None

    def teardown(self) -> None:
        # Whatever goes wrong: the word index of an open reader may put its lock file back meanwhile.
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize()
    def begin(self) -> None:
        self.write("first.txt", "hà nội")
        self.bring_in()

    @rule(name=NAMES, text=WORDS)
    def write(self, name: str, text: str) -> None:
        put(self.docs, name, f"Bài {name}\n{text}")
        self.files[name] = text

    @rule(name=NAMES)
    def spoil(self, name: str) -> None:
        put(self.docs, name, "")
        self.files[name] = None

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.docs / name).unlink(missing_ok=True)
        self.files.pop(name, None)

    @rule(size=st.sampled_from([32, 32, 32, 64]))
    def bring_in(self, size: int = 32) -> None:
        report = run(self.index, self.docs, chunks=ChunkSettings(size=size, overlap=4))
        there = self.settle()
        good = {name: text for name, text in there.items() if name not in self.taken_out}
        kept = {name: self.expected[name] for name in self.files.keys() - there.keys() if name in self.expected}
        assert set(report.added) == good.keys() - self.expected.keys()
        assert set(report.updated) == {name for name, text in good.items() if self.expected.get(name, text) != text}
        assert set(report.removed) == self.expected.keys() - self.files.keys()
        assert len(report.failed) == len(self.files) - len(there)
        assert set(report.left_out) == self.taken_out.keys() & there.keys()
        self.expected = good | kept

    def settle(self) -> dict[str, str]:
        """The texts of the files, after what was taken out has moved with them or is known by its text alone."""
        there = {name: text for name, text in self.files.items() if text is not None}
        self.lost |= {name: text for name, text in self.taken_out.items() if name not in self.files}
        stay = {name: there.get(name, text) for name, text in self.taken_out.items() if name in self.files}
        again = {
            name: text
            for name, text in there.items()
            if text in self.lost.values() and not {name} & (stay.keys() | self.expected.keys())
        }
        self.lost = {name: text for name, text in self.lost.items() if text not in again.values()}
        self.taken_out = stay | again
        return there

    @rule(name=NAMES)
    def take_out(self, name: str) -> None:
        if name in self.expected:
            remove(self.index, [name])
            self.taken_out[name] = self.expected.pop(name)

    @rule(name=NAMES)
    def put_back(self, name: str) -> None:
        if name in self.taken_out and (text := self.files.get(name)) is not None:
            assert restore(self.index, name, HashEmbedder(), SETTINGS).added == (name,)
            self.expected[name] = text
            del self.taken_out[name]

    @rule()
    def die(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "uuid", None)
            try:
                run(self.index, self.docs)
            except AttributeError:
                self.settle()
                return
        self.bring_in()  # there was nothing to write

    @rule()
    def lose_derived_files(self) -> None:
        shutil.rmtree(self.index / "derived", ignore_errors=True)
        self.opened = None

    @invariant()
    def readers_see_it(self) -> None:
        if not (self.index / "derived").exists() and not self.expected:
            return
        if not self.files and not self.expected:
            return
        assert held(self.index) == self.expected
        self.opened = self.opened or Collection(self.index, HashEmbedder())
        snapshot = self.opened.snapshot()
        assert {each.id for each in snapshot.store.articles()} == self.expected.keys()
        whole = self.root / "whole"
        write(whole, ((chunk.id, chunk.indexed) for chunk in snapshot.store.all_chunks()))
        for question in ("hà nội", "hoa", "cầu x"):
            ids = snapshot.lexical.search(question, 1000).ids
            expected = LexicalIndex(whole).search(question, 1000).ids
            assert ids.tolist() == expected.tolist()


TestCollecting = Collecting.TestCase
TestCollecting.settings = settings(max_examples=15, stateful_step_count=15)


# Files that hold files


def archive(folder: Path, *files: tuple[str, bytes]) -> Path:
    file = folder / "báo.zip"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(zipped(*files))
    return file


def test_an_archive_stays_in_step(tmp_path: Path, index: Path) -> None:
    folder = tmp_path / "docs"
    archive(folder, ("a.txt", b"Bai a\n\nCau a."), ("b.txt", b"Bai b\n\nCau b."))
    assert run(index, folder).added == ("báo.zip/a.txt", "báo.zip/b.txt")
    archive(folder, ("a.txt", b"Bai a\n\nCau moi."), ("c.txt", b"Bai c\n\nCau c."))
    report = run(index, folder)
    assert (report.added, report.updated, report.removed) == (
        ("báo.zip/c.txt",),
        ("báo.zip/a.txt",),
        ("báo.zip/b.txt",),
    )
    (folder / "báo.zip").unlink()
    put(folder, "z.txt", "Bài z\n\nCâu z.")
    assert set(run(index, folder).removed) == {"báo.zip/a.txt", "báo.zip/c.txt"}


def test_a_file_in_an_archive_that_turns_unreadable_keeps_what_it_had(tmp_path: Path, index: Path) -> None:
    folder = tmp_path / "docs"
    archive(folder, ("a.txt", b"Bai a\n\nCau a."), ("b/b.txt", b"Bai b\n\nCau b."))
    run(index, folder)
    archive(folder, ("a.txt", b"Bai a\n\nCau moi."), ("b/b.txt", b"\xff"))
    report = run(index, folder)
    assert (report.updated, report.removed) == (("báo.zip/a.txt",), ())
    assert [error.place for error in report.failed] == [str(folder / "báo.zip/b/b.txt")]
    assert held(index).keys() == {"báo.zip/a.txt", "báo.zip/b/b.txt"}


def test_an_article_of_an_archive_is_removed_and_restored(tmp_path: Path, index: Path) -> None:
    folder = tmp_path / "docs"
    archive(folder / "mục", ("a.txt", b"Bai a\n\nCau a."), ("b.txt", b"Bai b\n\nCau b."))
    run(index, folder)
    remove(index, "mục/báo.zip/a.txt")
    assert run(index, folder).left_out == ("mục/báo.zip/a.txt",)
    # To name the archive is how all of it is ingested, not a wish for the one.
    assert run(index, folder, folder / "mục/báo.zip").added == ()
    assert restore(index, "mục/báo.zip/a.txt", HashEmbedder(), SETTINGS).added == ("mục/báo.zip/a.txt",)
    assert held(index).keys() == {"mục/báo.zip/a.txt", "mục/báo.zip/b.txt"}
