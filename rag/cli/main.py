"""The command line: parse, call one thing, print. Exit status 0 done, 1 the work failed, 2 wrong use."""

from __future__ import annotations

import io
import logging
import os
import sqlite3
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import articles
from rag.cli import evaluation as eval_commands
from rag.cli import gold as gold_commands
from rag.cli import training as teaching
from rag.cli.checks import calibrate, replay
from rag.cli.options import SHOWN, AsJson, Caution, Index, ModeOption, configured, opened
from rag.cli.terminal import Progress, print_json, say
from rag.errors import HoidapError

if TYPE_CHECKING:
    from rag.config import Config
    from rag.index.filter import Filter
    from rag.models.llm import LanguageModel

Since = Annotated[str | None, typer.Option(help="Only articles from this date on: 2016, 2016-07 or 2016-07-21.")]
Until = Annotated[str | None, typer.Option(help="Only articles up to this date.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only sources that hold this; may be repeated.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only this language; may be repeated.")]
Articles = Annotated[list[str] | None, typer.Option("--article", help="Only this article; may be repeated.")]

app = typer.Typer(
    help="Ask a collection of articles; every answer cites the exact sentence it rests on.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="The models on this machine.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(models_app, name="models")
app.add_typer(articles.app, name="articles")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"hoidap {version('hoidap')}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """What comes before any command."""


def main() -> None:
    """Run the command line; an expected failure is one line on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals that know no Vietnamese
    try:
        app()
    except HoidapError as error:
        print(f"hoidap: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("hoidap: stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, sqlite3.Error) as error:  # the disk is full, say
        print(f"hoidap: {error}", file=sys.stderr)
        sys.exit(1)


@models_app.command("list")
def models_list(as_json: AsJson = False) -> None:
    """Show the pinned models and whether their files are here."""
    from rag.models.registry import PINNED, models_folder

    folder = models_folder(configured(None).models)
    rows = [{**asdict(model), "present": (folder / model.file).is_file()} for model in PINNED]
    if as_json:
        print_json({"folder": str(folder), "models": rows})
        return
    print(f"in {folder}:")
    for row in rows:
        state = "present" if row["present"] else "absent"
        print(f"  {row['name']:<28} {state:<8} {row['size'] / 1e6:7.0f} MB  {row['licence']:<10}  {row['description']}")


@models_app.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(help="Those of the settings when none.")] = None,
) -> None:
    """Get models and check their hashes; what is there already is kept."""
    from rag.models.embedder import prepare
    from rag.models.registry import find, models_folder, pull, pull_hub_embedding

    config = configured(None)
    folder = models_folder(config.models)
    for name in names or _models_of(config):
        if "/" in name:
            pull_hub_embedding(name)
            continue
        model = find(name)
        pull(model, folder, extra_folder=config.models.folder, progress=Progress(name, "MB", 1e6), say=say)
        if model.kind == "embedding":
            prepare(folder)
        print(f"{name}: ready")


@models_app.command("verify")
def models_verify() -> None:
    """Compare the files that are here with their pinned hashes."""
    from rag.errors import ModelDamaged
    from rag.models.registry import PINNED, models_folder, verify

    folder = models_folder(configured(None).models)
    damaged: ModelDamaged | None = None
    for model in PINNED:
        if not (folder / model.file).is_file():
            continue
        try:
            verify(model, folder)
            print(f"{model.name}: as pinned")
        except ModelDamaged as error:
            damaged = error
            print(f"{model.name}: damaged")
    if damaged:
        raise damaged


app.command()(articles.ingest)


