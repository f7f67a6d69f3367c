"""The data sets that the commands of training are given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Sets = Annotated[list[Path], typer.Argument(help="Question answering data sets (.jsonl, .jsonl.gz).")]
Articles = Annotated[Path | None, typer.Option(help="Articles that the sets refer to by id.")]

HeldOut = Annotated[
    list[Path] | None, typer.Option(help="Gold questions or articles to measure on, which are left out.")
]
