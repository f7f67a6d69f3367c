"""The commands about the articles of a collection: listed, shown, removed, restored."""

from __future__ import annotations

from dataclasses import asdict

import typer

from rag.options import AsJson, Index, configured, opened
from rag.terminal import Progress, print_json

app = typer.Typer(help="The articles of a collection.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_articles(index: Index = None, as_json: AsJson = False) -> None:
    """Show the articles: id, date, language, title."""
    from rag.store import Store

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
    from rag.store import Store

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
    from rag.ingest import remove as run

    run(configured(index).index, article_ids)
    print(f"{len(set(article_ids))} removed")


@app.command()
def restore(article_ids: list[str], index: Index = None) -> None:
    """Bring removed articles back, as their files are now."""
    progress = Progress("", "", 1)
    report = opened(configured(index)).restore(article_ids, progress.stage)
    progress.end()
    print(f"{len(report.added)} restored")
