from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import archive_members
from rag.documents.archive_members import members_of
from rag.errors import DocumentError
from tests.documents.archive_files import packed, tarred, zipped

KINDS = [".zip", ".tar", ".tar.gz", ".tgz"]
each_kind = pytest.mark.parametrize("suffix", KINDS)
Read = list[tuple[str, bytes, str]]


def read(content: bytes, suffix: str = ".zip") -> Read:
    return [(each.name, each.content.read(), each.refused) for each in members_of(io.BytesIO(content), f"a{suffix}")]


def refused(content: bytes, suffix: str = ".zip") -> dict[str, str]:
    found = read(content, suffix)
    assert all("; " in reason for _, _, reason in found if reason)
    return {name: reason for name, _, reason in found}


@each_kind
def test_files_come_in_order_with_their_content(suffix: str) -> None:
    content = packed(suffix, ("b/một.txt", b"1"), ("a.txt", b"2" * 10_000_000), ("./c.txt", b""))
    assert read(content, suffix) == [("b/một.txt", b"1", ""), ("a.txt", b"2" * 10_000_000, ""), ("c.txt", b"", "")]


@each_kind
@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "b/../../a.txt", "C:/a.txt", "..\\a.txt"])
def test_names_that_lead_out_are_refused(suffix: str, name: str) -> None:
    found = refused(packed(suffix, (name, b"1"), ("z.txt", b"2")), suffix)
    assert len(found) == 2
    assert found.pop("z.txt") == ""
    assert [*found.values()] == ["its name leads out of the archive; pack it anew with plain names"]


def special(name: str, kind: bytes, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, b""


def test_what_is_no_file_is_refused() -> None:
    content = tarred(
        special("link.txt", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.txt", tarfile.LNKTYPE, "z.txt"),
        special("pipe.txt", tarfile.FIFOTYPE),
        special("null.txt", tarfile.CHRTYPE),
        special("folder", tarfile.DIRTYPE),
        ("z.txt", b"1"),
    )
    found = refused(content, ".tar")
    assert found.pop("z.txt") == ""
    assert {name: reason.split(" and")[0] for name, reason in found.items()} == {
        "link.txt": "is a link",
        "hard.txt": "is a link",
        "pipe.txt": "is a device or a pipe",
        "null.txt": "is a device or a pipe",
    }


def test_links_in_a_zip_are_refused() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    folder = zipfile.ZipInfo("folder/")
    found = refused(zipped((link, b"/etc/passwd"), (folder, b""), ("z.txt", b"1")))
    assert found == {"link.txt": "is a link and no file; put the file itself into the archive", "z.txt": ""}


def test_a_locked_and_a_damaged_file_lose_no_other() -> None:
    content = bytearray(zipped(("a.txt", b"mot" * 99), ("b.txt", b"hai" * 99), ("c.txt", b"ba")))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1  # said to be locked
    place = content.index(b"b.txt") + 5
    content[place : place + 8] = b"\xff" * 8
    reasons = refused(bytes(content))
    assert reasons["a.txt"] == "is locked with a password; pack it without one"
    assert reasons["b.txt"].startswith("is damaged")
    assert reasons["c.txt"] == ""


def test_a_bomb_is_refused_and_the_next_file_read() -> None:
    bomb = zipped(("bomb.txt", b"0" * 30_000_000), ("z.txt", b"1"))
    assert len(bomb) < 50_000
    assert refused(bomb) == {
        "bomb.txt": "unpacks to more than 200 times its size, as no text does; take it out",
        "z.txt": "",
    }
    with pytest.raises(DocumentError, match="unpacks to more than"):
        read(gzip.compress(tarred(("bomb.txt", b"0" * 30_000_000))), ".tgz")


@each_kind
def test_the_whole_of_an_archive_is_limited(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(suffix, ("a.txt", b"1"), ("b.txt", b"2"), ("c.txt", b"3" * 200_000))
    monkeypatch.setattr(archive_members, "MAX_UNPACKED_BYTES", 100_000)
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 50)
    members = members_of(io.BytesIO(content), f"a{suffix}")
    assert [next(members).name, next(members).name] == ["a.txt", "b.txt"]
    with pytest.raises(DocumentError, match="split it"):
        next(members)
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 1)
    with pytest.raises(DocumentError, match="holds more than 1 files; split it"):
        read(content, suffix)


def test_a_header_that_is_longer_than_all_files_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_members, "_SMALL_BYTES", 100_000)
    header = tarfile.TarInfo("a.txt")
    header.type, header.size = tarfile.XHDTYPE, 10**9
    content = header.tobuf() + b"\0" * 10_000_000
    with pytest.raises(DocumentError, match="split it"):
        read(gzip.compress(content), ".tgz")


@each_kind
@given(content=st.binary(max_size=300), cut=st.integers(0, 600))
def test_any_bytes_are_files_or_an_error(suffix: str, content: bytes, cut: int) -> None:
    whole = packed(suffix, ("a.txt", b"mot"), ("b.txt", content))
    for each in (content, whole[:cut], whole[:cut] + content):
        with suppress(DocumentError):
            assert all(not reason or "; " in reason for _, _, reason in read(each, suffix))
