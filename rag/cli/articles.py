"""The commands about the articles of a collection: ingested, listed, shown, removed, restored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, Index, configured, opened
from rag.cli.terminal import Progress, print_json

if TYPE_CHECKING:
    from rag.index.ingest import IngestReport

app = typer.Typer(help="The articles of a collection.", no_args_is_help=True, rich_markup_mode=None)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Read articles (.txt, .md, .html, .jsonl, .jsonl.gz) into a collection, and what has left a folder out of it."""
    progress = Progress("", "", 1)
    report = opened(configured(index)).ingest(paths, progress.stage)
    progress.end()
    if as_json:
        failed = [{"place": error.place, "reason": error.reason} for error in report.failed]
        names = ("added", "updated", "unchanged", "removed", "left_out")
        passed_over = [asdict(each) for each in report.passed_over]
        lists = {name: list(getattr(report, name)) for name in names}
        print_json({**lists, "failed": failed, "passed_over": passed_over})
    else:
        print("\n".join(_lines(report)))
    for error in report.failed:
        print(f"hoidap: {error}", file=sys.stderr)
    if report.failed and not (report.added or report.updated or report.unchanged or report.left_out):
        raise typer.Exit(1)


def _lines(report: IngestReport) -> Iterator[str]:
    yield (
        f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged,"
        f" {len(report.removed)} removed, {len(report.failed)} failed"
    )
    if left_out := report.left_out:
        one = len(left_out) == 1
        again = f"`hoidap articles restore {left_out[0] if one else 'ID'}` brings {'it' if one else 'one'} back"
        yield f"{len(left_out)} left out, removed earlier: {', '.join(left_out)}; {again}"
    yield from map(str, report.passed_over)


@app.command("list")
def list_articles(index: Index = None, as_json: AsJson = False) -> None:
    """Show the articles: id, date, language, title."""
    from rag.index.store import Store

    rows = Store(configured(index).index).articles()
    if as_json:
        print_json([{k: v for k, v in asdict(row).items() if k != "text"} for row in rows])
        return
    for row in rows:
        print(f"{row.id}\t{row.published or '-'}\t{row.language}\t{row.title}")


@app.command()
def show(article_id: str, index: Index = None, as_json: AsJson = False) -> None:
    """Show one article whole."""
    from rag.errors import UsageError
    from rag.index.store import Store

    folder = configured(index).index
    article = Store(folder).article(article_id)
    if article is None:
        raise UsageError(f"{folder}: there is no article {article_id!r}; `hoidap articles list` shows their ids")
    if as_json:
        print_json(asdict(article))
    else:
        print(
            f"{article.title}\n{article.source} · {article.published or 'no date'} · {article.language}\n\n"
            f"{article.text}"
        )


@app.command()
def remove(article_ids: list[str], index: Index = None) -> None:
    """Remove articles by id; ingesting their folder again does not bring them back, `restore` does."""
    from rag.index.ingest import remove as run

    run(configured(index).index, article_ids)
    print(f"{len(set(article_ids))} removed")


@app.command()
def restore(article_ids: list[str], index: Index = None) -> None:
    """Bring removed articles back, as their files are now."""
    progress = Progress("", "", 1)
    report = opened(configured(index)).restore(article_ids, progress.stage)
    progress.end()
    print(f"{len(report.added)} restored")
