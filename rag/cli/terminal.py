"""What the command line writes: results on standard output, messages and progress on standard error.

Ids, titles and texts come from files that others wrote: what a terminal would obey in them is written as an escape.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from rag.progress import Progress

# Control characters (C0, DEL, C1), and those of Unicode's bidirectional algorithm and line separators, by which a text
# can move the cursor, start a terminal's command or show itself in another order than it is.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_OBEYED_IN_A_TEXT = re.compile(_OBEYED.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def one_line(text: str) -> str:
    """A text that stays on its line: an id, a title, a file name; line ends and tabs are written as escapes too."""
    return _OBEYED.sub(_escape, text)


def print_text(text: str) -> None:
    """Write lines to standard output."""
    print(_OBEYED_IN_A_TEXT.sub(_escape, text))


def print_json(value: Any) -> None:
    """Write a value to standard output as JSON; days are their ISO texts."""
    # In JSON such a character can only stand in a string, where its escape means the same.
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    print(_OBEYED_IN_A_TEXT.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_message(line: str) -> None:
    """Write one line to standard error, beside the result."""
    print(one_line(line), file=sys.stderr)


class LogFormatter(logging.Formatter):
    """Formats a record of a log, a traceback too, for standard error."""

    def format(self, record: logging.LogRecord) -> str:
        """What is said, with what a terminal would obey as escapes."""
        return _OBEYED_IN_A_TEXT.sub(_escape, super().format(record))


@contextmanager
def progress_bars(
    unit: str = "", scale: float = 1, units: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Progress]:
    """Bars on the terminal, one for each stage, with its speed and the time left; nothing where there is no terminal.

    The numbers are shown divided by `scale`, before the `unit`, or that of the stage in `units`.
    """
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    words, numbers = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[numbers]}", markup=False)
    speeds = TextColumn("{task.fields[speed]}", markup=False)
    columns = (words, BarColumn(), numbers, speeds, TimeElapsedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        stages: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(one_line(stage), total=None, numbers="", speed="")
            goal, counted = f" of {total / scale:,.0f}" if total else "", units.get(stage, unit)
            numbers = f"{done / scale:,.0f}{goal} {counted}".rstrip()
            pace = bars.tasks[stages[stage]].speed
            speed = f"{pace / scale:,.1f} {counted}".rstrip() + "/s" if pace else ""
            bars.update(stages[stage], completed=done, total=total or None, numbers=numbers, speed=speed)

        yield show


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
