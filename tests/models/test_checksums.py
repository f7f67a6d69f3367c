from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from rag.models import checksums
from rag.models.checksums import MEMORY_FILE, known_sha256, remember, sha256


def files(folder: Path) -> tuple[Path, Path]:
    one, other = folder / "one", folder / "other"
    one.write_bytes(b"a" * 3_000_000)
    other.write_bytes(b"b")
    return one, other


def test_the_hash_is_of_all_contents_one_after_another(tmp_path: Path) -> None:
    one, other = files(tmp_path)
    assert sha256(one, other) == hashlib.sha256(b"a" * 3_000_000 + b"b").hexdigest()
    assert known_sha256(tmp_path, one, other) == sha256(one, other)


@pytest.mark.parametrize("change", ["size", "mtime", "inode"])
def test_a_changed_file_is_read_again(tmp_path: Path, change: str) -> None:
    one, other = files(tmp_path)
    before = known_sha256(tmp_path, one, other)
    if change == "size":
        other.write_bytes(b"bb")
    elif change == "mtime":
        seen = other.stat().st_mtime_ns
        other.write_bytes(b"c")
        os.utime(other, ns=(seen, seen + 1))
    else:
        seen = other.stat().st_mtime_ns
        (tmp_path / "new").write_bytes(b"c")
        os.utime(tmp_path / "new", ns=(seen, seen))
        os.replace(tmp_path / "new", other)
    after = known_sha256(tmp_path, one, other)
    assert after == sha256(one, other) != before


def test_unchanged_files_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = files(tmp_path)
    before = known_sha256(tmp_path, one, other)
    monkeypatch.setattr(checksums, "sha256", lambda *_: pytest.fail("they were read again"))
    assert known_sha256(tmp_path, one, other) == before


def test_each_file_is_remembered_and_those_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    one, other = files(tmp_path)
    remember(tmp_path, sha256(one), one)
    remember(tmp_path, sha256(other), other)
    assert set(json.loads((tmp_path / MEMORY_FILE).read_text())) == {str(one), str(other)}
    one.unlink()
    remember(tmp_path, sha256(other), other)
    assert set(json.loads((tmp_path / MEMORY_FILE).read_text())) == {str(other)}
    assert {path.name for path in tmp_path.iterdir()} == {"other", MEMORY_FILE}


@pytest.mark.parametrize("memory", ["", "[]", "{", '{"one": 3}'])
def test_an_unreadable_memory_is_written_anew(tmp_path: Path, memory: str) -> None:
    one, _ = files(tmp_path)
    (tmp_path / MEMORY_FILE).write_text(memory.replace("one", str(one)))
    assert known_sha256(tmp_path, one) == sha256(one)
    assert json.loads((tmp_path / MEMORY_FILE).read_text())[str(one)]["sha256"] == sha256(one)


def test_a_memory_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    one, _ = files(tmp_path)
    assert known_sha256(tmp_path / "no" / "such", one) == sha256(one)
