"""The command line: parse, call one thing, print. Exit status 0 done, 1 the work failed, 2 wrong use."""

from __future__ import annotations

import io
import logging
import os
import sqlite3
import sys
from typing import Annotated

import typer

from rag.cli import answers, articles, calibration, chat, evaluation, gold, models, sources, training, users
from rag.cli.terminal import LogFormatter, print_message
from rag.errors import HoidapError

# The status with which typer ends a command upon Ctrl-C, without a word.
_INTERRUPTED = 130
app = typer.Typer(
    help="Ask a collection of articles; every answer cites the exact sentence it rests on.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
# In the order in which `hoidap --help` lists them.
for command in (
    articles.ingest,
    sources.watch,
    articles.verify,
    answers.search,
    answers.ask,
    chat.serve,
    calibration.calibrate,
    answers.replay,
):
    app.command()(command)
for name, group in (
    ("models", models.app),
    ("articles", articles.app),
    ("sources", sources.app),
    ("users", users.app),
    ("eval", evaluation.app),
    ("gold", gold.app),
    ("train", training.app),
):
    app.add_typer(group, name=name)


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
    log = logging.StreamHandler()
    log.setFormatter(LogFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals that know no Vietnamese
    try:
        app()
    except HoidapError as error:
        print_message(f"hoidap: {error}")
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            print_message("hoidap: stopped")
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, sqlite3.Error) as error:  # the disk is full, say
        print_message(f"hoidap: {error}")
        sys.exit(1)
