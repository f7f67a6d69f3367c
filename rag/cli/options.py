"""Options that several commands take, and the settings and the assistant that they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config

Index = Annotated[Path | None, typer.Option("--index", help="Folder of the collection [index/default].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Read addresses of this machine and of private networks, too.")
]
# What is counted while articles go in.
UNITS = {"reading": "articles", "embedding": "chunks"}
ModeOption = Annotated[
    str | None, typer.Option("--mode", help="extractive: quotes only; generative: a model phrases them.")
]
Caution = Annotated[
    str | None,
    typer.Option(help="When not to answer: never_wrong, careful, balanced, eager, always_try, or a number."),
]


def configured(index: Path | None, **sections: dict[str, Any]) -> Config:
    """The settings, with the options of the command line over them; an option that was not given is None."""
    from rag.config import load_config

    given = {name: {k: v for k, v in values.items() if v is not None} for name, values in sections.items()}
    return load_config(overrides={**given, **({"index": index} if index else {})})


def opened(config: Config) -> Assistant:
    """An assistant with these settings."""
    from rag.assistant import Assistant

    return Assistant.open(config)