@app.command()
def search(
    question: str,
    index: Index = None,
    top: Annotated[int, typer.Option(min=1, max=100)] = 5,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    language: Languages = None,
    article: Articles = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages nearest to a question."""
    only = _filter(since, until, source, language, article)
    passages = opened(configured(index)).search(question, top_n=top, only=only)
    if as_json:
        print_json([asdict(passage) for passage in passages])
        return
    for rank, passage in enumerate(passages, start=1):
        print(f"{rank}. {passage.title}  ({passage.published or 'no date'}, score {passage.score:.2f})")
        print(f"   {passage.article_id}, characters {passage.start}-{passage.end}")
        print("   " + passage.text.replace("\n", "\n   ") + "\n")


@app.command()
def ask(
    question: str,
    index: Index = None,
    mode: ModeOption = None,
    caution: Caution = None,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    language: Languages = None,
    article: Articles = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question, with the quotes that the answer rests on and where they stand."""
    only = _filter(since, until, source, language, article)
    assistant = opened(configured(index, answer={"mode": mode, "refuse_below": caution}))
    # Asked for, not only set: `replay` then asks with it again.
    threshold = None if caution is None else assistant.config.answer.refuse_below
    try:
        answer = assistant.ask(question, only=only, refuse_below=threshold)
    finally:
        assistant.close()
    if as_json:
        print_json({"question": answer.question, **asdict(answer)})
        return
    print(answer.text)
    if answer.notice:
        print(f"\n({answer.notice})")
    for caveat in answer.caveats:
        print(f"\n{caveat}")
    for citation in answer.citations:
        quote = citation.quote
        doubt = {"partly": "  (borne out only in part)", "unsupported": "  (not borne out)"}.get(citation.support, "")
        print(f"\n[{citation.marker}] “{quote.text}”{doubt}")
        print(f"    {quote.title} · {quote.published or 'no date'} · {quote.source}")
        print(f"    {quote.article_id}, characters {quote.start}-{quote.end}")
    if answer.status == "refused" and answer.passages:
        print("\nNearest, though it may not answer:")
        for passage in answer.passages[:3]:
            print(f"  {passage.title} · {passage.published or 'no date'} · {passage.article_id}")
    if assistant.config.answer.keep:
        print(f"\nid {answer.id[:SHOWN]}")


@app.command()
def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [7860].")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the page: vi or en [vi].")] = None,
    no_password: Annotated[
        bool, typer.Option("--i-know-there-is-no-password", help="Serve the chat to other machines than this one.")
    ] = False,
) -> None:
    """Start the chat in the browser."""
    from rag.errors import ModelError, UsageError
    from ui.guard import is_loopback

    page = {"host": host, "port": port, "language": language}
    config = configured(index, ui=page)
    if not (no_password or is_loopback(config.ui.host)):
        raise UsageError(
            f"host {config.ui.host!r} can be reached from other machines, and the chat has no users, no password and no"
            " limits: whoever reaches it asks what they like and reads every article; keep to 127.0.0.1, or add"
            " --i-know-there-is-no-password where only the right people can reach it"
        )
    from ui.app import serve as serve_chat

    assistant = opened(config)
    try:
        llm = assistant.llm
    except ModelError as error:
        say(f"starting without a language model, answers are quotes: {error}")
        assistant = opened(configured(index, ui=page, llm={"model": "none"}))
        llm = None
    assistant.status()
    if llm is not None:
        threading.Thread(target=_warm, args=(llm,), daemon=True).start()
    try:
        serve_chat(assistant, config.ui.host, config.ui.port, config.ui.language)
    finally:
        assistant.close()


app.add_typer(eval_commands.app, name="eval")
app.add_typer(gold_commands.app, name="gold")
app.command()(calibrate)
app.command()(replay)
app.add_typer(teaching.app, name="train")


def _filter(since: str | None, until: str | None, *lists: list[str] | None) -> Filter:
    from rag.index.filter import Filter

    return Filter(since, until, *(tuple(each or ()) for each in lists))


def _models_of(config: Config) -> list[str]:
    """The models of the settings that can be pulled."""
    local = config.llm.model != "none" and config.llm.base_url is None and not config.llm.model.endswith(".gguf")
    return [config.embedding.model, *([config.llm.model] if local else [])]


def _warm(llm: LanguageModel) -> None:
    """Load the language model while the reader looks at the page; if it does not load, the first answer says so."""
    from rag.errors import GenerationError

    try:
        llm.warm()
    except GenerationError as error:
        say(str(error))
