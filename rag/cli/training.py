"""The commands that train what ships: the reader, translated questions for it, and the weights of the signals."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import Index, configured, opened
from rag.cli.terminal import print_message, print_text, progress_bars
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config
    from rag.training.hard_negatives import HardNegatives

_LINE_SECONDS = 30.0
Sets = Annotated[list[Path], typer.Argument(help="Question answering data sets (.jsonl, .jsonl.gz).")]
Articles = Annotated[Path | None, typer.Option(help="Articles that the sets refer to by id.")]

HeldOut = Annotated[
    list[Path] | None, typer.Option(help="Gold questions or articles to measure on, which are left out.")
]

app = typer.Typer(help="Train the models that come with Hoidap.", no_args_is_help=True)


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
def weights(
    sets: Sets,
    work: Annotated[Path, typer.Option(help="Folder of the collection that is made of the sets; it is kept.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the weights files; by default those of the package are replaced.")
    ] = None,
    questions: Annotated[
        int, typer.Option(min=8, help="How many answerable questions are asked, and as many unanswerable ones.")
    ] = 300,
    only: Annotated[
        list[str] | None,
        typer.Option(help="fusion, evidence, answerability or short_answers; may be repeated. All by default."),
    ] = None,
    articles: Articles = None,
    held_out: HeldOut = None,
    seed: int = 1,
) -> None:
    """Fit the weights of the signals on half of the questions of SETS, which the reader was not trained on.

    The files say what they were fitted on, and how well the weights do on the other half beside those before.
    """
    from rag.assistant import Assistant
    from rag.models.weights_file import FOLDER, write_weights
    from rag.training.qa_dataset import held_out_keys
    from rag.training.retrieved_question import TrainingCollection
    from rag.training.weight_fitting import KINDS, fit_weights
    from rag.training.weight_questions import sample_questions

    if unknown := sorted({*(only or ())} - {*KINDS}):
        raise UsageError(f"there are no weights {unknown[0]!r}; choose of {', '.join(KINDS)}")
    sample = sample_questions(sets, articles, held_out_keys(held_out or ()), questions, seed)
    work.mkdir(parents=True, exist_ok=True)
    (work / "articles.jsonl").write_text("".join(sample.articles), encoding="utf-8")
    config = configured(work / "index", llm={"model": "none"})
    assistant = Assistant.open(config)
    with progress_bars() as progress:
        assistant.ingest(work / "articles.jsonl", progress)
    collection = TrainingCollection(assistant)
    threshold = config.answer.refuse_below
    with progress_bars() as progress:
        for name, file in fit_weights(sample, collection, threshold, only or KINDS, progress):
            print_text(str(write_weights(name, file, out or FOLDER)))
            for measure, value in file.held_out.items():
                print_text(f"  {measure}: {value:g}")


@app.command()
def kinds(
    questions: Annotated[
        Path | None, typer.Argument(help="Questions with their kinds (.jsonl); by default those of the package.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the weights file; by default that of the package is replaced.")
    ] = None,
) -> None:
    """Fit what tells the kinds of questions apart, and write how well it does on questions that it did not see."""
    from rag.assistant import Assistant
    from rag.models.checksums import sha256
    from rag.models.weights_file import FOLDER, TrainingSet, WeightsFile, write_weights
    from rag.training.question_kind_fit import fit_question_kinds, load_kind_examples

    path = questions or FOLDER / "question_kinds.jsonl"
    examples = load_kind_examples(path)
    weights, measures = fit_question_kinds(examples, Assistant.open(configured(None)).embedder.embed_queries)
    fitted_on = TrainingSet(path.name, sha256(path), len(examples))
    split = "five folds; the shipped weights are fitted on all"
    file = WeightsFile(weights, "hoidap train kinds", (fitted_on,), split, held_out=measures)
    print_text(str(write_weights("question_kinds", file, out or FOLDER)))
    for measure, value in measures.items():
        print_text(f"  {measure}: {value:g}")


@app.command()
def followups(
    sets: Annotated[
        list[Path], typer.Argument(help="Questions with a history and a rewrite or evidence (.jsonl, .jsonl.gz).")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the weights file; by default that of the package is replaced.")
    ] = None,
) -> None:
    """Fit what tells the words that a follow-up lacks, and write how well it does on conversations it did not see."""
    from rag.models.checksums import sha256
    from rag.models.weights_file import FOLDER, TrainingSet, WeightsFile, write_weights
    from rag.training.followup_fit import SPLIT, fit_followups, load_followups

    examples = [load_followups(path) for path in sets]
    weights, measures = fit_followups(dict(zip((path.name for path in sets), examples, strict=True)))
    fitted_on = tuple(TrainingSet(path.name, sha256(path), len(own)) for path, own in zip(sets, examples, strict=True))
    file = WeightsFile(weights, "hoidap train followups", fitted_on, SPLIT, held_out=measures)
    print_text(str(write_weights("followups", file, out or FOLDER)))
    for measure, value in measures.items():
        print_text(f"  {measure}: {value:g}")


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
