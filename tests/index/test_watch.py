from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.config import ChunkSettings
from rag.index import watch as module
from rag.index.sources import SourceReport, Sources
from rag.index.watch import watch
from rag.index.write_lock import write_lock
from tests.doubles import HashEmbedder
from tests.sources.web_site import Site, served

SETTINGS = ChunkSettings(size=32, overlap=4)
LONG = 20.0

Next = Callable[[], SourceReport]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Bài a\n\nCâu a.", encoding="utf-8")
    return folder


@pytest.fixture
def index(docs: Path) -> Path:
    return docs / "index"  # where what is written must not be taken for articles


@pytest.fixture
def sources(index: Path) -> Sources:
    return Sources(index, HashEmbedder, SETTINGS)


@pytest.fixture
def watched(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Next]]:
    """Begins to watch; what it gives waits for the next report, or raises `queue.Empty`."""
    monkeypatch.setattr(module, "_QUIET", 50)
    monkeypatch.setattr(module, "_ROUND", 100)
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def begin(every: float = 1000.0) -> Next:
        found: queue.SimpleQueue[SourceReport] = queue.SimpleQueue()

        def run() -> None:
            for report in watch(sources, every, stop=stop):
                found.put(report)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return lambda: found.get(timeout=LONG)

    yield begin
    stop.set()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive(), "it ends when it is told to"


def test_a_folder_is_kept_in_step_while_it_changes(docs: Path, sources: Sources, watched: Callable[..., Next]) -> None:
    sources.add(docs)
    following = watched()
    assert following().report.added == ("a.txt",)
    (docs / "b").mkdir()
    for number in range(5):  # in many steps, and read once
        (docs / "b" / "c.txt").write_text(f"Bài c\n\nCâu {number}.", encoding="utf-8")
        time.sleep(0.01)
    report = following().report
    while not report.added:
        report = following().report
    assert report.added == ("b/c.txt",)
    (docs / "a.txt").unlink()
    report = following().report
    while not report.removed:
        report = following().report
    assert report.removed == ("a.txt",)


def test_what_is_hidden_or_the_collections_own_is_no_change(
    docs: Path, sources: Sources, watched: Callable[..., Next], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.add(docs)
    following = watched()
    following()
    (docs / ".nháp.txt").write_text("x", encoding="utf-8")
    (sources.folder / "x.txt").write_text("x", encoding="utf-8")
    monkeypatch.setattr("tests.index.test_watch.LONG", 0.6)
    with pytest.raises(queue.Empty):
        following()
    monkeypatch.undo()


def test_others_are_asked_again_at_an_interval(
    sources: Sources, watched: Callable[..., Next], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.sources.http_client.PAUSE", 0.0)
    with served() as site:
        address = page(site, "Câu một.")
        sources.add(address, "address", allow_private=True)
        following = watched(every=0.2)
        assert following().report.added == (address,)
        page(site, "Câu hai.")
        report = following().report
        while not report.updated:
            report = following().report
        assert report.updated == (address,)


def page(site: Site, text: str) -> str:
    return site.put("/a.txt", f"Bài a\n\n{text}".encode(), "text/plain")


def test_while_another_writes_it_waits(
    docs: Path, sources: Sources, watched: Callable[..., Next], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.add(docs)
    with write_lock(sources.folder):
        following = watched()
        time.sleep(0.3)
    assert following().report.added == ("a.txt",)
