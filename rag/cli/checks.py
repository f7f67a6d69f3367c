"""The commands that look at answers themselves: their refusal refitted, given again and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import SHOWN, AsJson, Index, configured, opened
from rag.cli.terminal import Progress, print_json

if TYPE_CHECKING:
    from rag.answering.answer_log import LoggedAnswer

_LISTED = 20


def calibrate(
    gold: Annotated[Path | None, typer.Argument(help="Gold questions; without articles and answers: not held.")] = None,
    index: Index = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the default refusal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the refusal to a collection, by gold questions of which it holds some; kept if it has become better."""
    from rag.errors import UsageError
    from rag.evaluation.calibration import calibrate as run
    from rag.evaluation.calibration import put_calibration, table
    from rag.evaluation.gold import load_gold

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
    from rag.answering.answer_log import AnswerLog
    from rag.evaluation.replay import changes, lines
    from rag.evaluation.replay import replay as run

    config = configured(index, answer={"keep": False})
    records = AnswerLog(config.index)
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


def _list(records: Sequence[LoggedAnswer], as_json: bool) -> None:
    if as_json:
        print_json([{"id": each.id, "asked": each.asked, "question": each.question} for each in records])
        return
    for each in records:
        print(f"{each.id[:SHOWN]}  {each.asked}  {each.question}")
