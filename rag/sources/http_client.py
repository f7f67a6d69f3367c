"""Web addresses are asked here, and nowhere else: checked, slowly, and for no more than a limit of bytes and time."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from rag.errors import DocumentError, UsageError
from rag.sources.address import is_public, normalised, resolved
from rag.sources.page import UNKNOWN, Answer, Gone, Page, Unmodified, Validators
from rag.sources.robots import MAX_BYTES as MAX_ROBOTS_BYTES
from rag.sources.robots import Robots

if TYPE_CHECKING:
    import ssl

    import httpx

AGENT = "hoidap"
MAX_BYTES = 32 * 1024 * 1024  # unpacked
MAX_SECONDS = 60.0  # for an address, with all that it redirects to
MAX_REDIRECTS = 5
PAUSE = 1.0  # seconds between two requests to a host
_PATIENCE = 10.0  # seconds without a sign of life
_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_AGAIN = "check the address and the network, and try again"


class HttpClient:
    """Asks addresses of the open network alone, unless private ones are allowed; for one thread."""

    def __init__(self, *, allow_private: bool = False, resolve: Callable[[str, int], list[str]] = resolved) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._robots = Robots(AGENT, self._robots_text)
        self._asked: dict[str, float] = {}
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Give back what it holds open."""
        if self._client is not None:
            self._client.close()

    def get(self, address: str, known: Validators = UNKNOWN) -> Answer:
        """What an address holds now; `Unmodified` only where validators are `known`.

        Raises `DocumentError` for what was not read, and why: not allowed, too large, too slow, not there just now.
        """
        return self._get(address, known, MAX_BYTES, self._check_robots)

    def _get(self, address: str, known: Validators, most: int, check: Callable[[str, str], None]) -> Answer:
        ends, at = time.monotonic() + MAX_SECONDS, address
        for _ in range(MAX_REDIRECTS + 1):
            check(address, at)
            with self._response(address, at, known, ends) as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    at = _target(address, urljoin(at, response.headers["location"]))
                    continue
                return _answer(address, response, known, most)
        raise DocumentError(address, f"leads on more than {MAX_REDIRECTS} times; give the address where it ends")

    def _check_robots(self, address: str, at: str) -> None:
        try:
            allowed = self._robots.allow(at)
        except DocumentError as error:
            raise DocumentError(address, f"its site's robots.txt {error.reason}") from error
        if not allowed:
            raise DocumentError(address, "its site's robots.txt does not let programs read it; save the page yourself")

    def _robots_text(self, address: str) -> str:
        """The text of a robots.txt; "" where there is none (RFC 9309, 2.3.1.3)."""
        try:
            found = self._get(address, UNKNOWN, MAX_ROBOTS_BYTES, lambda *_: None)
        except _RefusedError:
            return ""
        return found.content.decode(errors="replace") if isinstance(found, Page) else ""

    @contextmanager
    def _response(self, address: str, at: str, known: Validators, ends: float) -> Iterator[httpx.Response]:
        """The response of one request, its body unread, which is cut off when the time is over."""
        import httpx

        if self._client is None:
            # A proxy would look up names by itself. A connection is of one host: none is used for another one.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.Client(trust_env=False, limits=limits, verify=_trusted())
        request, sockets = _request(at, known), list[Any]()
        request.extensions["trace"] = _remembering(sockets)
        cut = threading.Timer(max(0.0, ends - time.monotonic()), _cut, (sockets,))
        cut.daemon = True
        response = None
        try:
            addresses = self._addresses(address, at)
            self._wait(at)
            cut.start()
            response = self._sent(request, addresses)
            yield response
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            late = time.monotonic() >= ends
            reason = f"no whole answer within {MAX_SECONDS:g} s" if late else str(error) or type(error).__name__
            raise DocumentError(address, f"cannot be reached ({reason}); {_TRY_AGAIN}") from error
        finally:
            cut.cancel()
            if response is not None:
                with suppress(httpx.HTTPError, OSError):
                    response.close()

    def _addresses(self, address: str, at: str) -> list[str]:
        """The IP addresses of a host, each of which may be asked."""
        parts = urlsplit(at)
        host = parts.hostname or ""
        found = self._resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
        private = [] if self._allow_private else [ip for ip in found if not is_public(ip)]
        if private:
            raise DocumentError(
                address, f"leads to {private[0]}, of this machine or a private network; --allow-private reads it too"
            )
        return found

    def _sent(self, request: httpx.Request, addresses: list[str]) -> httpx.Response:
        """The response of the first IP address that can be reached; the name itself is not looked up again."""
        import httpx

        assert self._client is not None
        refused: Exception = OSError("the host has no IP address")
        for ip in addresses:
            request.url = request.url.copy_with(host=ip)
            try:
                return self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
        raise refused

    def _wait(self, at: str) -> None:
        """Wait until the host may be asked again."""
        host = urlsplit(at).netloc
        pause = max(PAUSE, self._robots.delay(at))
        time.sleep(max(0.0, self._asked.get(host, -pause) + pause - time.monotonic()))
        self._asked[host] = time.monotonic()


