"""What a hostile file makes of the library that reads it; called in the process that bounds it."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from typing import BinaryIO

from rag.errors import DocumentError


def echoed(content: BinaryIO, name: str, *arguments: object) -> Iterator[bytes]:
    """Yield the name, the arguments, the process and the content."""
    yield f"{name} {arguments} {os.getpid()}".encode()
    yield content.read()


def spinning(content: BinaryIO, name: str) -> Iterator[bytes]:
    """Compute without end."""
    while True:
        pass
    yield b""


def sleeping(content: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield one result, and wait without end."""
    yield b"1"
    time.sleep(3600)


def filling(content: BinaryIO, name: str) -> Iterator[bytes]:
    """Fill the memory."""
    held = []
    while True:
        held.append(bytearray(64 * 2**20))
    yield b""


def crashing(content: BinaryIO, name: str) -> Iterator[bytes]:
    """Write where nobody may."""
    ctypes.string_at(0)
    yield b""


def exiting(content: BinaryIO, name: str) -> Iterator[bytes]:
    """End the process in good order."""
    os._exit(3)
    yield b""


def raising(content: BinaryIO, name: str, kind: str) -> Iterator[bytes]:
    """Raise an error of a kind."""
    if kind == "document":
        raise DocumentError(f"{name}:3", "is broken; mend it")
    if kind == "system":
        raise OSError(5, "Input/output error")
    raise {"recursion": RecursionError, "library": KeyError}[kind]("sheet " * 100)
    yield b""
