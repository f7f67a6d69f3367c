from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.web_site import Site, served


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A web site on this machine, which is asked without a pause."""
    monkeypatch.setattr("rag.sources.http_client.PAUSE", 0.0)
    with served() as found:
        yield found
