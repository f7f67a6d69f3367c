"""The sets that quality is measured on: a file each in `sets/`, their floors in `floors/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import GoldQuestion, draw, load_gold
from rag.evaluation.report import Report, report_of
from rag.evaluation.run import run
from rag.progress import Progress

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Gold questions over articles, as paths in this checkout, or where `data` is set in the folder of the data.

    `language` keeps of the articles those in it; `limit` draws so many of the questions; `caution` is the refusal that
    they are asked under. Where `asked` names a parallel file, its questions are asked in place of those of `gold`, by
    their ids less what stands before the first dash.
    """

    name: str
    gold: str
    articles: tuple[str, ...]
    about: str
    data: bool = False
    language: str | None = None
    asked: str | None = None
    limit: int | None = None
    caution: str = "balanced"

    @property
    def floors(self) -> Path:
        """The file of its floors."""
        return FOLDER / "floors" / f"{self.name}.json"

    def questions(self, data: Path | None) -> list[GoldQuestion]:
        """The questions that are asked."""
        folder = self.folder(data)
        gold = draw(load_gold(folder / self.gold), self.limit)
        if self.asked is None:
            return gold
        others = {each.id.partition("-")[2]: each.question for each in load_gold(folder / self.asked)}
        return [replace(each, question=others[each.id.partition("-")[2]]) for each in gold]

    def folder(self, data: Path | None) -> Path:
        """The folder that its paths are in."""
        if not self.data:
            return ROOT
        assert data is not None, f"{self.name} needs the folder of the data"
        return data


def load_sets(folder: Path = FOLDER / "sets") -> list[GoldSet]:
    """All sets, in order of name."""
    found = []
    for file in sorted(folder.glob("*.toml")):
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        found.append(GoldSet(file.stem, **{**values, "articles": tuple(values["articles"])}))
    return found


def ingested(each: GoldSet, data: Path | None, indexes: Path) -> Path:
    """The collection of a set, brought to what its articles are now."""
    index = indexes / "-".join((*(path.replace("/", "-") for path in each.articles), each.language or "all"))
    paths = [each.folder(data) / path for path in each.articles]
    if each.language:
        paths = [_only(path, each.language, indexes) for path in paths]
    report = Assistant.open(load_config(overrides={"index": index})).ingest(paths)
    assert not report.failed, report.failed
    return index


def measured(
    each: GoldSet, data: Path | None, indexes: Path, out: Path | None = None, progress: Progress = lambda *_: None
) -> Report:
    """The report of a set; with `out` a run that was cut off goes on."""
    answer = {"mode": "extractive", "refuse_below": each.caution}
    index = ingested(each, data, indexes)
    config = load_config(overrides={"index": index, "answer": answer, "llm": {"model": "none"}})
    return report_of(each.name, *run(config, each.questions(data), out, progress))


def _only(path: Path, language: str, folder: Path) -> Path:
    """The lines of a file of articles that are in a language, in a file of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{path.stem}.{language}.jsonl"
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if f'"language": "{language}"' in line)
    kept.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return kept
