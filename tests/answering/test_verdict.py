"""Yes or no, from what an entailment model makes of the quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from rag.answering.quote import Quote
from rag.answering.verdict import Decision, VerdictWeights, premise_of, verdict_of
from rag.models.entailment import Entailment
from rag.models.weights_file import read_weights, using_weights

WEIGHTS = VerdictWeights(yes_from=0.8, no_from=0.9)


@dataclass
class Scripted:
    """Gives each premise its probabilities of no and of yes."""

    told: Sequence[tuple[float, float]]

    def read(self, hypothesis: str, premises: Sequence[str]) -> list[Entailment]:
        return [Entailment(no, 1 - no - yes, yes) for (no, yes), _ in zip(self.told, premises, strict=False)]


def quote(text: str) -> Quote:
    return Quote("a", "Cầu Vàng", "", None, "vi", 0, len(text), text, 1.0)


QUOTES = [quote("Cầu dài 450 m."), quote("Cầu rộng 20 m."), quote("Cầu cao 30 m.")]


def decided(*told: tuple[float, float]) -> Decision | None:
    with using_weights("verdict", WEIGHTS):
        return verdict_of("Cầu Vàng dài 450 m phải không?", QUOTES, Scripted(told))  # type: ignore[arg-type]


def test_a_quote_that_is_sure_enough_decides() -> None:
    assert decided((0.1, 0.85), (0.2, 0.2)) == Decision("yes", QUOTES[0])
    assert decided((0.1, 0.3), (0.95, 0.0)) == Decision("no", QUOTES[1])


def test_none_that_is_sure_enough_leaves_it_open() -> None:
    assert decided((0.85, 0.1), (0.1, 0.75)) is None


def test_quotes_that_disagree_leave_it_open() -> None:
    assert decided((0.0, 0.9), (0.95, 0.0)) is None


def test_only_the_best_quotes_are_read() -> None:
    assert decided((0.1, 0.1), (0.1, 0.1), (0.0, 0.99)) is None


def test_no_quote_decides_nothing() -> None:
    with using_weights("verdict", WEIGHTS):
        assert verdict_of("Có không?", [], Scripted([])) is None  # type: ignore[arg-type]


def test_a_quote_is_read_under_its_title() -> None:
    assert premise_of(QUOTES[0]) == "Cầu Vàng. Cầu dài 450 m."


def test_the_thresholds_that_ship_are_high() -> None:
    weights = read_weights("verdict", VerdictWeights).weights
    assert 0.5 < weights.yes_from < 1
    assert 0.5 < weights.no_from < 1


@pytest.mark.models
def test_the_model_that_ships_tells_a_plain_case(models_folder: object) -> None:
    from pathlib import Path

    from rag.models.entailment import EntailmentModel
    from rag.models.pinned_embedding import exported_graph

    model = EntailmentModel(exported_graph(Path(str(models_folder))))
    held = [quote("Cầu Vàng do kỹ sư Trần Văn Bình thiết kế, khánh thành ngày 2/9/1998.")]
    found = verdict_of("Cầu Vàng có phải do kỹ sư Trần Văn Bình thiết kế không?", held, model)
    assert found is None or found.verdict == "yes"
