"""Files of a folder that no loader reads, told by format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.documents.paths import printable

_NAMED = 3
# What programs make of the formats of before 2007, and of those that no loader reads yet.
_INSTEAD = {
    **dict.fromkeys((".doc", ".docm", ".dot", ".dotx", ".odt", ".rtf", ".wps"), ".docx"),
    **dict.fromkeys((".xls", ".xlsm", ".xlsb", ".xlt", ".xltx", ".ods", ".et"), ".xlsx"),
    **dict.fromkeys((".ppt", ".pptm", ".pps", ".ppsx", ".odp"), ".pptx"),
}


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The files of one format that is not read, in path order; `suffix` is as in ".pdf", "" where there is none."""

    suffix: str
    files: tuple[str, ...]

    def __str__(self) -> str:
        named, more = ", ".join(self.files[:_NAMED]), len(self.files) - _NAMED
        what = f"{self.count} passed over: this format is not read yet ({named}{f' and {more} more' * (more > 0)})"
        advice = instead_of(self.suffix)
        return f"{what}; {advice}" if advice else what

    @property
    def count(self) -> str:
        """How many files of which suffix, as in "2 .pdf files"."""
        files = "file" if len(self.files) == 1 else "files"
        many = f"{len(self.files)} {self.suffix} {files}"
        return many if self.suffix else f"{len(self.files)} {files} without a suffix"


def instead_of(suffix: str) -> str:
    """What to do with a file of a format that is not read, "" where no program is known to make one that is of it."""
    suffix = suffix.lower()
    return f"save it as {_INSTEAD[suffix]}, as with Word, Excel or LibreOffice" if suffix in _INSTEAD else ""


def by_format(files: Iterable[Path]) -> list[PassedOver]:
    """The files grouped by suffix, in the order of the suffixes."""
    formats: dict[str, list[str]] = {}
    for file in files:
        formats.setdefault(printable(Path(file.suffix.lower())) if file.suffix else "", []).append(printable(file))
    return [PassedOver(suffix, tuple(formats[suffix])) for suffix in sorted(formats)]
