"""The command that serves the chat in the browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import Index, configured, opened
from rag.cli.terminal import print_message

if TYPE_CHECKING:
    from rag.models.llm import LanguageModel


def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [7860].")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the page: vi, en, or auto for the browser's [auto].")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="A host name by which the chat is opened too; may be repeated.")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(help="IP address of a proxy, which is believed for whom it asks.")
    ] = None,
    user_header: Annotated[
        str | None, typer.Option(help="Header in which that proxy names the user, instead of a login here.")
    ] = None,
) -> None:
    """Start the chat in the browser."""
    from rag.errors import ModelError
    from ui.sharing import Sharing

    page = {"host": host, "port": port, "language": language}
    config = configured(index, ui=page)
    sharing = Sharing.of(config.index, config.ui.host, proxy or "", user_header or "")
    from ui.server import serve as serve_chat

    assistant = opened(config)
    try:
        llm = assistant.llm
    except ModelError as error:
        print_message(f"starting without a language model, answers are quotes: {error}")
        assistant = opened(configured(index, ui=page, llm={"model": "none"}))
        llm = None
    assistant.status()
    if llm is not None and config.answer.mode == "generative":
        threading.Thread(target=_warm, args=(llm,), daemon=True).start()
    try:
        serve_chat(assistant, sharing, config.ui.host, config.ui.port, config.ui.language, name or ())
    finally:
        assistant.close()


def _warm(llm: LanguageModel) -> None:
    """Load the language model while the page is opened; if it does not load, the first answer says so."""
    from rag.errors import GenerationError

    try:
        llm.warm()
    except GenerationError as error:
        print_message(str(error))
