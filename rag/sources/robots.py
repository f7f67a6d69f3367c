"""What a site lets programs read: its robots.txt (RFC 9309), asked once for each host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from rag.errors import DocumentError

MAX_BYTES = 500 * 1024
_LONGEST_DELAY = 30.0


class Robots:
    """The rules of the hosts that were asked so far; `fetch` gives the text of a robots.txt, "" where there is none.

    A `DocumentError` of `fetch` is raised for each address of that host: who cannot say what is allowed allows nothing.
    """

    def __init__(self, agent: str, fetch: Callable[[str], str]) -> None:
        self._agent = agent
        self._fetch = fetch
        self._rules: dict[str, RobotFileParser | DocumentError] = {}

    def allow(self, address: str) -> bool:
        """Whether the page at an address may be read."""
        rules = self._of(address)
        if isinstance(rules, DocumentError):
            raise rules
        return rules.can_fetch(self._agent, address)

    def delay(self, address: str) -> float:
        """Seconds that the host wants between two requests, half a minute at most; 0 where it does not say."""
        rules = self._rules.get(_host(address))
        wanted = rules.crawl_delay(self._agent) if isinstance(rules, RobotFileParser) else None
        return min(float(wanted or 0), _LONGEST_DELAY)

    def _of(self, address: str) -> RobotFileParser | DocumentError:
        host = _host(address)
        if host not in self._rules:
            rules = RobotFileParser()
            try:
                rules.parse(self._fetch(f"{host}/robots.txt").splitlines())
                self._rules[host] = rules
            except DocumentError as error:  # a host that hangs is waited for once
                self._rules[host] = error
        return self._rules[host]


def _host(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
