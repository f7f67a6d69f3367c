"""The command that trains a reader from reading sets, and writes what serves it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import Index, configured, opened
from rag.cli.terminal import say
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config
    from rag.training.examples import HardNegatives

SHOWN_SECONDS = 30.0
Sets = Annotated[list[Path], typer.Argument(help="Reading sets (.jsonl, .jsonl.gz).")]
Articles = Annotated[Path | None, typer.Option(help="Articles that the sets refer to by id.")]

app = typer.Typer(help="Train the models that come with Hoidap.", no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train the models that come with Hoidap."""


@app.command()
def reader(
    sets: Sets,
    out: Annotated[Path, typer.Option(help="Folder of the weights; an interrupted training goes on there.")],
    examples: Annotated[int, typer.Option(min=64, help="How many examples are learnt from.")] = 16_896,
    articles: Articles = None,
    held_back: Annotated[
        list[Path] | None, typer.Option(help="Gold questions or articles to measure on, of which nothing is learnt.")
    ] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Learn from what --index finds in vain.")] = False,
    begin: Annotated[
        Path | None, typer.Option(help="A trained reader to start from: its folder, or its .onnx file.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads; more than one pay only on idle processors.")] = 1,
    seed: int = 1,
    index: Index = None,
) -> None:
    """Train the reader of answers, and write its graph as OUT/reader.onnx."""
    from rag.models.embedder import prepare, unpacked
    from rag.models.registry import models_folder
    from rag.models.tokenizer import UnigramTokenizer
    from rag.training.examples import Examples
    from rag.training.mixture import training_mixture
    from rag.training.qa_dataset import kept_apart
    from rag.training.trainer import Run
    from rag.training.trainer import train as run

    config = configured(index)
    apart = kept_apart(held_back or ())
    served = prepare(models_folder(config.models))
    found = _misses(opened(config), apart, seed) if misses else lambda _: ()
    questions = training_mixture(sets, articles, apart, found, seed)
    say(f"{len(questions)} questions, {sum(not each.answers for each in questions)} of them not answered")
    embedding = unpacked(models_folder(config.models))
    drawn = Examples(UnigramTokenizer(served), questions, examples, seed)
    weights = run(Run(out, embedding, examples, threads=threads, seed=seed, begin=begin), drawn, _Shown())
    _export(weights, out, config)


def _export(weights: Path, out: Path, config: Config) -> None:
    from rag.models.embedder import prepare, unpacked
    from rag.models.onnx.reader_graph import export_reader
    from rag.models.registry import models_folder

    models = models_folder(config.models)
    digest = export_reader(weights, out / "reader.onnx", unpacked(models), prepare(models))
    say(f"{out / 'reader.onnx'}: SHA-256 {digest}")


@app.command()
def mean(
    readers: Annotated[list[Path], typer.Argument(help="Folders or .onnx files of readers trained on from another.")],
    out: Annotated[Path, typer.Option(help="Folder of the mean.")],
) -> None:
    """The mean of the weights of trained readers, which keeps what each learnt, and its graph as OUT/reader.onnx."""
    from rag.training.trainer import mean as mean_of

    _export(mean_of(readers, out), out, configured(None))


@app.command()
def translate(
    sets: Sets,
    out: Annotated[Path, typer.Option(help="The reading set that is written; what stands there is done already.")],
    into: Annotated[str, typer.Option(help="The language: vi or en.")] = "en",
    own: Annotated[
        int | None, typer.Option(min=1, help="So many questions, drawn, before their own texts, in another language.")
    ] = None,
    articles: Articles = None,
    held_back: Annotated[
        list[Path] | None, typer.Option(help="Gold questions or articles to measure on, of which nothing is taken.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The language model that translates.")] = None,
    seed: int = 1,
) -> None:
    """Questions put into another language, before texts in it that say the same, or (--own) before their own."""
    from rag.models.llm import load_llm
    from rag.training.mixture import drawn, foreign
    from rag.training.qa_dataset import kept_apart, load_reading
    from rag.training.translation import line_of, translated, translated_id

    config = configured(None, llm={"model": model})
    llm = load_llm(config.llm, config.models)
    if llm is None:
        raise UsageError("a language model translates, and llm.model is none; name one with --model")
    done = {each.id for each in load_reading(out, {}, frozenset())} if out.is_file() else set()
    apart = kept_apart(held_back or ())
    found = drawn(sets, articles, apart, own, into, seed) if own else foreign(sets, articles, apart, into)
    asked = [each for each in found if translated_id(each, into) not in done]
    say(f"{len(asked)} questions")
    with out.open("a", encoding="utf-8") as file:
        for question in translated(asked, into, llm):
            file.write(line_of(question))
            file.flush()
    llm.close()


def _misses(assistant: Assistant, apart: frozenset[str], seed: int) -> HardNegatives:
    from rag.index.snapshot import Collection
    from rag.training.hard_negatives import hard_negatives

    snapshot = Collection(assistant.config.index, assistant.embedder).snapshot()
    return hard_negatives(snapshot, assistant.embedder, apart, seed)


class _Shown:
    """A line now and then: how many examples are done, and the mean loss of late."""

    def __init__(self) -> None:
        self._loss, self._shown = 0.0, time.monotonic()

    def __call__(self, done: int, loss: float) -> None:
        self._loss = 0.97 * self._loss + 0.03 * loss if self._loss else loss
        if time.monotonic() - self._shown > SHOWN_SECONDS:
            say(f"{done} examples, loss {self._loss:.3f}")
            self._shown = time.monotonic()
