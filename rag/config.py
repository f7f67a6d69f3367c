"""The settings: one small frozen model, read from `hoidap.toml`, then the environment, then arguments."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from rag.errors import ConfigError

CONFIG_FILE = "hoidap.toml"
ENVIRONMENT_PREFIX = "HOIDAP_"

Mode = Literal["extractive", "generative"]
# Names for the confidence under which there is no answer; what each comes to is measured in the README.
CAUTION = {"never_wrong": 0.9, "careful": 0.6, "balanced": 0.4, "eager": 0.2, "always_try": 0.0}
Unsupported = Literal["drop", "mark"]


class Section(BaseModel):
    """A group of settings; an unknown name is an error, so that a typo is never silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(Section):
    """Where model files lie."""

    cache: Path | None = Field(default=None, description="folder of pulled models; the user's cache folder when unset")
    folder: Path | None = Field(default=None, description="a folder that is looked into before any download")


class EmbeddingSettings(Section):
    """Which model turns texts into vectors."""

    model: str = Field(default="multilingual-e5-small", description="a pinned model, a hub name, or a folder")
    query_prefix: str | None = Field(default=None, description="put before questions; the model's own when unset")
    passage_prefix: str | None = Field(default=None, description="put before passages; the model's own when unset")


class ChunkSettings(Section):
    """How articles are cut, in tokens of the embedding model."""

    size: int = Field(default=400, ge=32, le=512)
    overlap: int = Field(default=32, ge=0, le=256)


class RetrievalSettings(Section):
    """How many passages are looked at, and what orders them last."""

    candidates: int = Field(default=100, ge=10, le=1000, description="passages taken from each leg before fusion")
    top_n: int = Field(default=5, ge=1, le=100, description="passages handed to the search for evidence")
    rerank_model: str | None = Field(default=None, description="a cross-encoder that orders the best anew, if any")
    rerank_seconds: float = Field(default=2.0, gt=0, description="seconds until what is unread keeps its place")


def confidence_of(given: Any) -> float:
    """The confidence that a name stands for, or a number itself. Raises `ValueError` for any other."""
    try:
        found = CAUTION[given] if isinstance(given, str) and given in CAUTION else float(given)
    except (TypeError, ValueError):
        found = -1.0
    if isinstance(given, bool) or not 0.0 <= found <= 1.0:
        raise ValueError(f"{given!r} is neither one of {', '.join(CAUTION)} nor a number from 0 to 1")
    return found


def bolder_level(threshold: float) -> float:
    """The threshold of the next bolder level of `CAUTION` below one; 0 where there is none."""
    return max((each for each in CAUTION.values() if each < threshold), default=0.0)


class AnswerSettings(Section):
    """How an answer is made, and whether it is kept."""

    mode: Mode = Field(
        default="extractive", description="quotes, or a language model's words; these where a service is configured"
    )
    reader: bool = Field(default=True, description="whether the trained reader finds the words that answer")
    quotes: int = Field(default=3, ge=1, le=10, description="evidence sentences in an answer")
    refuse_below: Annotated[float, BeforeValidator(confidence_of)] = Field(
        default=CAUTION["balanced"], description="confidence under which there is no answer, or its name"
    )
    keep: bool = Field(default=True, description="whether answers are kept beside the collection, for `replay`")
    unsupported: Unsupported = Field(default="drop", description="what is done with a sentence that no quote bears out")


class LlmSettings(Section):
    """The language model: a pinned one in this process, or any server that speaks the OpenAI protocol."""

    model: str = Field(default="qwen2.5-coder-1.5b-instruct", description="a pinned model, a .gguf file, or `none`")
    base_url: str | None = Field(default=None, description="address of a hosted service, ending in /v1")
    api_key_env: str | None = Field(default=None, description="name of the environment variable that holds the key")
    max_tokens: int = Field(default=256, ge=16, le=4096)
    timeout: float = Field(default=120.0, gt=0, description="seconds until the answer falls back to quotes")


class UiSettings(Section):
    """The chat in the browser."""

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65535)
    language: Literal["auto", "vi", "en"] = Field(default="auto", description="`auto` is that of the reader's browser")


class Config(Section):
    """All settings; every section has working defaults."""

    index: Path = Path("index/default")
    models: ModelSettings = ModelSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    chunks: ChunkSettings = ChunkSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
    ui: UiSettings = UiSettings()

    @model_validator(mode="before")
    @classmethod
    def _written_by_a_service(cls, values: Any) -> Any:
        """Who configures a service wants its words; those of a model on this machine are asked for.

        Of 60 questions that people ask 34 were answered rightly by quotes, and 25 in the words of the default model.
        """
        if not isinstance(values, Mapping):  # settings that are made already
            return values
        llm, answer = values.get("llm"), values.get("answer", {})
        if isinstance(llm, Mapping) and llm.get("base_url") and isinstance(answer, Mapping):
            return {**values, "answer": {"mode": "generative", **answer}}
        return values


# pydantic-settings would save 18 lines here, but it passes over variables of sections that there are not, and its
# errors do not name the variable.
def load_config(
    path: Path | None = None,
    overrides: Mapping[str, Mapping[str, Any] | str | Path] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read the settings: the file, then variables such as `HOIDAP_LLM__MODEL`, then `overrides`.

    Overrides are section -> name -> value. Without `path` the file `hoidap.toml` of the working folder is read if there
    is one. Raises `ConfigError` naming the file or variable.
    """
    values = _read_file(path)
    variables: dict[str, str] = {}
    for key, value in (os.environ if environ is None else environ).items():
        if key.startswith(ENVIRONMENT_PREFIX):
            path_of_setting = key[len(ENVIRONMENT_PREFIX) :].lower().split("__")
            variables[".".join(path_of_setting)] = f" (from the variable {key})"
            _put(values, path_of_setting, value)
    for section, setting in (overrides or {}).items():
        if isinstance(setting, Mapping):
            for name, value in setting.items():
                _put(values, [section, name], value)
        else:
            _put(values, [section], setting)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        wrong = _unknown(where) if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"setting {where!r}{variables.get(where, '')}: {wrong}; see the settings in the README"
        ) from error


def _unknown(where: str) -> str:
    """What is said of a setting that there is not: the nearest, and those of its section."""
    sections = {
        name: field.default for name, field in Config.model_fields.items() if isinstance(field.default, Section)
    }
    settings = {name: list(type(section).model_fields) for name, section in sections.items()}
    section, _, name = where.rpartition(".")
    known = settings.get(section, list(Config.model_fields))
    elsewhere = [f"{other}.{name}" for other, names in settings.items() if name in names]
    alike = [f"{section}.{each}".lstrip(".") for each in difflib.get_close_matches(name, known, 1)]
    meant = "".join(f"did you mean {each!r}? " for each in (elsewhere or alike)[:1])
    return f"there is no such setting; {meant}{f'[{section}]' if section else 'the file'} has {', '.join(known)}"


def _read_file(path: Path | None) -> dict[str, Any]:
    file = path or Path(CONFIG_FILE)
    if path is None and not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); give an existing settings file") from error
    except ValueError as error:
        raise ConfigError(f"{file}: not valid TOML ({error})") from error


def _put(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"setting {'.'.join(path)!r}: {part!r} is not a section")
        values = inner
    values[path[-1]] = value
