"""The library: the articles of the collection as they are listed, added to and removed, as HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from rag import Article, IngestReport
from ui.escaping import plain
from ui.failures import failure_html, without_folders
from ui.sources import web_address
from ui.strings import Strings
from ui.uploads import MAX_BATCH, MAX_FILE, Ingestion

LISTED = 100
NAMED = 8  # files or articles that are named in a report


def add_html(strings: Strings) -> str:
    """Render the place where files are dropped or chosen."""
    hint = strings.add_hint.format(size=MAX_FILE // 1_000_000, count=MAX_BATCH)
    return (
        f'<div class="hd-add" data-size="{MAX_FILE}" data-count="{MAX_BATCH}"><label class="hd-drop">'
        f'<strong>{plain(strings.add_files)}</strong><span class="hd-note">{plain(hint)}</span>'
        f'<input type="file" multiple></label><div class="hd-ingestion" role="status"></div></div>'
    )


def library_html(articles: Sequence[Article], search: str, removed: Sequence[str], strings: Strings, facts: str) -> str:
    """Render the articles that hold all words of a search, the newest first, and those that were removed."""
    found = [each for each in articles if _matches(each, search)]
    found.sort(key=lambda each: each.published or "", reverse=True)
    count = strings.library_count.format(
        shown=strings.number(min(len(found), LISTED)), articles=strings.number(len(articles))
    )
    more = strings.library_more.format(count=strings.number(len(found) - LISTED)) if len(found) > LISTED else ""
    return (
        f'<p class="hd-note" role="status">{plain(count)} {plain(more)}</p>'
        f'<ul class="hd-articles">{"".join(_article(each, strings) for each in found[:LISTED])}</ul>'
        f'{_removed(removed, strings)}<p class="hd-note">{facts}</p>'
    )


def frame_html(strings: Strings) -> str:
    """Render the place of the library: for files to be added, a search, and room for what is found."""
    return (
        f'{add_html(strings)}<input type="search" class="hd-library-search" maxlength="100"'
        f' placeholder="{plain(strings.library_search)}" aria-label="{plain(strings.library_search)}">'
        f'<div class="hd-library"></div>'
    )


def ingestion_html(state: Ingestion, strings: Strings) -> str:
    """Render how far the files are taken in, or what came of them."""
    if state.running:
        told = strings.embedding if state.stage == "embedding" else strings.reading
        total = strings.number(state.total) if state.total else "?"
        said = plain(told.format(done=strings.number(state.done), total=total))
        bar = (
            f'<progress max="{state.total}" value="{state.done}"></progress>'
            if state.total
            else "<progress></progress>"
        )
        return f"<div data-running>{said} {bar}</div>"
    if state.error:
        return failure_html(state.error, strings)
    return _report(state.report, strings) if state.report else ""


def _report(report: IngestReport, strings: Strings) -> str:
    lines = [
        strings.ingested.format(added=len(report.added), updated=len(report.updated), unchanged=len(report.unchanged))
    ]
    lines += [
        strings.file_unread.format(name=_file_name(error.place), reason=without_folders(error.reason))
        for error in report.failed[:NAMED]
    ]
    unread = [_file_name(file) for each in report.passed_over for file in each.files]
    if unread:
        lines.append(strings.not_taken.format(names=", ".join(unread[:NAMED])))
    if report.left_out:
        lines.append(strings.left_out.format(names=", ".join(report.left_out[:NAMED])))
    first, *others = lines
    added = ", ".join(map(_file_name, (*report.added, *report.updated)[:NAMED]))
    named = f'<div class="hd-note">{plain(added)}</div>' if added else ""
    told = "".join(f'<div class="hd-doubt">{plain(each)}</div>' for each in others)
    return f"<div>{plain(first)}</div>{named}{told}"


def _file_name(place: str) -> str:
    return place.replace("\\", "/").rpartition("/")[2]


def _article(article: Article, strings: Strings) -> str:
    known = f'data-id="{plain(article.id)}" data-title="{plain(article.title)}"'
    address = web_address(article.source)
    origin = (urlsplit(address).hostname or address) if address else article.source
    about = [strings.date(article.published), article.author, strings.language(article.language), origin]
    buttons = "".join(
        f'<button type="button" data-act="{act}"{more}>{plain(label)}</button>'
        for act, label, more in (
            ("read", strings.read_article, ""),
            ("only", strings.ask_about, ""),
            ("remove", strings.remove, f' data-sure="{plain(strings.remove_sure)}"'),
        )
    )
    return (
        f'<li {known}><div class="hd-title" dir="auto">{plain(article.title)}</div>'
        f'<div class="hd-meta">{plain(" · ".join(each for each in about if each))}</div>'
        f'<div class="hd-actions">{buttons}</div></li>'
    )


def _removed(removed: Sequence[str], strings: Strings) -> str:
    if not removed:
        return ""
    items = "".join(
        f'<li data-id="{plain(each)}">{plain(each)} <button type="button" data-act="restore">'
        f"{plain(strings.restore)}</button></li>"
        for each in removed[:LISTED]
    )
    summary = f"{strings.removed_articles} ({strings.number(len(removed))})"
    return f'<details class="hd-removed"><summary>{plain(summary)}</summary><ul>{items}</ul></details>'


def _matches(article: Article, search: str) -> bool:
    about = _folded(f"{article.title} {article.source} {article.author or ''} {article.published or ''} {article.id}")
    return all(word in about for word in _folded(search).split())


def _folded(text: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return bare.replace("đ", "d").replace("Đ", "D").casefold()
