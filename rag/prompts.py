"""The prompts of `prompts/`, one file for each task and language, checked when loaded and rendered to chat messages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import PromptError

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

_PACKAGED = Path(__file__).parent / "_prompts"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "prompts"
# A retry goes on where the answer ended, so that all before it stays in the model's cache.
VARIABLES: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"question", "evidence"}),
    "gold": frozenset({"title", "sentence"}),
    "judge": frozenset({"question", "evidence", "answer"}),
    "retry": frozenset({"answer"}),
    "standalone": frozenset({"question", "history"}),
    "translate": frozenset({"question"}),
}
LANGUAGES = ("vi", "en")
# The tokens by which models part the turns of a chat, with the name of a role behind one that opens a turn.
CHAT_TOKENS = re.compile(
    r"(?:<[|｜](?:im_start|start_header_id)[|｜]>|<start_of_turn>)(?:\s{0,3}(?:system|user|assistant|model)\b)?"
    r"|<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|<end_of_turn>|\[/?INST\]|<</?SYS>>"
    r"|(?<!#)##+ ?(?:instruction|response|system) ?:?",
    re.IGNORECASE,
)
_BROKEN_TOKENS = re.compile(r"<(?=[|｜/a-zA-Z])|(?<=[|｜])>")
_MARKERS = re.compile(r"\[([\d,; ]+)\]")


def template(task: str, language: str, folder: Path = FOLDER) -> Path:
    """The file of a task in a language; English for a language that has none."""
    return folder / f"{task}.{language if language in LANGUAGES else 'en'}.jinja"


def fingerprint(task: str, language: str, folder: Path = FOLDER) -> str:
    """SHA-256 of the prompt file."""
    return hashlib.sha256(_read(template(task, language, folder)).encode()).hexdigest()


def render(task: str, language: str, values: Mapping[str, str], folder: Path = FOLDER) -> list[ChatMessage]:
    """The chat messages of a task. Values are put in as they are: they are never read as template or role.

    Raises `PromptError` when the file is missing, cannot be parsed, or has other variables than those of the task.
    """
    from jinja2 import TemplateSyntaxError
    from llama_index.core.prompts import RichPromptTemplate

    path = template(task, language, folder)
    try:
        prompt = RichPromptTemplate(_read(path))
        named = set(prompt.template_vars)
    except TemplateSyntaxError as error:
        raise PromptError(f"{path}:{error.lineno}: {error.message}") from error
    if named != VARIABLES[task] or set(values) != VARIABLES[task]:
        wanted = ", ".join(sorted(VARIABLES[task]))
        raise PromptError(f"{path}: its variables are {', '.join(sorted(named)) or 'none'}; they must be {wanted}")
    return prompt.format_messages(None, **values)


def neutral(text: str) -> str:
    """Text that cannot pass for a marker, or for the tokens by which a model's roles are parted."""
    return _BROKEN_TOKENS.sub(" ", without_markers(" ".join(CHAT_TOKENS.sub(" ", text).split())))


def without_markers(text: str) -> str:
    """Text whose markers `[n]` stand in round brackets."""
    return _MARKERS.sub(r"(\1)", text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptError(f"{path}: cannot be read ({error.strerror})") from error
