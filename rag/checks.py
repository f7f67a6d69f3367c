"""The commands that look at answers themselves: measured, with their refusal refitted, given again and compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.options import SHOWN, AsJson, Caution, Index, ModeOption, configured, opened
from rag.terminal import Progress, print_json

if TYPE_CHECKING:
    from rag.record import Record

_LISTED = 20


def evaluate(
    gold: Path,
    index: Index = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn, the same each time.")] = None,
    mode: ModeOption = None,
    model: Annotated[
        str | None, typer.Option(help="The language model that phrases answers; else quotes only.")
    ] = None,
    caution: Caution = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the whole report to a file.")] = None,
) -> None:
    """Measure rankings, answers, citations and refusals on a file of gold questions."""
    from rag.evaluation import as_json, draw, load_gold, table
    from rag.evaluation import evaluate as run

    questions = draw(load_gold(gold), limit)
    if json_file:
        json_file.open("a").close()  # a report that cannot be written is found out before the work
    answer = {"mode": mode or ("generative" if model else "extractive"), "refuse_below": caution, "keep": False}
    assistant = opened(configured(index, answer=answer, llm={"model": model}))
    progress = Progress("asked", "", 1)
    try:
        report = run(assistant, questions, progress=progress)
    finally:
        assistant.close()
    progress.end()
    print(f"{report.questions} questions of {gold}")
    print("\n".join(table(report)))
    if json_file:
        json_file.write_text(json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def calibrate(
    gold: Annotated[Path | None, typer.Argument(help="Gold questions; without articles and answers: not held.")] = None,
    index: Index = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the default refusal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the refusal to a collection, by gold questions of which it holds some; kept if it has become better."""
    from rag.calibration import calibrate as run
    from rag.calibration import put_calibration, table
    from rag.errors import UsageError
    from rag.evaluation import load_gold

    config = configured(index)
    if (gold is None) != reset:
        raise UsageError("give either a file of gold questions or --reset")
    if gold is None:
        put_calibration(config.index, {})
        if as_json:
            print_json({"weights": {}})
        else:
            print("the default refusal again")
        return
    progress = Progress("asked", "", 1)
    report = run(opened(config), load_gold(gold), progress)
    progress.end()
    if report.better:
        put_calibration(config.index, report.weights)
    if as_json:
        print_json({**asdict(report), "threshold": config.answer.refuse_below, "kept": report.better})
        return
    print(
        f"fitted on {report.fitted} questions, checked on {report.checked}, refused below {config.answer.refuse_below}"
    )
    print("\n".join(table(report)))
    print("better: kept with the collection" if report.better else "no better: nothing was changed")


def replay(
    answer_id: Annotated[str | None, typer.Argument(help="Id of a kept answer, or its beginning.")] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Ask a kept question again and show what has changed; without an id the newest are listed."""
    from rag.record import Records
    from rag.replay import changes, lines
    from rag.replay import replay as run

    config = configured(index, answer={"keep": False})
    records = Records(config.index)
    if answer_id is None:
        _list(records.newest(_LISTED), as_json)
        return
    before = records.find(answer_id)
    assistant = opened(config)
    try:
        after = run(assistant, before)
    finally:
        assistant.close()
    found = changes(before, after)
    if as_json:
        print_json({"before": asdict(before), "after": asdict(after), "changes": asdict(found)})
        return
    print(f"{before.id[:SHOWN]}  {before.asked}  {before.question}")
    print("\n".join(lines(found)))


def _list(records: Sequence[Record], as_json: bool) -> None:
    if as_json:
        print_json([{"id": each.id, "asked": each.asked, "question": each.question} for each in records])
        return
    for each in records:
        print(f"{each.id[:SHOWN]}  {each.asked}  {each.question}")