class _RefusedError(DocumentError):
    """A host answers that it does not give what an address names (4xx)."""


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe certificates of; to read the list of them takes longer than a request."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _request(at: str, known: Validators) -> httpx.Request:
    """A request for an address whose host is still to be replaced by one of its IP addresses."""
    import httpx

    headers = {
        "Host": urlsplit(at).netloc,
        "User-Agent": f"{AGENT}/{version('hoidap')} (reads articles for its user)",
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    headers |= {"If-None-Match": known.etag} if known.etag else {}
    headers |= {"If-Modified-Since": known.modified} if known.modified else {}
    # The certificate is to be that of the name, though the connection is made to the IP address.
    extensions = {"sni_hostname": urlsplit(at).hostname, "timeout": httpx.Timeout(_PATIENCE).as_dict()}
    return httpx.Request("GET", at, headers=headers, extensions=extensions)


def _target(address: str, location: str) -> str:
    try:
        return normalised(location)
    except UsageError as error:
        raise DocumentError(address, f"leads on to an address that is not read ({error})") from error


def _answer(address: str, response: httpx.Response, known: Validators, most: int) -> Answer:
    status = response.status_code
    if status in (404, 410):
        return Gone(address)
    if status == 304 and known != UNKNOWN:
        return Unmodified(address)
    if status not in (200, 203):
        kind = _RefusedError if 400 <= status < 500 and status != 429 else DocumentError
        raise kind(address, f"answered with the status {status}; open it in a browser, or try again later")
    headers = response.headers
    kind_of = headers.get("content-type", "").partition(";")[0].strip().lower()
    validators = Validators(headers.get("etag", ""), headers.get("last-modified", ""))
    return Page(address, _content(address, response, most), kind_of, validators)


def _content(address: str, response: httpx.Response, most: int) -> bytes:
    """The whole body, unpacked. Raises `DocumentError` when it is larger than `most`, or packed as was not asked."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", "deflate", ""):
        raise DocumentError(address, f"is packed in an unknown way ({packed[:40]!r}); save the page yourself")
    # 47 bytes of window: zlib or gzip, whichever it is. The library's own unpacking has no limit.
    unpacker = zlib.decompressobj(47) if packed in ("gzip", "deflate") else None
    content = bytearray()
    try:
        for piece in response.iter_raw():
            content += unpacker.decompress(piece, most + 1 - len(content)) if unpacker else piece
            if len(content) > most:
                raise DocumentError(address, f"is larger than {most // 1024:,} KiB; save the part that you need")
    except zlib.error as error:
        raise DocumentError(address, f"is packed wrongly ({error}); {_TRY_AGAIN}") from error
    if unpacker and not unpacker.eof:
        raise DocumentError(address, f"ended before its end; {_TRY_AGAIN}")
    return bytes(content)


def _remembering(sockets: list[Any]) -> Callable[[str, Any], None]:
    """A trace of a request that keeps its sockets."""

    def trace(event: str, info: Any) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            sockets.append(info["return_value"].get_extra_info("socket"))

    return trace


def _cut(sockets: list[Any]) -> None:
    """End a request from another thread: what waits for its sockets is told at once."""
    for each in sockets:
        with suppress(OSError):
            each.shutdown(2)
