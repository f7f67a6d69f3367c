"""How a question is to be answered, as its reader chose: the way, how boldly, from which articles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from rag import CAUTION, Filter, UsageError
from ui.escaping import plain
from ui.strings import Strings

Mode = Literal["extractive", "generative"]
MODES: tuple[Mode, ...] = ("generative", "extractive")
# The words that its script says.
SAID = ("editing", "filter_article", "filter_remove", "filter_since", "filter_until", "filter_language")
ARTICLES = 20  # that one question may be limited to


@dataclass(frozen=True)
class Choices:
    """What goes with a question; `mode` and `refuse_below` are None where they are left to the settings.

    `replaces` is the id of the question that is asked again in other words, `offered` how that was understood.
    """

    mode: Mode | None = None
    refuse_below: float | None = None
    only: Filter = Filter()  # noqa: RUF009 - frozen
    replaces: str = ""
    offered: str = ""


def choices_of(value: str, configured: float) -> Choices:
    """Read what the page says was chosen; what it cannot mean counts as not chosen. `configured` is a threshold."""
    try:
        said = json.loads(value or "{}")
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    mode: Mode | None = next((each for each in MODES if each == said.get("mode")), None)
    # What is left as it is set was not asked for: in a replay the settings of that day hold.
    named = next((each for each in CAUTION.values() if str(each) == said.get("caution") != str(configured)), None)
    return Choices(mode, named, _filter(said), _text(said, "replaces"), _text(said, "offered"))


def _filter(said: dict[str, Any]) -> Filter:
    since, until = _text(said, "since"), _text(said, "until")
    if since and until:
        since, until = sorted((since, until))
    articles = said.get("articles") if isinstance(said.get("articles"), dict) else {}
    try:
        return Filter(
            since=since or None,
            until=until or None,
            languages=_text(said, "language") or (),
            articles=tuple(articles)[:ARTICLES] if articles else (),
        )
    except UsageError:
        return Filter()


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def choices_html(configured: float, mode: Mode | None, languages: tuple[str, ...], strings: Strings) -> str:
    """Render what can be chosen, with the values of the settings; `mode` is None where there is but one."""
    modes = {"generative": strings.mode_generative, "extractive": strings.mode_extractive}
    cautions = {
        str(threshold): strings.caution(threshold)
        for threshold in sorted({*CAUTION.values(), configured}, reverse=True)
    }
    known = {"": strings.filter_any, **{code: strings.language(code) for code in languages}}
    way = _select("mode", strings.mode_label, modes, mode) if mode else ""
    words = json.dumps({name: getattr(strings, name) for name in SAID}, ensure_ascii=False)
    dates = "".join(
        f'<label>{plain(label)}<input type="date" name="{name}"></label>'
        for name, label in (("since", strings.filter_since), ("until", strings.filter_until))
    )
    language = _select("language", strings.filter_language, known, "")
    return (
        f'<form class="hd-choices" autocomplete="off" data-words="{plain(words)}"><div class="hd-chips"></div>{way}'
        f"{_select('caution', strings.caution_label, cautions, str(configured))}"
        f'<details class="hd-filter"><summary>{plain(strings.filters)}</summary>'
        f'<div class="hd-filters">{dates}{language}</div></details></form>'
    )


def _select(name: str, label: str, options: dict[str, str], chosen: str) -> str:
    listed = "".join(
        f'<option value="{plain(value)}"{" selected" * (value == chosen)}>{plain(text)}</option>'
        for value, text in options.items()
    )
    return f'<label>{plain(label)}<select name="{name}">{listed}</select></label>'
