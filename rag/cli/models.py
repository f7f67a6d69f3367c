"""The commands about models: listed, pulled, verified."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import AsJson, configured
from rag.cli.terminal import print_json, print_message, print_text, progress_bars

if TYPE_CHECKING:
    from rag.config import Config

app = typer.Typer(help="The models on this machine.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show the pinned models and whether their files are here."""
    from rag.models.registry import PINNED, models_folder

    folder = models_folder(configured(None).models)
    rows = [{**asdict(model), "present": (folder / model.file).is_file()} for model in PINNED]
    if as_json:
        print_json({"folder": str(folder), "models": rows})
        return
    print_text(f"in {folder}:")
    for row in rows:
        state = "present" if row["present"] else "absent"
        size = f"{row['size'] / 1e6:7.0f} MB"
        print_text(f"  {row['name']:<28} {state:<8} {size}  {row['licence']:<10}  {row['description']}")


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(help="Those of the settings when none.")] = None,
) -> None:
    """Get models and check their hashes; what is there already is kept."""
    from rag.models.pinned_embedding import exported_graph
    from rag.models.registry import find, models_folder, pull_hub_embedding
    from rag.models.registry import pull as pull_pinned

    config = configured(None)
    folder = models_folder(config.models)
    for name in names or _models_of(config):
        if "/" in name:
            pull_hub_embedding(name)
            continue
        model = find(name)
        with progress_bars("MB", 1e6) as progress:
            pull_pinned(model, folder, extra_folder=config.models.folder, progress=progress, say=print_message)
        if model.kind == "embedding":
            exported_graph(folder)
        print_text(f"{name}: ready")


@app.command()
def verify() -> None:
    """Compare the files that are here with their pinned hashes, and the exported graph with what was exported."""
    from rag.errors import ModelDamaged
    from rag.models.onnx import verify_graph
    from rag.models.pinned_embedding import graph_folder
    from rag.models.registry import PINNED, models_folder
    from rag.models.registry import verify as verify_pinned

    folder = models_folder(configured(None).models)
    graph = graph_folder(folder)
    checks = [
        (model.name, "as pinned", partial(verify_pinned, model, folder))
        for model in PINNED
        if (folder / model.file).is_file()
    ]
    if graph.is_dir():
        checks.append((graph.name, "as exported", partial(verify_graph, graph)))
    damaged: ModelDamaged | None = None
    for name, good, check in checks:
        try:
            check()
            print_text(f"{name}: {good}")
        except ModelDamaged as error:
            damaged = error
            print_text(f"{name}: damaged")
    if damaged:
        raise damaged


def _models_of(config: Config) -> list[str]:
    """The models of the settings that can be pulled."""
    local = config.llm.model != "none" and config.llm.base_url is None and not config.llm.model.endswith(".gguf")
    return [config.embedding.model, *([config.llm.model] if local else [])]
