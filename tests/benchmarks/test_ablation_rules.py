"""The hand-written rules that are switched off one by one: what each is written with is there to be replaced."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.benchmarks.ablation_rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_what_a_rule_is_written_with_is_there(rule: Rule) -> None:
    with ExitStack() as stack:
        patched = [stack.enter_context(each) for each in rule.patches()]
    assert patched
