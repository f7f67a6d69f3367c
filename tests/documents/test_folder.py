from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.documents.files import articles, errors, line, only, written


def test_a_folder_is_read_in_path_order_and_ids_are_its_paths(tmp_path: Path) -> None:
    for name in ("z.txt", "a/b.md", "a/a.txt", "Đ.txt"):
        written(tmp_path, name, "Một câu.")
    written(tmp_path, "c.png", b"\x89PNG")
    written(tmp_path, "notes", b"a")
    assert [each.id for each in articles(tmp_path)] == ["a/a.txt", "a/b.md", "z.txt", "Đ.txt"]
    assert errors(tmp_path) == []


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.txt", ".git/a.txt", "b/.c/d.txt", "ok.txt"):
        written(tmp_path, name, "Một câu.")
    assert [each.id for each in articles(tmp_path)] == ["ok.txt"]
    assert only(tmp_path, ".a.txt", "Một câu.").id == ".a.txt"


def test_a_hidden_folder_above_does_not_hide(tmp_path: Path) -> None:
    written(tmp_path, ".kho/a.txt", "Một câu.")
    assert [each.id for each in articles(tmp_path / ".kho")] == ["a.txt"]


def test_links_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret/s.txt", "Bí mật.")
    inside = written(tmp_path, "in/a.txt", "Một câu.")
    (inside.parent / "file.txt").symlink_to(secret)
    (inside.parent / "folder").symlink_to(secret.parent, target_is_directory=True)
    (inside.parent / "dead.txt").symlink_to(tmp_path / "nowhere.txt")
    (inside.parent / "loop.txt").symlink_to(inside.parent / "loop.txt")
    (inside.parent / "up").symlink_to(tmp_path, target_is_directory=True)
    (inside.parent / "same.txt").symlink_to(inside)
    assert [each.id for each in articles(inside.parent)] == ["a.txt", "same.txt"]
    nowhere = "is a link that leads nowhere; mend it, or take it out"
    assert [(Path(each.place).name, each.reason) for each in errors(inside.parent)] == [
        ("dead.txt", nowhere),
        ("loop.txt", nowhere),
    ]


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "a.txt/b.txt", "Một câu.")
    assert [each.id for each in articles(tmp_path)] == ["a.txt/b.txt"]


def forbidden(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, place: Path) -> None:
    """Refuse one path, as a system does to a user without the right; a test that runs as root has every right."""
    original: Callable[..., Any] = getattr(owner, name)

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(path, int) and Path(path) == place:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *args, **kwargs)

    monkeypatch.setattr(owner, name, refuse)


def test_a_folder_that_cannot_be_read_is_an_error_and_the_others_go_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/a.txt", "b/b.txt", "c/c.txt"):
        written(tmp_path, name, "Một câu.")
    forbidden(monkeypatch, os, "scandir", tmp_path / "b")
    (error,) = errors(tmp_path)
    assert error.place == str(tmp_path / "b")
    assert error.reason.startswith("cannot be read (Permission denied); check")
    assert [each.id for each in articles(tmp_path)] == ["a/a.txt", "c/c.txt"]


def test_the_folder_itself_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden(monkeypatch, os, "scandir", tmp_path)
    assert [(error.place, "cannot be read" in error.reason) for error in errors(tmp_path)] == [(str(tmp_path), True)]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt", "c.jsonl"):
        written(tmp_path, name, line(id="c", text="Một câu."))
    forbidden(monkeypatch, Path, "open", tmp_path / "a.txt")
    forbidden(monkeypatch, Path, "open", tmp_path / "c.jsonl")
    assert [error.place for error in errors(tmp_path)] == [str(tmp_path / "a.txt"), str(tmp_path / "c.jsonl")]
    assert [each.id for each in articles(tmp_path)] == ["b.txt"]
