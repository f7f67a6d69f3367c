"""SHA-256 of model files, computed once and remembered until a file changes.

A gigabyte takes one to three seconds, too long for every start: a small file beside the models keeps each hash with the
inode, size and modification time that the files had. This finds files that were damaged or replaced, not somebody who
means to deceive and may write to that folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY_FILE = "hashes.json"
BLOCK = 1 << 20

log = logging.getLogger(__name__)


def sha256(*files: Path) -> str:
    """The SHA-256, in hexadecimal, of the contents of the files one after another. Raises `OSError`."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def known_sha256(memory: Path, *files: Path) -> str:
    """`sha256` of the files, from `memory` while inode, size and modification time of each are as they were then.

    `memory` is the folder in which hashes are kept. Where it cannot be written the files are read each time.
    """
    state = _state(files)
    entry = _entries(memory).get(str(files[0].absolute()))
    if isinstance(entry, dict) and entry.get("files") == state and isinstance(entry.get("sha256"), str):
        return str(entry["sha256"])
    digest = sha256(*files)
    if _state(files) == state:  # else somebody is writing to them
        remember(memory, digest, *files)
    return digest


def remember(memory: Path, digest: str, *files: Path) -> None:
    """Keep the SHA-256 of files as they are now, for `known_sha256`."""
    entries = {name: entry for name, entry in _entries(memory).items() if Path(name).exists()}
    entries[str(files[0].absolute())] = {"files": _state(files), "sha256": digest}
    fresh: str | None = None
    try:
        with tempfile.NamedTemporaryFile("w", dir=memory, prefix=MEMORY_FILE, delete=False, encoding="utf-8") as file:
            fresh = file.name
            json.dump(entries, file, indent=1)
        os.replace(fresh, memory / MEMORY_FILE)
    except OSError as error:
        log.info("%s: hashes are not kept (%s), so that files are read at every start", memory, error)
        if fresh is not None:
            with suppress(OSError):
                os.unlink(fresh)


def _state(files: Sequence[Path]) -> list[list[Any]]:
    stats = [(path, path.stat()) for path in files]
    return [[path.name, stat.st_ino, stat.st_size, stat.st_mtime_ns] for path, stat in stats]


def _entries(memory: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        content = json.loads((memory / MEMORY_FILE).read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return {}
