from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from rag.cli.main import main
from rag.config import ChunkSettings
from rag.index.sources import Sources
from rag.index.sqlite_store import SqliteStore
from tests.doubles import HashEmbedder
from tests.sources.web_site import Site, served

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]
LONG = 60.0


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """A command line in this process, in a folder of its own, with the stand-in for the embedding model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rag.models.loaded.load_embedder", lambda *_: HashEmbedder())

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hoidap", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("rag.sources.http_client.PAUSE", 0.0)
    with served() as found:
        yield found


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.txt").write_text(f"Bài {number}\n\nCâu số {number} của bài này.", encoding="utf-8")
    return folder


def test_sources_are_added_listed_synced_and_removed(run: Run, site: Site, docs: Path) -> None:
    address = site.page("/1", "Cầu Rồng", "Cầu Rồng ở Đà Nẵng dài 666 mét, bắc qua sông Hàn.")
    code, out, err = run("sources", "add", docs, address)
    assert (code, out) == (1, "")
    assert "--allow-private" in err
    code, out, err = run("sources", "add", docs, address, "--allow-private")
    assert (code, err) == (0, "")
    assert f"{docs}: 8 added, 0 updated, 0 unchanged, 0 removed, 0 failed\n" in out
    assert f"{address}: 1 added, " in out
    code, out, _ = run("sources", "list")
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["folder", str(docs)], ["address", address]]
    listed = json.loads(run("sources", "list", "--json")[1])
    assert {each["kind"]: each["failure"] for each in listed} == {"folder": "", "address": ""}
    site.down = True
    code, out, err = run("sources", "sync", "--json")
    assert code == 0, "one of them was brought in"
    first, second = json.loads(out)
    assert (len(first["unchanged"]), first["failed"]) == (8, [])
    assert (second["place"], second["failed"][0]["place"]) == (address, address)
    code, out, err = run("sources", "sync", address)
    assert code == 1
    assert err.startswith(f"hoidap: {address}: ")
    assert run("sources", "remove", docs)[:2] == (0, "1 removed; their articles stay\n")
    assert run("sources", "sync", docs)[0] == 2


def test_an_address_is_ingested_when_it_is_allowed(run: Run, site: Site) -> None:
    address = site.page("/1", "Cầu Rồng", "Cầu Rồng ở Đà Nẵng dài 666 mét, bắc qua sông Hàn.")
    assert run("ingest", address)[0] == 1
    assert run("ingest", address, "--allow-private")[1].startswith("1 added")
    assert address in run("articles", "list")[1]
    assert run("ingest", "ftp://bao.example/")[0] == 2


# Stops


def started(written: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.slow_ingest", str(written), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def lines(file: Path) -> Sequence[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else ()


def test_ctrl_c_stops_with_one_line_and_nothing_is_embedded_twice(docs: Path, tmp_path: Path) -> None:
    written, index = tmp_path / "embedded", tmp_path / "index"
    first = started(written, "ingest", docs, "--index", index)
    until(lambda: len(lines(written)) >= 6)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=LONG)
    assert (first.returncode, out, err) == (130, "", "hoidap: stopped\n")
    before = len(lines(written))
    again = started(written, "ingest", docs, "--index", index)
    out, err = again.communicate(timeout=LONG)
    assert (again.returncode, err) == (0, "")
    assert out.startswith("8 added")
    embedded = lines(written)
    assert len(set(embedded)) == 8, "each article is one chunk, which is its only sentence"
    # Of the batch in which it was stopped nothing was kept; of those before nothing is embedded again.
    assert len(embedded) <= 16 + 4
    assert before < len(embedded)


def test_ctrl_c_stops_to_watch(docs: Path, tmp_path: Path) -> None:
    written, index = tmp_path / "embedded", tmp_path / "index"
    Sources(index, HashEmbedder, ChunkSettings()).add(docs)
    watching = started(written, "watch", "--index", index)
    assert watching.stdout
    assert watching.stdout.readline() == f"watching folder {docs}\n"
    (docs / "mới.txt").write_text("Bài mới\n\nCâu mới.", encoding="utf-8")
    while "mới.txt" not in {article.id for article in SqliteStore(index).articles()}:
        assert "added" in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=LONG)
    assert (watching.returncode, err) == (130, "hoidap: stopped\n")
