"""The commands about the sources of a collection: added, listed, synced, removed, watched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.articles import report_json, report_lines
from rag.cli.options import UNITS, AllowPrivate, AsJson, Index, configured, opened
from rag.cli.terminal import one_line, print_json, print_message, print_text, progress_bars

if TYPE_CHECKING:
    from rag.index.sources import SourceReport
    from rag.sources.source import Source

app = typer.Typer(help="Places that a collection is kept in step with.", no_args_is_help=True, rich_markup_mode=None)
Places = Annotated[list[str], typer.Argument(help="Files, folders and web addresses.")]
KindOption = Annotated[
    Literal["folder", "file", "address", "feed", "sitemap"] | None,
    typer.Option(help="What an address holds; without it the address is asked."),
]
Every = Annotated[float, typer.Option(min=1 / 60, help="Minutes between two looks at feeds and addresses.")]


@app.command()
def add(
    places: Places,
    index: Index = None,
    kind: KindOption = None,
    allow_private: AllowPrivate = False,
    as_json: AsJson = False,
) -> None:
    """Remember folders, files, web addresses, feeds (RSS, Atom) and sitemaps, and bring them in."""
    assistant = opened(configured(index))
    added = assistant.sources.add(places, kind, allow_private=allow_private)
    with progress_bars(units=UNITS) as progress:
        _tell(assistant.sources.sync([each.place for each in added], progress), as_json)


@app.command("list")
def list_sources(index: Index = None, as_json: AsJson = False) -> None:
    """Show the sources: kind, place, when it was last brought in (UTC), and what went wrong then."""
    found = opened(configured(index)).sources.list()
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in found:
        print_text("\t".join(map(one_line, (each.kind, each.place, each.synced or "-", each.failure or "-"))))


@app.command()
def sync(
    places: Annotated[list[str] | None, typer.Argument(help="Sources; all when none is named.")] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Bring the sources to what they hold now; one that fails keeps what it had, and is told."""
    with progress_bars(units=UNITS) as progress:
        _tell(opened(configured(index)).sources.sync(places or None, progress), as_json)


@app.command()
def remove(places: Places, index: Index = None) -> None:
    """Forget sources; their articles stay, `articles remove` removes those."""
    opened(configured(index)).sources.remove(places)
    print_text(f"{len(set(places))} removed; their articles stay")


def watch(index: Index = None, every: Every = 15) -> None:
    """Keep the sources in step until Ctrl-C: folders while they change, feeds and addresses at an interval."""
    from rag.index.watch import watch as watched

    sources = opened(configured(index)).sources
    for each in sources.list():
        print_text(f"watching {each.kind} {one_line(each.place)}")
    for found in watched(sources, every * 60):
        report = found.report
        if report.failed or report.added or report.updated or report.removed:
            _print(found)


def _tell(reports: Iterable[SourceReport], as_json: bool) -> None:
    """Print what was done source by source; status 1 when sources were read and none of them held anything."""
    done = []
    for each in reports:
        done.append(each)
        if not as_json:
            _print(each)
    if as_json:
        print_json([{**asdict(each.source), **report_json(each.report)} for each in done])
    if done and all(_failed(each) for each in done):
        raise typer.Exit(1)


def _failed(each: SourceReport) -> bool:
    report = each.report
    brought = report.added or report.updated or report.unchanged or report.removed or report.left_out
    return bool(report.failed) and not brought


def _print(each: SourceReport) -> None:
    source: Source = each.source
    for line in report_lines(each.report):
        print_text(f"{one_line(source.place)}: {line}")
    for error in each.report.failed:
        print_message(f"hoidap: {error}")
