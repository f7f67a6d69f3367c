"""What sources on the web announce, and which of these addresses are to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rag.errors import DocumentError
from rag.sources.feed import feed_entries
from rag.sources.http_client import HttpClient
from rag.sources.page import UNKNOWN, Page, Unmodified, Validators
from rag.sources.sitemap import announcement, sitemap_entries
from rag.sources.source import Entry, Kind, Source, Visit


@dataclass(frozen=True, slots=True)
class Announced:
    """The entries of a source, what of it could not be read, and by what it is known to be the same again."""

    entries: tuple[Entry, ...]
    failed: tuple[DocumentError, ...] = ()
    validators: Validators = UNKNOWN


def kind_of(address: str, client: HttpClient) -> Kind:
    """Whether an address holds a feed, a sitemap or a page. Raises `DocumentError` when it cannot be read."""
    return announcement(_page(address, client)) or "address"


def announced(source: Source, client: HttpClient, known: Validators) -> Announced | None:
    """What a source announces now, None when that is what it was when its validators were `known`.

    An address announces itself. Raises `DocumentError` when the source cannot be read.
    """
    if source.kind == "address":
        return Announced((Entry(source.place),))
    answer = client.get(source.place, known)
    if isinstance(answer, Unmodified):
        return None
    if not isinstance(answer, Page):
        raise DocumentError(source.place, "holds nothing any more (404 or 410); what it brought stays")
    if source.kind == "feed":
        return _sorted(feed_entries(answer), answer.validators)
    asked: list[str] = []

    def fetch(address: str) -> Page:
        asked.append(address)
        return _page(address, client)

    found = _sorted(sitemap_entries(answer, fetch), answer.validators)
    # An index of sitemaps may be the same while they are not.
    return replace(found, validators=UNKNOWN) if asked or found.failed else found


def to_ask(source: Source, found: Announced, visits: Mapping[str, Visit]) -> list[Visit]:
    """What is new of the addresses of a source, after what it announces.

    An entry is asked again when its stamp is another, or it has none. A feed tells the newest alone; a sitemap tells
    all, so that an address which has left it is asked whether it is gone.
    """
    changed = {}
    for entry in found.entries:
        visit = visits.get(entry.address)
        if visit is None or not entry.stamp or visit.stamp != entry.stamp:
            changed[entry.address] = replace(visit or Visit(entry.address), stamp=entry.stamp, done=False)
    if source.kind == "sitemap" and not found.failed:
        listed = {entry.address for entry in found.entries} | {source.place}
        changed |= {each: replace(visit, done=False) for each, visit in visits.items() if each not in listed}
    if source.kind != "address":
        changed[source.place] = Visit(source.place, done=True, validators=found.validators)
    return list(changed.values())


def _sorted(results: Iterator[Entry | DocumentError], validators: Validators) -> Announced:
    """Entries and errors apart, each address once."""
    entries: dict[str, Entry] = {}
    failed = []
    for each in results:
        if isinstance(each, DocumentError):
            failed.append(each)
        else:
            entries.setdefault(each.address, each)
    return Announced(tuple(entries.values()), tuple(failed), validators)


def _page(address: str, client: HttpClient) -> Page:
    answer = client.get(address)
    if not isinstance(answer, Page):
        raise DocumentError(address, "holds nothing (404 or 410); check the address")
    return answer
