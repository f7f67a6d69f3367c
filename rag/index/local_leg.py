"""A leg over an index on this machine, and the chunks that filters let through, which all its legs share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from rag.index.filter import EVERYTHING, Filter
from rag.index.leg import Hits, Ids, Scores
from rag.index.store import Store

Query = TypeVar("Query", contravariant=True)
# A filter that lets all of 500,000 chunks through takes 4 MB here.
_REMEMBERED = 16


class Index(Protocol[Query]):
    """An index of chunks, which knows their ids and nothing of their articles."""

    def search(self, query: Query, limit: int, among: Ids | None = None) -> Hits:
        """Return the `limit` best chunks; with `among`, ids in order, of these only."""

    def scores(self, query: Query, ids: Ids) -> Scores:
        """Return the scores (n,) of chunks, in the order of `ids` (n,)."""


class LocalLeg(Generic[Query]):
    """A `rag.index.leg.Leg` over an index on this machine."""

    def __init__(self, index: Index[Query], chunk_ids: Callable[[Filter], Ids]) -> None:
        """Search an index; `chunk_ids` gives the ids, in order, of the chunks that a filter lets through."""
        self._index = index
        self._chunk_ids = chunk_ids

    def search(self, query: Query, limit: int, only: Filter = EVERYTHING) -> Hits:
        """Return the `limit` best chunks, as the protocol promises."""
        return self._index.search(query, limit, self._chunk_ids(only) if only else None)

    def scores(self, query: Query, ids: Ids) -> Scores:
        """Return the scores of these chunks, as the protocol promises."""
        return self._index.scores(query, ids)


class FilteredIds:
    """The ids of the chunks that the latest filters let through, of one build: each filter is looked up once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Filter, Ids] = OrderedDict()

    def of(self, store: Store, only: Filter) -> Ids:
        """Return the ids (n,) of `store.chunk_ids(only)`; the store must be of the same build each time."""
        with self._lock:
            if only not in self._known:
                self._known[only] = store.chunk_ids(only)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            self._known.move_to_end(only)
            return self._known[only]
