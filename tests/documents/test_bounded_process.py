from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.documents.bounded_process import BoundedProcess, Limits
from rag.errors import DocumentError
from tests.documents.files import written

READERS = "tests.documents.hostile_readers"


@pytest.fixture(scope="module")
def process() -> Iterator[BoundedProcess]:
    bounded = BoundedProcess(Limits(seconds=60, cpu_seconds=1, memory=512 * 2**20))
    yield bounded
    bounded.close()


def echoed(process: BoundedProcess, content: io.BufferedIOBase | None = None, *arguments: object) -> list[bytes]:
    return process.call(f"{READERS}:echoed", content or io.BytesIO(b"abc"), "mục/a", *arguments)  # type: ignore[arg-type]


def pid(process: BoundedProcess) -> int:
    return int(echoed(process)[0].split()[-1])


def test_one_process_serves_many_calls(process: BoundedProcess, tmp_path: Path) -> None:
    served = pid(process)
    assert served not in (os.getpid(), None)
    assert echoed(process, None, 1, "đ", [2]) == [f"mục/a (1, 'đ', [2]) {served}".encode(), b"abc"]
    with written(tmp_path, "a", b"x" * 10_000_000).open("rb") as file:
        file.read(5)  # it is read from its beginning all the same
        assert echoed(process, file)[1] == b"x" * 10_000_000
        assert file.read(1) == b"x"
    assert pid(process) == served


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        ("spinning", "takes more than 1 seconds of the processor to read; "),
        ("filling", "takes more than 512 MiB of memory to read; "),
        ("crashing", "ended the process that read it (SIGSEGV), it may be damaged or hostile; "),
        ("exiting", "ended the process that read it (status 3), it may be damaged or hostile; "),
    ],
)
def test_a_hostile_file_costs_itself_only(process: BoundedProcess, reader: str, reason: str) -> None:
    before = pid(process)
    with pytest.raises(DocumentError) as raised:
        process.call(f"{READERS}:{reader}", io.BytesIO(), "mục/a")
    assert raised.value.place == "mục/a"
    assert raised.value.reason.startswith(reason)
    assert pid(process) != before
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_what_only_waits_is_ended_too() -> None:
    bounded = BoundedProcess(Limits(seconds=4))
    before = pid(bounded)
    with pytest.raises(DocumentError, match="a: takes more than 4 seconds to read; "):
        bounded.call(f"{READERS}:sleeping", io.BytesIO(), "a")
    assert pid(bounded) != before
    bounded.close()


def test_errors_come_through(process: BoundedProcess) -> None:
    def raised(kind: str) -> Exception:
        with pytest.raises((DocumentError, OSError)) as caught:
            process.call(f"{READERS}:raising", io.BytesIO(), "mục/a", kind)
        return caught.value

    before = pid(process)
    assert str(raised("document")) == "mục/a:3: is broken; mend it"
    assert str(raised("system")) == "[Errno 5] Input/output error"
    assert "(RecursionError('sheet sheet " in str(raised("recursion"))
    assert "(KeyError('sheet sheet " in str(raised("library"))
    assert len(str(raised("library"))) < 300
    assert pid(process) == before


def test_several_threads_call_it(process: BoundedProcess) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(echoed(process, io.BytesIO(b"%d" % n))[1])) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [b"%d" % n for n in range(8)]


def test_nothing_runs_before_it_is_needed_or_after_it_was_closed() -> None:
    bounded = BoundedProcess()
    assert bounded._process is None
    served = pid(bounded)
    bounded.close()
    with pytest.raises(ProcessLookupError):
        os.kill(served, 0)
