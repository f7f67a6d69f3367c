"""Files that readers give: kept in the collection's own folder, and ingested from there one batch at a time."""

from __future__ import annotations

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rag import Assistant, HoidapError, IngestReport, UsageError

# Below the folder that is ingested, so that the ids of these articles say where they are from.
FOLDER, BELOW = "uploads", "added"
MAX_FILE = 20_000_000  # bytes
MAX_BATCH, MAX_FILES = 20, 2_000
_NAME_CHARS, _ENDING_CHARS = 120, 20
_UNSAFE = re.compile(r"[^\w.()\- ]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ingestion:
    """How far the files are taken in: the stage of the work, then the report, or why it failed."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    report: IngestReport | None = None
    error: str = ""


class Uploads:
    """The files of one collection; one ingestion at a time, in a thread of its own."""

    def __init__(self, assistant: Assistant, changed: Callable[[], None]) -> None:
        self._assistant = assistant
        self._changed = changed
        self._lock = threading.Lock()
        self._new: list[Path] = []
        self.state = Ingestion()

    @property
    def folder(self) -> Path:
        """The folder that is ingested."""
        return self._assistant.config.index / FOLDER

    def take(self, name: str, content: bytes) -> str:
        """Keep a file under a safe name, which is returned; it takes the place of an earlier one of that name.

        Raises `UsageError` for one that is too large, and when there are too many.
        """
        if len(content) > MAX_FILE:
            raise UsageError(f"{name}: more than {MAX_FILE} bytes")
        below = self.folder / BELOW
        below.mkdir(parents=True, exist_ok=True)
        file = below / safe_name(name)
        if not file.exists() and sum(1 for _ in below.iterdir()) >= MAX_FILES:
            raise UsageError(f"there is no room for more than {MAX_FILES} files; remove some of {below}")
        file.write_bytes(content)
        with self._lock:
            self._new.append(file)
        return file.name

    def begin(self) -> None:
        """Begin to ingest; nothing when that is being done already."""
        with self._lock:
            if self.state.running:
                return
            self.state = Ingestion(running=True)
            new, self._new = self._new, []
        threading.Thread(target=self._ingest, args=(new,), daemon=True).start()

    def _ingest(self, new: list[Path]) -> None:
        try:
            report = self._assistant.ingest([self.folder], self._progress)
            _drop(new, report)
            self.state = Ingestion(report=report)
        except HoidapError as error:
            self.state = Ingestion(error=str(error))
        except Exception:
            _log.exception("the files could not be ingested")
            self.state = Ingestion(error=" ")
        self._changed()

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.state = replace(self.state, stage=stage, done=done, total=total)


def safe_name(name: str) -> str:
    """A file name without folders, hidden names and characters that some system forbids; its ending is kept."""
    last = unicodedata.normalize("NFC", name[-1000:]).replace("\\", "/").rpartition("/")[2]
    stem, ending = os.path.splitext(_UNSAFE.sub("_", last).strip(" ."))
    ending = ending[:_ENDING_CHARS]
    return f"{stem[: _NAME_CHARS - len(ending)]}{ending}".strip(" .") or "_"


def _drop(new: list[Path], report: IngestReport) -> None:
    """Forget the files that were given in vain: they would be told of again each time."""
    failed = {error.place.partition(":")[0] for error in report.failed}
    failed |= {file for each in report.passed_over for file in each.files}
    for file in new:
        if str(file) in failed or str(file.absolute()) in failed:
            file.unlink(missing_ok=True)
