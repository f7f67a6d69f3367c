"""A process of its own in which hostile files are read: a file that hangs, crashes or fills it costs only itself."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from typing import Any, BinaryIO

from rag.documents.bounded_worker import END
from rag.errors import DocumentError

# What is read is passed by its module and name: nothing of this process is copied, none of its threads is forked.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from rag.documents.bounded_worker import main; main(*map(int, sys.argv[2:]))"
)
# Libraries that compute in threads would take address space for as many as the machine has cores.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_ADVICE = "split it, save it anew, or take it out"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may take until its next part is read: seconds, seconds of the processor, bytes of memory."""

    seconds: float = 120.0
    cpu_seconds: int = 60
    memory: int = 2 * 1024**3


class BoundedProcess:
    """Calls functions in a process that begins with the first call, serves many, and begins anew after it was ended.

    Several threads may call it; one call is served at a time.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        atexit.register(self._end)  # without waiting for a call that another thread has begun

    def call(self, function: str, content: BinaryIO, name: str, *arguments: Any) -> list[bytes]:
        """What a function ("module:name") yields, called there as `function(content, name, *arguments)`.

        The arguments are passed as JSON; `content` is read from its beginning. Raises `DocumentError` with the place
        `name` where the function raised one, exceeded the limits or ended the process, `OSError` where it raised one.
        """
        with self._lock, _as_file(content) as file:
            try:
                connection = self._started()
                connection.send_bytes(json.dumps([function, [name, *arguments]]).encode())
                send_handle(connection, file.fileno(), None)
                results, end = self._received(connection, name)
            except EOFError:
                raise DocumentError(name, self._why_ended()) from None
            except BaseException:
                self._end()
                raise
        if not end:
            return results
        kind, *about = end
        if kind == "memory":
            self.close()  # what it left behind would be missing for the next file
        raise _error(name, kind, about, self.limits)

    def close(self) -> None:
        """End the process; the next call begins another."""
        with self._lock:
            self._end()

    def _started(self) -> Connection:
        if self._connection and self._process and self._process.poll() is None:
            return self._connection
        self._end()
        self._connection, theirs = Pipe()
        with theirs:
            numbers = (theirs.fileno(), self.limits.cpu_seconds, self.limits.memory)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # an interrupt from the keyboard is for this process alone
            )
        return self._connection

    def _received(self, connection: Connection, name: str) -> tuple[list[bytes], list[Any]]:
        results: list[bytes] = []
        while connection.poll(self.limits.seconds):
            message = connection.recv_bytes()
            if message[:1] == END:
                return results, json.loads(message[1:])
            results.append(message[1:])
        raise DocumentError(name, f"takes more than {self.limits.seconds:g} seconds to read; {_ADVICE}")

    def _why_ended(self) -> str:
        """Why the process is no more, for the error of the file that it read."""
        status = self._process.wait() if self._process else 0
        self._end()
        if status == -signal.SIGXCPU:
            return f"takes more than {self.limits.cpu_seconds} seconds of the processor to read; {_ADVICE}"
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return f"ended the process that read it ({how}), it may be damaged or hostile; {_ADVICE}"

    def _end(self) -> None:
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._connection = self._process = None


def _as_file(content: BinaryIO) -> BinaryIO:
    """The content as a file of the system, which another process can read."""
    try:
        return os.fdopen(os.dup(content.fileno()), "rb")
    except io.UnsupportedOperation:
        file: Any = tempfile.TemporaryFile()  # noqa: SIM115  # whoever reads it closes it
        shutil.copyfileobj(content, file)
        file.flush()
        return file  # type: ignore[no-any-return]


def _error(name: str, kind: str, about: list[Any], limits: Limits) -> Exception:
    if kind == "document":
        return DocumentError(*about)
    if kind == "system":
        return OSError(*about)
    if kind == "memory":
        return DocumentError(name, f"takes more than {limits.memory // 2**20:,} MiB of memory to read; {_ADVICE}")
    return DocumentError(name, f"cannot be read ({about[0]}), it may be damaged; {_ADVICE}")
