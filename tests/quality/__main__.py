"""Measure the sets of `sets/` against their floors, or pin these.

python -m tests.quality [NAME ...] [--data DIR] [--out DIR] [--pin] [--lower] [--table FILE]

Without --data only the sets of this checkout are measured. Collections and reports are kept below --out, so that a run
that was cut off goes on. `--table` writes the means of all sets that were measured, with their intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rag.cli.terminal import progress_bars
from rag.errors import GoldError
from rag.evaluation.floors import falls, load_floors, pin
from rag.evaluation.report import as_json
from rag.evaluation.report_files import write
from tests.benchmarks.followups import load, measure, part
from tests.quality.gold_sets import load_sets, measured

REWRITES = Path(__file__).parent / "rewrites"
SHOWN = ("recall@1", "nDCG@10", "evidence@1 holds answer", "short answer", "short answer right", "refusal recall")


def rewritten(data: Path, *, pinning: bool, lower: bool = False) -> bool:
    """Whether what is made of follow-ups has fallen under its floors; no model is asked, so nothing is rounded."""
    fallen = False
    for file in sorted(REWRITES.glob("*.json")):
        values = json.loads(file.read_text(encoding="utf-8"))
        measures, _ = measure(part(load(data / values["file"]), "second"))
        found = {name: round(value, 6) for name, value in asdict(measures).items() if isinstance(value, float)}
        print(f"{file.stem}: {measures.questions} questions  " + "  ".join(f"{k} {v:.3f}" for k, v in found.items()))
        low = {name: floor for name, floor in values["floors"].items() if found[name] < floor}
        if pinning and (lower or not low):
            pinned = {**values, "floors": found}
            file.write_text(json.dumps(pinned, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            continue
        for name, floor in low.items():
            fallen = True
            print(f"  {name} is {found[name]:.3f}, below its floor of {floor:.3f}", file=sys.stderr)
    return fallen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("index/quality"))
    parser.add_argument("--pin", action="store_true")
    parser.add_argument("--lower", action="store_true")
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    sets = [each for each in load_sets() if each.name in arguments.names or not arguments.names]
    sets = [each for each in sets if arguments.data or not each.data]
    if unknown := set(arguments.names) - {each.name for each in sets}:
        known = ", ".join(each.name for each in load_sets())
        parser.error(f"there is no set {sorted(unknown)[0]!r}, or it needs --data; there are: {known}")
    fallen, table = False, {}
    if arguments.data and not arguments.names:
        fallen = rewritten(arguments.data, pinning=arguments.pin, lower=arguments.lower)
    for each in sets:
        out = arguments.out / each.name
        with progress_bars() as progress:
            report = measured(each, arguments.data, arguments.out / "collections", out, progress)
        write(report, each.questions(arguments.data), out)
        means = report.summary.means
        line = "  ".join(f"{name} {means[name].value:.3f}" for name in (*SHOWN, "right") if name in means)
        print(f"{each.name}: {report.summary.questions} questions  {line}", flush=True)
        table[each.name] = {name: as_json(report)[name] for name in ("conditions", "questions", "means", "faults")}
        try:
            if arguments.pin:
                pin(each.floors, report, lower=arguments.lower)
            elif floors := load_floors(each.floors):
                found = falls(report, floors)
                fallen = fallen or bool(found)
                print("".join(f"  {fall}\n" for fall in found), end="", file=sys.stderr)
            else:
                raise GoldError(f"{each.name}: has no floors; pin them: python -m tests.quality {each.name} --pin")
        except GoldError as error:
            print(f"  {error}", file=sys.stderr)
            fallen = True
    if arguments.table:
        arguments.table.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(fallen)


if __name__ == "__main__":
    sys.exit(main())
