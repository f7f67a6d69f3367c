"""A source: a place that is remembered, so that a collection can be brought to what it holds now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.sources.page import UNKNOWN, Validators

Kind = Literal["folder", "file", "address", "feed", "sitemap"]


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or file (absolute path), an address, a feed of new articles, or a sitemap.

    `allow_private` says that it may be, and lead, on this machine or in a private network. `synced` is when it was last
    brought in (UTC, ISO), None if never; `failure` what went wrong first then, "" if nothing did.
    """

    place: str
    kind: Kind
    allow_private: bool = False
    synced: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address that a source announces; a `stamp` that changes with it, "" where nothing is said of changes."""

    address: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of an address of a source: the `stamp` under which it was announced last, what it answered with.

    Until it has answered it is not `done`, and asked again at each sync, announced or not.
    """

    address: str
    stamp: str = ""
    done: bool = False
    validators: Validators = UNKNOWN
