"""The command that fits the refusal of unanswerable questions to a collection."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.options import AsJson, Index, configured, opened
from rag.cli.terminal import print_json, print_text, progress_bars


def calibrate(
    gold: Annotated[Path | None, typer.Argument(help="Gold questions; without articles and answers: not held.")] = None,
    index: Index = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the default refusal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the refusal to a collection, by gold questions of which it holds some; kept if it has become better."""
    from rag.errors import UsageError
    from rag.evaluation.calibration import calibrate as fit
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
            print_text("the default refusal again")
        return
    with progress_bars() as progress:
        report = fit(opened(config), load_gold(gold), progress)
    if report.better:
        put_calibration(config.index, report.weights)
    threshold = config.answer.refuse_below
    if as_json:
        print_json({**asdict(report), "threshold": threshold, "kept": report.better})
        return
    print_text(f"fitted on {report.fitted} questions, checked on {report.checked}, refused below {threshold}")
    print_text("\n".join(table(report)))
    print_text("better: kept with the collection" if report.better else "no better: nothing was changed")
