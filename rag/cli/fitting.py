"""The commands that fit the weights of signals, of the kinds and centres of questions, and of what follows up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.options import Index, configured
from rag.cli.terminal import print_text, progress_bars
from rag.cli.training_sets import Articles, HeldOut, Sets
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.models.weights_file import WeightsFile

app = typer.Typer()

Questions = Annotated[
    Path | None,
    typer.Argument(help="Questions with their languages (.jsonl); by default those of the package."),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder of the weights file; by default that of the package is replaced.")
]


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
            _write(name, file, out)


@app.command()
def kinds(
    questions: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of questions with their kinds (.jsonl); by default those of the package."),
    ] = None,
    out: Out = None,
) -> None:
    """Fit what tells the kinds of questions apart, and write how well it does on questions that it did not see."""
    from rag.assistant import Assistant
    from rag.models.checksums import sha256
    from rag.models.weights_file import FOLDER, TrainingSet, WeightsFile
    from rag.training.question_kind_fit import fit_question_kinds, load_kind_examples

    paths = questions or [FOLDER / "question_kinds.jsonl", FOLDER / "question_wordings.jsonl"]
    sets = [load_kind_examples(path) for path in paths]
    examples = [each for own in sets for each in own]
    weights, measures = fit_question_kinds(examples, Assistant.open(configured(None)).embedder.embed_queries)
    fitted_on = tuple(TrainingSet(path.name, sha256(path), len(own)) for path, own in zip(paths, sets, strict=True))
    split = "five folds; the shipped weights are fitted on all"
    file = WeightsFile(weights, "hoidap train kinds", fitted_on, split, held_out=measures)
    _write("question_kinds", file, out)


@app.command()
def centres(
    questions: Questions = None,
    out: Out = None,
) -> None:
    """Compute what the questions of each language have in common, which is taken off before passages are compared."""
    from rag.assistant import Assistant
    from rag.models.checksums import sha256
    from rag.models.question_centres import QuestionCentres
    from rag.models.weights_file import FOLDER, TrainingSet, WeightsFile, read_weights, write_weights
    from rag.training.question_centre_fit import fit_question_centres, load_questions

    path = questions or FOLDER / "question_kinds.jsonl"
    asked, shipped = load_questions(path), read_weights("question_centres", QuestionCentres)
    found = fit_question_centres(asked, Assistant.open(configured(None)).embedder.embed_queries, shipped.weights.share)
    fitted_on = TrainingSet(path.name, sha256(path), sum(len(asked[language]) for language in found.centres))
    file = WeightsFile(found, "hoidap train centres", (fitted_on,), "none: a mean of all", shipped.not_fitted)
    print_text(str(write_weights("question_centres", file, out or FOLDER)))
    print_text(f"  languages: {', '.join(found.centres)}")


@app.command()
def followups(
    sets: Annotated[
        list[Path], typer.Argument(help="Questions with a history and a rewrite or evidence (.jsonl, .jsonl.gz).")
    ],
    out: Out = None,
) -> None:
    """Fit what tells the words that a follow-up lacks, and write how well it does on conversations it did not see."""
    from rag.models.checksums import sha256
    from rag.models.weights_file import TrainingSet, WeightsFile
    from rag.training.followup_fit import SPLIT, fit_followups, load_followups

    examples = [load_followups(path) for path in sets]
    weights, measures = fit_followups(dict(zip((path.name for path in sets), examples, strict=True)))
    fitted_on = tuple(TrainingSet(path.name, sha256(path), len(own)) for path, own in zip(sets, examples, strict=True))
    file = WeightsFile(weights, "hoidap train followups", fitted_on, SPLIT, held_out=measures)
    _write("followups", file, out)


@app.command()
def self_contained(
    sets: Annotated[
        list[Path],
        typer.Argument(help="Questions, some with a history (.jsonl, .jsonl.gz); the Vietnamese ones count."),
    ],
    most: Annotated[int, typer.Option(min=20, help="How many questions of each set are used at most.")] = 3000,
    out: Out = None,
    seed: int = 1,
) -> None:
    """Fit what tells a question that needs no turn before it, and write how well it does on texts it did not see."""
    from rag.assistant import Assistant
    from rag.models.checksums import sha256
    from rag.models.weights_file import TrainingSet, WeightsFile
    from rag.training.self_contained_fit import SPLIT, fit_self_contained, load_self_contained

    loaded = [load_self_contained(path, most, seed) for path in sets]
    examples = [each for own in loaded for each in own]
    weights, measures = fit_self_contained(examples, Assistant.open(configured(None)).embedder.embed_queries)
    fitted_on = tuple(TrainingSet(path.name, sha256(path), len(own)) for path, own in zip(sets, loaded, strict=True))
    file = WeightsFile(weights, "hoidap train self-contained", fitted_on, SPLIT, held_out=measures)
    _write("self_contained", file, out)


@app.command()
def quotes(
    gold: Annotated[list[Path], typer.Argument(help="Gold questions over the collection (.jsonl).")],
    index: Index = None,
    out: Out = None,
) -> None:
    """Fit how likely the first quote answers, on GOLD questions that people ask, and write what five folds measure."""
    from rag.assistant import Assistant
    from rag.evaluation.gold import load_gold
    from rag.models.checksums import sha256
    from rag.models.weights_file import TrainingSet, WeightsFile
    from rag.training.quote_confidence_fit import SPLIT, fit_quote_confidence, judge_quotes

    assistant = Assistant.open(configured(index, llm={"model": "none"}))
    with progress_bars() as progress:
        sets = [judge_quotes(assistant, load_gold(path), progress) for path in gold]
    weights, measures = fit_quote_confidence([each for own in sets for each in own])
    fitted_on = tuple(TrainingSet(path.name, sha256(path), len(own)) for path, own in zip(gold, sets, strict=True))
    file = WeightsFile(weights, "hoidap train quotes", fitted_on, SPLIT, held_out=measures)
    _write("quote_confidence", file, out)


def _write(name: str, file: WeightsFile[Any], out: Path | None) -> None:
    """Write a weights file, and print where it is and what was measured."""
    from rag.models.weights_file import FOLDER, write_weights

    print_text(str(write_weights(name, file, out or FOLDER)))
    for measure, value in file.held_out.items():
        print_text(f"  {measure}: {value:g}")
