"""The commands about the articles of a collection: ingested, verified, listed, shown, removed, restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.options import UNITS, AllowPrivate, AsJson, Index, configured, opened
from rag.cli.terminal import one_line, print_json, print_message, print_text, progress_bars

if TYPE_CHECKING:
    from rag.index.ingest_report import IngestReport

_READ = (
    "Files, folders and web addresses: .txt, .md, .html, .htm, .pdf, .docx, .pptx, .xlsx, .epub, .eml, .csv, .tsv,"
    " .jsonl, .jsonl.gz, and these in .zip, .tar, .tar.gz and .tgz."
)
# Of articles that were repaired, so many are named.
_NAMED = 3

app = typer.Typer(help="The articles of a collection.", no_args_is_help=True, rich_markup_mode=None)


def ingest(
    paths: Annotated[list[str], typer.Argument(help=_READ)],
    index: Index = None,
    as_json: AsJson = False,
    allow_private: AllowPrivate = False,
) -> None:
    """Read articles into a collection, and what has left a folder out of it."""
    with progress_bars(units=UNITS) as progress:
        report = opened(configured(index)).ingest(paths, progress, allow_private=allow_private)
    if as_json:
        print_json(report_json(report))
    else:
        for line in report_lines(report):
            print_text(line)
    for error in report.failed:
        print_message(f"hoidap: {error}")
    if report.failed and not (report.added or report.updated or report.unchanged or report.left_out):
        raise typer.Exit(1)


def report_json(report: IngestReport) -> dict[str, Any]:
    """What an ingestion did, as JSON has it."""
    failed = [{"place": error.place, "reason": error.reason} for error in report.failed]
    names = ("added", "updated", "unchanged", "removed", "left_out")
    passed_over = [asdict(each) for each in report.passed_over]
    repaired = [asdict(each) for each in report.repaired]
    lists = {name: list(getattr(report, name)) for name in names}
    return {**lists, "failed": failed, "passed_over": passed_over, "repaired": repaired}


def report_lines(report: IngestReport) -> Iterator[str]:
    """What an ingestion did, as lines for a reader; its failures are only counted."""
    yield (
        f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged,"
        f" {len(report.removed)} removed, {len(report.failed)} failed"
    )
    if left_out := report.left_out:
        article_id, what = (one_line(left_out[0]), "it") if len(left_out) == 1 else ("ID", "one")
        again = f"`hoidap articles restore {article_id}` brings {what} back"
        yield f"{len(left_out)} left out, removed earlier: {one_line(', '.join(left_out))}; {again}"
    for what in sorted({each.what for each in report.repaired}):
        repaired = [each.article_id for each in report.repaired if each.what == what]
        more = f" and {len(repaired) - _NAMED} more" if len(repaired) > _NAMED else ""
        yield one_line(f"{len(repaired)} repaired: {what} ({', '.join(repaired[:_NAMED])}{more})")
    yield from (one_line(str(each)) for each in report.passed_over)


def verify(index: Index = None, as_json: AsJson = False) -> None:
    """Read the whole collection and compare it with the hashes kept of it; exit status 1 when anything is damaged."""
    from rag.index.integrity import integrity

    folder = configured(index).index
    found = integrity(folder)
    if as_json:
        print_json({**asdict(found), "whole": found.whole})
    else:
        for article_id in found.articles:
            print_text(f"{one_line(article_id)}: damaged; ingest its file again, or remove it")
        for line in found.database:
            print_text(f"the database: {one_line(line)}; ingest into a new --index")
        if found.without_hashes:
            print_text(f"{found.without_hashes} of an earlier version, which kept no hashes but those of passages")
        print_text(f"{folder}: {'as it was written' if found.whole else 'damaged'}")
    if not found.whole:
        raise typer.Exit(1)


@app.command("list")
def list_articles(index: Index = None, as_json: AsJson = False) -> None:
    """Show the articles: id, date, language, title."""
    from rag.index.sqlite_store import SqliteStore

    rows = SqliteStore(configured(index).index).articles()
    if as_json:
        print_json([{k: v for k, v in asdict(row).items() if k != "text"} for row in rows])
        return
    for row in rows:
        print_text("\t".join(map(one_line, (row.id, row.published or "-", row.language, row.title))))


@app.command()
def show(article_id: str, index: Index = None, as_json: AsJson = False) -> None:
    """Show one article whole: by whom and of when it is, which lines are captions, and which teasers stand below it."""
    from rag.documents.captions import with_captions_marked
    from rag.errors import UsageError
    from rag.index.sqlite_store import SqliteStore
    from rag.index.store import page_of

    folder = configured(index).index
    store = SqliteStore(folder)
    article = store.article(article_id)
    if article is None:
        raise UsageError(f"{folder}: there is no article {article_id!r}; `hoidap articles list` shows their ids")
    teasers = [each for each in store.articles() if each.teaser_of == article.id]
    if as_json:
        print_json({**asdict(article), "teasers": [each.id for each in teasers]})
        return
    about = (
        article.author and f"by {article.author}",
        article.source,
        article.published or "no date",
        article.language,
    )
    print_text(f"{one_line(article.title)}\n{' · '.join(one_line(each) for each in about if each)}")
    if page := page_of(article.teaser_of, store):
        print_text(f"only announced, on the page “{one_line(page.title)}” ({one_line(page.id)})")
    print_text(f"\n{with_captions_marked(article.text)}")
    if teasers:
        print_text("\nTeasers on its page:")
    for each in teasers:
        print_text(f"  {one_line(each.title)} · {each.published or 'no date'} · {one_line(each.id)}")


@app.command()
def remove(article_ids: list[str], index: Index = None) -> None:
    """Remove articles by id; ingesting their folder again does not bring them back, `restore` does."""
    from rag.index.ingest import remove as remove_articles

    remove_articles(configured(index).index, article_ids)
    print_text(f"{len(set(article_ids))} removed")


@app.command()
def restore(article_ids: list[str], index: Index = None, allow_private: AllowPrivate = False) -> None:
    """Bring removed articles back, as their files or addresses are now."""
    with progress_bars(units=UNITS) as progress:
        report = opened(configured(index)).restore(article_ids, progress, allow_private=allow_private)
    print_text(f"{len(report.added)} restored")
