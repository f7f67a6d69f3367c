"""A filter -> the condition that it is in SQL."""

from __future__ import annotations

from rag.index.filter import Filter


def condition(only: Filter) -> tuple[str, list[str]]:
    """The condition on the table of articles, and the values of its parameters.

    `folded_case` is a function that `rag.index.sqlite_file` adds to SQLite.
    """
    parts: list[str] = []
    values: list[str] = []
    for comparison, day in (("published >= ?", only.first_day), ("published <= ?", only.last_day)):
        if day:
            parts.append(comparison)
            values.append(day)
    for column, wanted in (("id", only.articles), ("language", only.languages)):
        if wanted:
            parts.append(f"{column} IN ({','.join('?' * len(wanted))})")
            values += wanted
    if only.sources:
        parts.append(f"({' OR '.join(['instr(folded_case(source), folded_case(?)) > 0'] * len(only.sources))})")
        values += only.sources
    return " AND ".join(parts) or "TRUE", values
