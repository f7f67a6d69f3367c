"""The commands that train the networks, and that make data sets for them."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import fitting
from rag.cli.options import Index, configured, opened
from rag.cli.terminal import print_message
from rag.cli.training_sets import Articles, HeldOut, Sets
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config
    from rag.training.hard_negatives import HardNegatives

_LINE_SECONDS = 30.0
app = typer.Typer(help="Train the models that come with Hoidap.", no_args_is_help=True)
app.add_typer(fitting.app)


@app.callback()
def train() -> None:
    """Train the models that come with Hoidap."""


@app.command()
def reader(
    sets: Sets,
    out: Annotated[Path, typer.Option(help="Folder of the weights; an interrupted training goes on there.")],
    examples: Annotated[int, typer.Option(min=64, help="How many examples it is trained on.")] = 16_896,
    articles: Articles = None,
    held_out: HeldOut = None,
    with_hard_negatives: Annotated[
        bool, typer.Option("--hard-negatives", help="Train on what --index finds that does not answer, too.")
    ] = False,
    begin: Annotated[
        Path | None, typer.Option(help="A trained reader to start from: its folder, or its .onnx file.")
    ] = None,
    frozen: Annotated[
        int, typer.Option(min=0, max=12, help="So many of the first layers stay as they are, which trains faster.")
    ] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Threads; more than one pay only on idle processors.")] = 1,
    seed: int = 1,
    index: Index = None,
) -> None:
    """Train the reader of answers, and write its graph as OUT/reader.onnx."""
    from rag.models.pinned_embedding import exported_graph, unpacked_weights
    from rag.models.registry import models_folder
    from rag.models.tokenizer import UnigramTokenizer
    from rag.training.examples import TrainingExamples
    from rag.training.mixture import training_mixture
    from rag.training.qa_dataset import held_out_keys
    from rag.training.trainer import TrainingRun
    from rag.training.trainer import train as run

    config = configured(index)
    excluded = held_out_keys(held_out or ())
    served = exported_graph(models_folder(config.models))
    negatives = _hard_negatives(opened(config), excluded, seed) if with_hard_negatives else lambda _: ()
    records = training_mixture(sets, articles, excluded, negatives, seed)
    print_message(f"{len(records)} questions, {sum(not each.answers for each in records)} of them without an answer")
    embedding = unpacked_weights(models_folder(config.models))
    stream = TrainingExamples(UnigramTokenizer(served), records, examples, seed)
    training = TrainingRun(out, embedding, examples, threads=threads, seed=seed, begin=begin, frozen=frozen)
    weights = run(training, stream, _LossLines())
    _export(weights, out, config)


def _export(weights: Path, out: Path, config: Config) -> None:
    from rag.models.onnx import export_reader
    from rag.models.pinned_embedding import exported_graph, unpacked_weights
    from rag.models.registry import models_folder

    models = models_folder(config.models)
    digest = export_reader(weights, out / "reader.onnx", unpacked_weights(models), exported_graph(models))
    print_message(f"{out / 'reader.onnx'}: SHA-256 {digest}")


@app.command()
def average(
    readers: Annotated[list[Path], typer.Argument(help="Folders or .onnx files of readers trained on from another.")],
    out: Annotated[Path, typer.Option(help="Folder of the average.")],
) -> None:
    """Average the weights of trained readers, which keeps what each learnt, and write its graph as OUT/reader.onnx."""
    from rag.training.trainer import average_weights

    _export(average_weights(readers, out), out, configured(None))


@app.command()
def entailment(
    sets: Annotated[
        list[str],
        typer.Argument(help="Entailment or question answering data sets (.jsonl, .jsonl.gz); FILE=N draws N."),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the weights; an interrupted training goes on there.")],
    examples: Annotated[int, typer.Option(min=64, help="How many examples it is trained on.")] = 16_384,
    articles: Articles = None,
    begin: Annotated[Path | None, typer.Option(help="The reader whose encoder it starts from.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads; more than one pay only on idle processors.")] = 1,
    seed: int = 1,
) -> None:
    """Train what says whether a text bears a statement out, and write its graph as OUT/entailment.onnx."""
    from rag.models.onnx import export_entailment
    from rag.models.pinned_embedding import exported_graph, unpacked_weights
    from rag.models.reader import READER
    from rag.models.registry import models_folder
    from rag.models.tokenizer import UnigramTokenizer
    from rag.training.entailment import EntailmentExamples, EntailmentNetwork
    from rag.training.entailment_dataset import entailment_mixture
    from rag.training.qa_dataset import load_articles
    from rag.training.trainer import TrainingRun
    from rag.training.trainer import train as run

    drawn = [(Path(name), int(count) if count else None) for name, _, count in (each.partition("=") for each in sets)]
    models = models_folder(configured(None).models)
    embedding, served = unpacked_weights(models), exported_graph(models)
    records = entailment_mixture(drawn, load_articles(articles) if articles else {}, seed)
    print_message(f"{len(records)} examples")
    stream = EntailmentExamples(UnigramTokenizer(served), records, examples, seed)
    training = TrainingRun(out, embedding, examples, threads=threads, seed=seed, begin=begin or READER)
    weights = run(training, stream, _LossLines(), EntailmentNetwork)
    digest = export_entailment(weights, out / "entailment.onnx", embedding, served)
    print_message(f"{out / 'entailment.onnx'}: SHA-256 {digest}")


@app.command()
def translate(
    sets: Sets,
    out: Annotated[Path, typer.Option(help="The data set that is written; what stands there is done already.")],
    into: Annotated[str, typer.Option(help="The language: vi or en.")] = "en",
    own: Annotated[
        int | None,
        typer.Option(min=1, help="A random sample of so many questions, before their own texts in another language."),
    ] = None,
    articles: Articles = None,
    held_out: HeldOut = None,
    model: Annotated[str | None, typer.Option(help="The language model that translates.")] = None,
    seed: int = 1,
) -> None:
    """Translate questions for the reader, before parallel texts in that language, or (--own) before their own."""
    from rag.models.loading import load_llm
    from rag.training.mixture import parallel_records, sample_records
    from rag.training.qa_dataset import held_out_keys, json_line, load_qa_dataset
    from rag.training.translation import translated, translated_id

    config = configured(None, llm={"model": model})
    llm = load_llm(config.llm, config.models)
    if llm is None:
        raise UsageError("a language model translates, and llm.model is none; name one with --model")
    done = {each.id for each in load_qa_dataset(out, {}, frozenset())} if out.is_file() else set()
    excluded = held_out_keys(held_out or ())
    if own:
        records = sample_records(sets, articles, excluded, own, into, seed)
    else:
        records = parallel_records(sets, articles, excluded, into)
    missing = [each for each in records if translated_id(each, into) not in done]
    print_message(f"{len(missing)} questions")
    with out.open("a", encoding="utf-8") as file:
        for record in translated(missing, into, llm):
            file.write(json_line(record))
            file.flush()
    llm.close()


@app.command()
def asked(
    sets: Sets,
    out: Annotated[Path, typer.Option(help="The data set that is written.")],
    typed: Annotated[
        list[Path], typer.Option(help="Pairs of texts as they were typed (error) and meant (correct), one a line.")
    ],
    articles: Articles = None,
    held_out: HeldOut = None,
    seed: int = 1,
) -> None:
    """Put the questions of data sets as people ask: some for yes or no, some as they are typed in a chat."""
    from rag.training.asked_questions import as_asked
    from rag.training.qa_dataset import held_out_keys, json_line, load_articles, load_qa_dataset
    from rag.training.typed_questions import learn_slips

    known, excluded = load_articles(articles) if articles else {}, held_out_keys(held_out or ())
    slips, rng = learn_slips(typed), random.Random(seed)
    with out.open("w", encoding="utf-8") as file:
        for path in sets:
            file.writelines(map(json_line, as_asked(load_qa_dataset(path, known, excluded), slips, rng)))


def _hard_negatives(assistant: Assistant, excluded: frozenset[str], seed: int) -> HardNegatives:
    from rag.index.snapshot import Collection
    from rag.training.hard_negatives import hard_negatives

    snapshot = Collection(assistant.config.index, assistant.embedder).snapshot()
    return hard_negatives(snapshot, assistant.embedder, excluded, seed)


class _LossLines:
    """Prints every half a minute how many examples are done, and the moving mean of the loss."""

    def __init__(self) -> None:
        self._loss, self._printed = 0.0, time.monotonic()

    def __call__(self, done: int, loss: float) -> None:
        self._loss = 0.97 * self._loss + 0.03 * loss if self._loss else loss
        if time.monotonic() - self._printed > _LINE_SECONDS:
            print_message(f"{done} examples, loss {self._loss:.3f}")
            self._printed = time.monotonic()
