"""What breaks under attack: kills, flipped bits, malformed files, strange questions, scripts, orders to the model.

python -m tests.benchmarks.attack [--minutes N] [--seed N] [--only NAME ...]

Over `tests/corpus` and `tests/injections`, in a folder of its own. What each attack does is said by its function. They
take turns, a round of some each, each round with another seed, until the minutes are over. Printed are the counts
after each round, and what failed with what makes it again. The status is 1 when anything failed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.attack_tally import Tally
from tests.benchmarks.attacks_on_collections import flips, kills
from tests.benchmarks.attacks_on_models import injections, injections_large
from tests.benchmarks.attacks_on_texts import files, pages, questions

Attack = Callable[[Tally, int, int, Path], None]
# How many of each are tried in a round.
ATTACKS: tuple[tuple[Attack, int], ...] = (
    (pages, 200),
    (files, 100),
    (kills, 4),
    (flips, 40),
    (questions, 40),
    (injections, 5),
    (injections_large, 1),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [attack.__name__ for attack, _ in ATTACKS]
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="by default another each time")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    ends = time.monotonic() + 60 * arguments.minutes
    tallies = {name: Tally(name) for name in arguments.only}
    number = arguments.seed
    while time.monotonic() < ends:
        for attack, count in ATTACKS:
            if attack.__name__ in tallies and time.monotonic() < ends:
                attack(tallies[attack.__name__], count, number, folder)
                print(f"--seed {number}: {tallies[attack.__name__]}", flush=True)
        number += 1
    print("In all:", *tallies.values(), sep="\n")
    failed = any(tally.failed for tally in tallies.values())
    if failed:  # files that failed lie there
        print(f"see {folder}")
    else:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
