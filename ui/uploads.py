"""Files that readers give: kept in the collection's own folder, and ingested from there one batch at a time."""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import threading
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from rag import Assistant, HoidapError, IngestReport, UsageError

# Below the folder that is ingested, so that the ids of these articles say where they are from.
FOLDER, BELOW = "uploads", "added"
BEFORE = "uploads-before"  # beside it, so that it is not ingested
MAX_FILE = 20_000_000  # bytes
MAX_BATCH, MAX_FILES = 20, 2_000
_NAME_BYTES, _ENDING_BYTES = 200, 40  # in UTF-8; file systems take 255
_PART_BYTES = 16
_UNSAFE = re.compile(r"[^\w.()\- ]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ingestion:
    """How far the files are taken in: the stage of the work, then the report, or the error by which it failed."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    report: IngestReport | None = None
    error: HoidapError | None = None


class Uploads:
    """The files of one collection; one ingestion at a time, in a thread of its own."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._new: list[Path] = []
        self._again = False
        self.state = Ingestion()

    @property
    def folder(self) -> Path:
        """The folder that is ingested."""
        return self._assistant.config.index / FOLDER

    def take(self, name: str, content: bytes) -> str:
        """Keep a file under a safe name, which is returned; it takes the place of an earlier one of that name.

        Raises `UsageError` for one that is too large, for too many, and where it cannot be written.
        """
        if len(content) > MAX_FILE:
            raise UsageError(f"{name}: more than {MAX_FILE} bytes")
        below = self.folder / BELOW
        file = below / safe_name(name)
        try:
            below.mkdir(parents=True, exist_ok=True)
            if not file.exists() and sum(1 for _ in below.iterdir()) >= MAX_FILES:
                raise UsageError(f"there is no room for more than {MAX_FILES} files; remove some of {below}")
            self._put(file, content)
        except OSError as error:
            advice = "check that its disk has space and that you may write there"
            raise UsageError(f"{file.name}: cannot be kept in {below} ({error.strerror}); {advice}") from error
        with self._lock:
            self._new.append(file)
        return file.name

    def _put(self, file: Path, content: bytes) -> None:
        """Write a file whole or not at all; an earlier one of its name is kept until it is known that this is read."""
        before = self._before(file)
        before.parent.mkdir(exist_ok=True)
        if file.exists() and not before.exists():
            shutil.copyfile(file, before)
        part = before.with_name(secrets.token_hex(_PART_BYTES))
        try:
            part.write_bytes(content)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def _before(self, file: Path) -> Path:
        return self.folder.with_name(BEFORE) / file.name

    def begin(self) -> None:
        """Begin to ingest; what came while that is being done is ingested after it."""
        with self._lock:
            if self.state.running:
                self._again = bool(self._new)
                return
            self.state = Ingestion(running=True)
        threading.Thread(target=self._ingest_all, daemon=True).start()

    def _ingest_all(self) -> None:
        going = True
        while going:
            with self._lock:
                new, self._new, self._again = self._new, [], False
            ended = self._ingest(new)
            with self._lock:
                going = self._again
                self.state = Ingestion(running=True) if going else ended

    def _ingest(self, new: list[Path]) -> Ingestion:
        try:
            report = self._assistant.ingest([self.folder], self._progress)
            self._drop(new, report)
        except HoidapError as error:
            return Ingestion(error=error)
        except Exception:
            _log.exception("the files could not be ingested")
            return Ingestion(error=HoidapError())
        return Ingestion(report=report)

    def _drop(self, new: list[Path], report: IngestReport) -> None:
        """Forget the files that were given in vain, which would be told of each time, for the ones of before."""
        failed = {error.place.partition(":")[0] for error in report.failed}
        failed |= {file for each in report.passed_over for file in each.files}
        for file in new:
            before = self._before(file)
            if str(file) not in failed and str(file.absolute()) not in failed:
                before.unlink(missing_ok=True)
            elif before.exists():
                before.replace(file)
            else:
                file.unlink(missing_ok=True)

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.state = replace(self.state, stage=stage, done=done, total=total)


def safe_name(name: str) -> str:
    """A file name without folders, hidden names and characters that some system forbids; its ending is kept."""
    last = unicodedata.normalize("NFC", name[-1000:]).replace("\\", "/").rpartition("/")[2]
    stem, ending = os.path.splitext(_UNSAFE.sub("_", last).strip(" ."))
    ending = _cut(ending, _ENDING_BYTES)
    return f"{_cut(stem, _NAME_BYTES - len(ending.encode()))}{ending}".strip(" .") or "_"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
