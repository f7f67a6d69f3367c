"""The list of conversations, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote as percent_encode

from rag import Heading
from ui.escaping import plain
from ui.strings import Strings


def frame_html(lasts: bool, strings: Strings) -> str:
    """Render the place of the list: a link to a new conversation, the search, and room for what is found.

    That they are gone with the program is said where they do not last.
    """
    note = "" if lasts else f'<div class="hd-note">{plain(strings.conversations_passing)}</div>'
    return (
        f'<nav class="hd-nav" aria-label="{plain(strings.conversations)}"><div class="hd-nav-head">'
        f'<a class="hd-new" href="./">+ {plain(strings.new_chat)}</a>'
        f'<button type="button" class="hd-close-nav">{plain(strings.panel_close)}</button></div>'
        f'<input type="search" class="hd-search" placeholder="{plain(strings.conversations_search)}"'
        f' aria-label="{plain(strings.conversations_search)}" maxlength="100">'
        f'{note}<div class="hd-conversations" aria-live="polite"></div></nav>'
    )


def listed_html(headings: Sequence[Heading], current: str, searched: bool, strings: Strings) -> str:
    """Render the conversations, each a link, with what can be done with it folded."""
    if not headings:
        said = strings.conversations_unfound if searched else strings.conversations_none
        return f'<div class="hd-note">{plain(said)}</div>'
    return f"<ul>{''.join(_item(each, each.id == current, strings) for each in headings)}</ul>"


def _item(heading: Heading, current: bool, strings: Strings) -> str:
    known = plain(heading.id)
    address = percent_encode(heading.id, safe="")
    here = ' aria-current="page"' if current else ""
    downloads = "".join(
        f'<a href="../page/{strings.code}/conversations/{address}/{kind}" download>{plain(label)}</a>'
        for kind, label in (("markdown", strings.export_markdown), ("json", strings.export_json))
    )
    return (
        f'<li data-id="{known}"{here}><a class="hd-conversation" href="./?c={address}"{here} dir="auto">'
        f'<span class="hd-name">{plain(heading.title)}</span>'
        f'<span class="hd-meta">{plain(strings.date(heading.changed))}</span></a>'
        f'<details class="hd-menu"><summary aria-label="{plain(strings.menu.format(title=heading.title))}">⋯</summary>'
        f'<div><button type="button" data-act="rename">{plain(strings.rename)}</button>{downloads}'
        f'<button type="button" data-act="delete" data-sure="{plain(strings.sure)}">{plain(strings.delete)}</button>'
        f"</div></details></li>"
    )
