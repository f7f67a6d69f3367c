"""The commands about gold questions: checked, imported from other formats, and drafted from a collection."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, Index, configured
from rag.cli.terminal import one_line, print_json, print_message, print_text, progress_bars

if TYPE_CHECKING:
    from rag.evaluation.gold_check import Check
    from rag.models.embedder import Embedder

app = typer.Typer(
    help="Gold questions, by which answers are measured: made and checked.", no_args_is_help=True, rich_markup_mode=None
)
Out = Annotated[Path, typer.Option(help="The file of gold questions that is written; it may not be there yet.")]


@app.command()
def check(
    gold: Annotated[list[Path], typer.Argument(help="Files of gold questions that are to be apart.")],
    index: Annotated[
        Path | None, typer.Option("--index", help="Folder of the collection; without it only the files are looked at.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find what is wrong with files of gold questions; fails on errors, not on remarks."""
    from rag.evaluation.gold_check import check as run
    from rag.index.sqlite_store import SqliteStore

    def embedder() -> Embedder:
        from rag.models.loading import load_embedder
        from rag.models.registry import models_folder

        config = configured(index)
        return load_embedder(config.embedding, models_folder(config.models))

    found = run(gold, SqliteStore(index) if index else None, embedder)
    if as_json:
        findings = [{**asdict(each), "error": each.error} for each in found.findings]
        counts = {"questions": found.questions, "errors": found.errors, "counts": dict(found.counts)}
        print_json({**counts, "findings": findings, "skipped": list(found.skipped)})
    else:
        _show(found)
    if found.errors:
        raise typer.Exit(1)


def _show(found: Check) -> None:
    """A line for each finding, but for those that are mostly meant so, and how many there are of each kind."""
    from rag.evaluation.gold_check import COUNTED

    for each in found.findings:
        if each.kind not in COUNTED:
            print_text(one_line(str(each)))
    remarks = len(found.findings) - found.errors
    print_text(f"{found.questions} questions, {found.errors} errors, {remarks} remarks")
    for kind, count in found.counts.items():
        print_text(f"{count:>6}  {kind}")
    for skipped in found.skipped:
        print_text(f"not looked at: {skipped}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="SQuAD's JSON (.json), or a table with column names (.csv, .tsv).")],
    out: Out,
    articles: Annotated[
        Path | None, typer.Option(help="Write the contexts of SQuAD here, to be ingested (.jsonl).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Language of questions and articles, as in vi.")] = None,
) -> None:
    """Make gold questions of a file in another format; what is bad in it is told and left out.

    Columns are question, answers, articles, id, history, tags, match, must_not and today; several values in a cell are
    parted by |, history is question|answer, tags are name=value.
    """
    from rag.evaluation.gold_import import check_new, read_foreign, write_lines

    for each in (out, articles):
        if each:
            check_new(each)
    found = read_foreign(file, language)
    write_lines(out, found.gold)
    if articles:
        write_lines(articles, found.articles)
    for passed_over in found.passed_over:
        print_message(f"passed over: {passed_over}")
    written = f", {len(found.articles)} articles" if articles else ""
    print_text(f"{len(found.gold)} questions{written}; {len(found.passed_over)} passed over")


@app.command()
def draft(
    out: Out,
    index: Index = None,
    count: Annotated[int, typer.Option(min=1, help="So many questions, drawn, the same each time.")] = 20,
    model: Annotated[
        str | None, typer.Option(help="The language model that asks; none: templates [that of the settings].")
    ] = None,
    article: Annotated[str | None, typer.Option(help="Only about this article.")] = None,
) -> None:
    """Propose questions about the collection's sentences; `hoidap eval` takes none before its `draft` is removed."""
    from rag.errors import UsageError
    from rag.evaluation.gold_draft import drafted
    from rag.evaluation.gold_import import check_new, write_lines
    from rag.index.sqlite_store import SqliteStore
    from rag.models.loading import load_llm

    check_new(out)
    config = configured(index, llm={"model": model})
    store, llm = SqliteStore(config.index), load_llm(config.llm, config.models)
    try:
        with progress_bars() as progress:
            made = drafted(store, count, article, llm, config.llm.timeout, progress)
    finally:
        if llm:
            llm.close()
    if not made.gold:
        raise UsageError("no sentence in Vietnamese or English made a question; ingest more, or name another --model")
    write_lines(out, made.gold)
    by = f"by {llm.name}, {made.passed_over} replies passed over" if llm else "by templates"
    then = f"correct each and remove its `draft`, then: hoidap gold check {out}"
    print_text(one_line(f"{len(made.gold)} drafts {by}; {then}"))


@app.command()
def add(
    out: Out,
    index: Index = None,
    from_feedback: Annotated[
        bool, typer.Option("--from-feedback", help="Of what readers of the chat said of its answers.")
    ] = False,
) -> None:
    """Propose gold questions of what readers said; `hoidap eval` takes none before its `draft` is removed."""
    from rag.conversations.conversation_store import FILE, ConversationStore
    from rag.errors import UsageError
    from rag.evaluation.gold_feedback import from_feedback as drafts_of
    from rag.evaluation.gold_import import check_new, write_lines

    if not from_feedback:
        raise UsageError("say what the questions are made of: --from-feedback")
    check_new(out)
    folder = configured(index).index
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{folder}: no conversation was kept there yet; ask something in the chat, and judge the answer"
        )
    lines = drafts_of(exchange for _, exchange in ConversationStore(folder).with_feedback())
    if not lines:
        raise UsageError(f"{folder}: nothing was said of any answer yet; judge some in the chat")
    write_lines(out, lines)
    then = f"correct each and remove its `draft`, then: hoidap gold check {out}"
    print_text(one_line(f"{len(lines)} drafts; {then}"))
