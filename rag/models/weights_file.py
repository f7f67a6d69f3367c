"""Weights files: fitted numbers as data, with the sets they were fitted on and how well they did on other questions.

`rag/weights/NAME.json` holds the numbers of one module, `hoidap train weights` writes it. They ship with the package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from rag.errors import ModelDamaged

FOLDER = Path(__file__).parents[1] / "weights"
# The version of the layout of these files; a file of another one is refused.
FORMAT = 1
# How weights are validated: no field that is not known, no text in place of a number, no infinity.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

W = TypeVar("W")
_ROW = re.compile(r"\[[\s\d.,e+-]+\]")
_in_use: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, config=STRICT)
class TrainingSet:
    """A set that weights were fitted on.

    `sha256` is that of its file and `questions` how many of its questions were used; None where this was not recorded.
    """

    name: str
    sha256: str | None
    questions: int | None


@dataclass(frozen=True, slots=True, config=STRICT)
class WeightsFile(Generic[W]):
    """Weights, and where they come from.

    `split` says which questions of `fitted_on` were used, and the seed they were drawn with; `not_fitted` which of the
    weights are no result of it, and why they are what they are; `held_out` are measures on the questions of the
    same sets that were not used, by name.
    """

    weights: W
    made_by: str
    fitted_on: tuple[TrainingSet, ...]
    split: str
    not_fitted: Mapping[str, str] = field(default_factory=dict)
    held_out: Mapping[str, float] = field(default_factory=dict)
    format: int = FORMAT


def read_weights(name: str, kind: type[W], folder: Path = FOLDER) -> WeightsFile[W]:
    """The weights file of that name, with weights of that dataclass.

    Raises `ModelDamaged` when it is missing, of another format, or lacks a weight or has an unknown one.
    """
    path = folder / f"{name}.json"
    try:
        text = path.read_text(encoding="utf-8")
        found = TypeAdapter(WeightsFile[kind]).validate_json(text)  # type: ignore[valid-type]
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ModelDamaged(f"{path}: cannot be used ({error}); install Hoidap again") from error
    if found.format != FORMAT:
        raise ModelDamaged(f"{path}: has format {found.format}, and format {FORMAT} is read; install Hoidap again")
    return found


def weights_in_use(name: str, kind: type[W]) -> W:
    """The weights of that name that ship with the package, read once, or those that `using_weights` put in their place.

    Raises `ModelDamaged`, see `read_weights`.
    """
    if name not in _in_use:
        _in_use[name] = read_weights(name, kind).weights
    return cast(W, _in_use[name])


@contextmanager
def using_weights(name: str, weights: Any) -> Iterator[None]:
    """Put other weights of that name in use, in the whole process, until the block ends: to fit and measure them."""
    before = _in_use.get(name)
    _in_use[name] = weights
    try:
        yield
    finally:
        if before is None:
            del _in_use[name]
        else:
            _in_use[name] = before


def write_weights(name: str, file: WeightsFile[Any], folder: Path = FOLDER) -> Path:
    """Write a weights file, the same bytes for the same content, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    text = json.dumps(asdict(file), ensure_ascii=False, indent=1)
    # Numbers of one row in one line.
    text = _ROW.sub(lambda row: " ".join(row[0].split()).replace("[ ", "[").replace(" ]", "]"), text)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path
