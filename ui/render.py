"""Questions, answers and remarks as HTML in which nothing from an article, a model or a reader is markup.

What goes into the chat passes through a Markdown parser first. Two things keep texts out of its reach: every message is
one HTML block without a blank line, and every text in it is escaped for that parser too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from rag import Answer, Citation
from ui.escaping import plain
from ui.sources import doubt_of, reference
from ui.strings import Strings

QUESTION_SHOWN = 2000  # characters, as many as are read of a question
_MARKER = re.compile(r"\[(\d{1,3})\]")


def question_html(question: str) -> str:
    """Render the reader's question as a chat message; one that is too long to be read is cut."""
    shown = question if len(question) <= QUESTION_SHOWN else f"{question[:QUESTION_SHOWN]}…"
    return f'<div class="hd-text">{plain(shown)}</div>'


def waiting_html(text: str) -> str:
    """Render what the assistant is doing, as a chat message."""
    return f'<div class="hd-wait">{plain(text)}</div>'


def draft_html(text: str) -> str:
    """Render an answer being written; left open, so that a longer text only appends to a shorter one."""
    return f'<div class="hd-text hd-draft">{plain(text)}'


def fragment_html(text: str) -> str:
    """Render what there is of an answer that is not written any further."""
    return f'<div class="hd-text">{plain(text)}</div>' if text else ""


def note_html(text: str) -> str:
    """Render a remark about the message above it."""
    return f'<div class="hd-note">{plain(text)}</div>'


def error_html(message: str, advice: str = "") -> str:
    """Render a failure, and what to do about it."""
    more = f'<div class="hd-note">{plain(advice)}</div>' if advice else ""
    return f'<div class="hd-error">{plain(message)}{more}</div>'


def standalone_html(question: str, exchange: str, strings: Strings) -> str:
    """Render how a question was understood; with the id of its exchange, a link to ask it as it was typed instead."""
    undo = action_html("typed", exchange, strings.as_typed) if exchange else ""
    return f'<div class="hd-note">{plain(strings.understood)}: <em>{plain(question)}</em> {undo}</div>'


def action_html(name: str, exchange: str, label: str) -> str:
    """Render a link that the page acts on: `name` is what is done with the answer to a question of that id."""
    return f'<a class="hd-do" href="#{name}-{exchange}">{plain(label)}</a>'


def actions_html(links: Sequence[str], more: Sequence[str], strings: Strings) -> str:
    """Render what can be done with an answer, some of it folded."""
    folded = (
        f'<details class="hd-more"><summary>{plain(strings.more)}</summary>{"".join(more)}</details>' if more else ""
    )
    return f'<div class="hd-actions">{"".join(links)}{folded}</div>'


def answer_html(answer: Answer, exchange: str, strings: Strings) -> str:
    """Render the text of an answer with its markers as links, the short answer in it strong, and how it came about."""
    if answer.status == "refused":
        said, _, nearest = (answer.text.strip() or strings.refused).partition("\n")
        quoted = _linked(nearest, answer.citations, exchange, strings)
        # The line feed is for who copies the text.
        below = f'&#10;<div class="hd-nearest">{quoted}</div>' if quoted else ""
        return f'<div class="hd-refused">{plain(said)}{below}</div>'
    text = answer.text.strip()
    short = answer.short if answer.short and text.startswith(answer.short) else ""
    lead = f'<strong class="hd-short">{plain(short)}</strong>' if short else ""
    body = _linked(text[len(short) :], answer.citations, exchange, strings)
    made = strings.written_answer if answer.mode == "generative" else strings.quoted_answer
    foot = " · ".join((f"{made}, {strings.duration(sum(answer.timings.values()))}", *answer.caveats))
    notice = note_html(answer.notice) if answer.notice else ""
    kind = "hd-text hd-nearest" if answer.doubtful else "hd-text"
    return f'<div class="{kind}">{lead}{body}</div>{notice}<div class="hd-foot">{plain(foot)}</div>'


def _linked(text: str, citations: Sequence[Citation], exchange: str, strings: Strings) -> str:
    waiting: dict[int, deque[Citation]] = {}
    for citation in citations:
        waiting.setdefault(citation.marker, deque()).append(citation)
    # A quoted sentence may itself hold "[1]": that is a mark of its author, not ours.
    quoted = [place for citation in citations for place in _occurrences(text, citation.quote.text)]
    parts, done = [], 0
    for match in _MARKER.finditer(text):
        queue = waiting.get(int(match[1]))
        if not queue or any(start <= match.start() < end for start, end in quoted):
            continue
        # One citation a marker, or one for each time it stands in the text: both come as a sequence.
        citation = queue.popleft() if len(queue) > 1 else queue[0]
        parts += [plain(text[done : match.start()]), _cite(citation, exchange, strings)]
        done = match.end()
    return "".join([*parts, plain(text[done:])])


def _occurrences(text: str, part: str) -> list[tuple[int, int]]:
    return [(match.start(), match.end()) for match in re.finditer(re.escape(part), text)] if part else []


def _cite(citation: Citation, exchange: str, strings: Strings) -> str:
    label = strings.open_source.format(marker=citation.marker, title=citation.quote.title)
    doubt = doubt_of(citation.support, strings)
    title = f"{label} ({doubt})" if doubt else label
    return (
        f'<a class="hd-cite hd-{plain(citation.support)}" href="#{reference(exchange, citation.marker)}" '
        f'aria-label="{plain(title)}" title="{plain(title)}">{citation.marker}{"?" if doubt else ""}</a>'
    )
