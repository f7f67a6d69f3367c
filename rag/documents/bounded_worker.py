"""The process that `bounded_process` runs: it calls functions on files under limits of time and memory."""

from __future__ import annotations

import json
import math
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, BinaryIO

from rag.errors import DocumentError

RESULT, END = b"r", b"e"
# What a library says of a file may hold the file.
MAX_REASON_CHARS = 200
BoundedFunction = Callable[..., Iterator[bytes]]


def main(handle: int, cpu_seconds: int, memory: int) -> None:
    """Serve calls that come over the connection, until the other side closes it."""
    with suppress(ValueError, OSError):  # where the system has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(handle) as connection, suppress(EOFError, BrokenPipeError):
        while True:
            function, arguments = json.loads(connection.recv_bytes())
            with os.fdopen(recv_handle(connection), "rb") as content:
                content.seek(0)
                end = _call(_found(function), content, arguments, connection, cpu_seconds)
            connection.send_bytes(END + json.dumps(end).encode())


def _call(
    function: BoundedFunction, content: BinaryIO, arguments: list[Any], connection: Connection, cpu_seconds: int
) -> list[Any]:
    """Send what a function yields; how it ended: [] well, or the kind of its error and what that says."""
    _limit_processor_time(cpu_seconds)
    try:
        for result in function(content, *arguments):
            connection.send_bytes(RESULT + result)
            _limit_processor_time(cpu_seconds)
    except DocumentError as error:
        return ["document", error.place, error.reason]
    except MemoryError:
        return ["memory"]
    except (BrokenPipeError, EOFError):
        raise
    except OSError as error:
        return ["system", error.errno or 0, error.strerror or str(error)]
    # Whatever a library raises over a hostile file costs that file only.
    except Exception as error:
        return ["failed", repr(error)[:MAX_REASON_CHARS]]
    return []


def _limit_processor_time(seconds: int) -> None:
    """From now on so many seconds of processor time; more end the process with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _found(function: str) -> BoundedFunction:
    module, _, name = function.partition(":")
    found: BoundedFunction = getattr(import_module(module), name)
    return found
