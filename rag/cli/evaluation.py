"""The commands that measure answers: a run with its report, against a baseline and floors, and the floors pinned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rag.cli.options import Caution, Index, ModeOption, configured
from rag.cli.terminal import one_line, print_message, print_text, progress_bars

if TYPE_CHECKING:
    from rag.evaluation.gold import GoldQuestion
    from rag.evaluation.outcome import Outcome
    from rag.evaluation.report import Report

_RUN = "run"


class _RunUnlessNamed(TyperGroup):
    """`hoidap eval GOLD` is `hoidap eval run GOLD`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the command first where none is named."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="Measure answers on gold questions: `hoidap eval GOLD.jsonl --index DIR`.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=_RunUnlessNamed,
)
Gold = Annotated[Path, typer.Argument(help="A file of gold questions, one JSON object a line.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn, the same each time.")]
Model = Annotated[str | None, typer.Option(help="The language model that phrases answers; else quotes only.")]
FloorsFile = Annotated[Path, typer.Option("--floors", help="The file of the floors.")]


@app.command(_RUN)
def run(
    gold: Gold,
    index: Index = None,
    limit: Limit = None,
    mode: ModeOption = None,
    model: Model = None,
    caution: Caution = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the report; what is in it of a run cut off is not asked again.")
    ] = None,
    baseline: Annotated[Path | None, typer.Option(help="The report.json of another run, to compare with.")] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option(metavar="MEASURE=VALUE", help="Fail when it is less; may be repeated.")
    ] = None,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Fail when a measure is worse than in the baseline.")
    ] = False,
    floors: Annotated[Path | None, typer.Option(help="Floors that were pinned; fail when one is not kept.")] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Have the language model judge answers too; never decides anything.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to a file.")] = None,
) -> None:
    """Ask gold questions and measure rankings, quotes, answers and refusals; see which got better or worse."""
    from rag.errors import UsageError
    from rag.evaluation.floors import falls, load_floors, under
    from rag.evaluation.gold import draw, load_gold
    from rag.evaluation.report import as_json, load_outcomes, table
    from rag.evaluation.report_files import write, write_json

    wanted = dict(_measure_and_value(each) for each in fail_under or ())
    if judge and not model:
        raise UsageError("--judge needs a --model that judges")
    if fail_on_regression and not baseline:
        raise UsageError("--fail-on-regression needs a --baseline to compare with")
    before = load_outcomes(baseline) if baseline else None
    pinned = load_floors(floors) if floors else None
    if floors and pinned is None:
        raise UsageError(f"{floors}: there are no floors yet; make them: hoidap eval pin GOLD --floors {floors}")
    if json_file:
        json_file.open("a").close()  # a report that cannot be written is found out before the work
    questions = draw(load_gold(gold), limit)
    report = _report(gold, questions, index, mode, model, caution, out, before, judge=judge)
    print_text(one_line(f"{report.summary.questions} questions of {gold}"))
    print_text("\n".join(map(one_line, table(report))))
    if out:
        write(report, questions, out)
        print_text(one_line(f"report: {out / 'report.html'}"))
    if json_file:
        write_json(as_json(report), json_file)
    fallen = [*under(report, wanted), *(falls(report, pinned) if pinned else ())]
    for fall in fallen:
        print_message(f"hoidap: {fall}")
    worse = report.comparison.worse if report.comparison else ()
    if report.comparison:
        print_text(report.comparison.verdict)
    if fallen or (fail_on_regression and worse):
        raise typer.Exit(1)


@app.command()
def pin(
    gold: Gold,
    floors: FloorsFile,
    index: Index = None,
    limit: Limit = None,
    mode: ModeOption = None,
    model: Model = None,
    caution: Caution = None,
    out: Annotated[Path | None, typer.Option(help="A folder for what is done; see `eval run`.")] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Floors may be lowered too.")] = False,
) -> None:
    """Ask gold questions and write down as floors what they come to; floors only rise, unless --lower."""
    from rag.evaluation.floors import pin as write_floors
    from rag.evaluation.gold import draw, load_gold

    report = _report(gold, draw(load_gold(gold), limit), index, mode, model, caution, out)
    pinned = write_floors(floors, report, lower=lower)
    for name, value in pinned.floors.items():
        print_text(f"{name}: {value:.3f}")


def _report(
    gold: Path,
    questions: Sequence[GoldQuestion],
    index: Path | None,
    mode: str | None,
    model: str | None,
    caution: str | None,
    out: Path | None,
    before: Sequence[Outcome] | None = None,
    *,
    judge: bool = False,
) -> Report:
    from rag.evaluation.compare import compare
    from rag.evaluation.report import report_of
    from rag.evaluation.run import run as ask_all

    answer = {"mode": mode or ("generative" if model else "extractive"), "refuse_below": caution}
    config = configured(index, answer=answer, llm={"model": model})
    with progress_bars() as progress:
        conditions, outcomes = ask_all(config, questions, out, progress)
    if judge:
        from rag.evaluation.judge import judged

        with progress_bars() as progress:
            outcomes = judged(config, outcomes, progress)
    return report_of(gold.name, conditions, outcomes, None if before is None else compare(before, outcomes))


def _measure_and_value(option: str) -> tuple[str, float]:
    from rag.errors import UsageError

    name, _, value = option.rpartition("=")
    try:
        wanted = float(value)
        if not math.isfinite(wanted):
            raise ValueError(value)
        return name.strip(), wanted
    except ValueError:
        raise UsageError(f"--fail-under {option}: write MEASURE=VALUE, as in 'recall@1=0.8'") from None
