"""What came of an attack."""

from __future__ import annotations

from collections import Counter


class Tally:
    """The counts of one attack, and its failures as they are found."""

    def __init__(self, attack: str) -> None:
        self.attack = attack
        self.counts: Counter[str] = Counter()
        self.failed = 0

    def add(self, outcome: str, of: str = "", *, failed: bool = False) -> None:
        """Count an outcome; where `of` says what it came of, or it is a failure, it is printed."""
        self.counts[outcome] += 1
        self.failed += failed
        if failed or of:
            print(f"{self.attack}: {outcome}: {of}", flush=True)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.most_common())
        return f"{self.attack}: {self.counts.total()} tried, {self.failed} failed ({counts})"
