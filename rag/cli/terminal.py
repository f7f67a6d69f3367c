"""What the command line writes on a terminal: progress, messages beside the result, results for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Progress:
    """A line on the terminal that says how much is done; silent elsewhere."""

    def __init__(self, name: str, unit: str, scale: float) -> None:
        self._name, self._unit, self._scale = name, unit, scale
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Say how much is done, and of how much."""
        self._show(self._name, done, total)

    def stage(self, name: str, done: int, total: int) -> None:
        """Say how much of a named stage is done; `total` is 0 when it is not known."""
        self._show(name, done, total)

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            print(file=sys.stderr)

    def _show(self, name: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            goal = f" of {total / self._scale:,.0f}" if total else ""
            print(f"\r\x1b[K{name} {done / self._scale:,.0f}{goal} {self._unit}", end="", file=sys.stderr, flush=True)
            self._shown = True


@contextmanager
def shown(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal with the time that is left; what it gives is told how many are done, and of how many."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield told


def print_json(value: Any) -> None:
    """Write a value to standard output as JSON; days are their ISO texts."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def say(line: str) -> None:
    """Write a line to standard error, beside the result."""
    print(line, file=sys.stderr)
