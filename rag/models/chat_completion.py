"""One streamed request to a server that speaks the OpenAI protocol, with one deadline for all of it.

The client is `openai` itself: to import it takes 1.3 s of processor time, llama-index's class over it 3.4 s.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from rag.errors import GenerationError
from rag.models.llm import Message

if TYPE_CHECKING:
    import openai


@dataclass(frozen=True)
class Endpoint:
    """An address that speaks the OpenAI protocol; `base_url` ends in /v1."""

    base_url: str
    model: str
    api_key: str


class Backend(Protocol):
    """What answers; `place` and `advice` (what to change) go into error messages.

    With `has_secret` the address holds a credential: what a client or a server says of a failure, which may repeat it,
    is not told.
    """

    place: str
    advice: str
    has_secret: bool

    def endpoint(self) -> Endpoint:
        """Return where to ask, ready to answer; raises `GenerationError`."""

    def close(self) -> None:
        """Free what it holds."""


class Call:
    """One request, made in a thread of its own.

    The asker waits for the thread's deltas no longer than the deadline, whatever the thread hangs in: loading the
    model, a name server, a server that only sends signs of life.
    """

    def __init__(self, backend: Backend, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> None:
        self._backend = backend
        self._messages = messages
        self._max_tokens = max_tokens
        self._timeout = timeout
        self._under_way: set[Call] = set()
        self._deltas: queue.SimpleQueue[str | GenerationError | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._client: openai.OpenAI | None = None
        self._thread = threading.Thread(target=self._work, name="hoidap-llm", daemon=True)

    def deltas(self, under_way: set[Call]) -> Iterator[str]:
        """Send the request and yield the answer as it grows; raises `GenerationError`.

        The call stands in `under_way` as long as its thread runs, which may be longer than anybody waits for it.
        """
        ends = time.monotonic() + self._timeout
        self._under_way = under_way
        under_way.add(self)
        self._thread.start()
        while True:
            try:
                delta = self._deltas.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                raise GenerationError(
                    f"{self._backend.place} did not finish within {self._timeout:g} s; raise llm.timeout or choose a "
                    "smaller llm.model",
                    retryable=True,
                ) from None
            if self._cancelled.is_set():
                raise GenerationError(f"{self._backend.place} was closed during the answer")
            if delta is None:
                return
            if isinstance(delta, GenerationError):
                raise delta
            yield delta

    def cancel(self) -> None:
        """Cut the connection, upon which the server stops; does nothing when the request is over."""
        self._cancelled.set()
        if self._client is not None:
            self._client.close()

    def wait(self, seconds: float) -> None:
        """Wait for the thread to end after `cancel`."""
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            for delta in self._answer():
                self._deltas.put(delta)
            self._deltas.put(None)
        except Exception as error:  # whatever a client or a server comes up with, the asker gets one kind of error
            self._deltas.put(_explain(error, self._backend))
        finally:
            self._under_way.discard(self)

    def _answer(self) -> Iterator[str]:
        endpoint = self._backend.endpoint()
        if self._cancelled.is_set():
            return
        import openai

        chat: Any = [
            {"role": getattr(each.role, "value", each.role), "content": each.content} for each in self._messages
        ]
        written = finished = False
        # A client for each request: a shared one could not be cut off without harm to the other requests.
        with openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            max_retries=0,
            timeout=self._timeout + 1.0,  # only ends the thread: the asker's own deadline comes first
            http_client=_http_client(endpoint.base_url),
        ) as self._client:
            for chunk in self._client.chat.completions.create(
                model=endpoint.model, messages=chat, temperature=0.0, max_tokens=self._max_tokens, stream=True
            ):
                for choice in chunk.choices:
                    finished = finished or choice.finish_reason is not None
                    if choice.delta.content:
                        written = written or not choice.delta.content.isspace()
                        yield choice.delta.content
        # The client takes a web page, or a stream that simply ends, for a short answer.
        if not finished:
            raise GenerationError(f"{self._backend.place} sent no whole chat completion; {self._backend.advice}")
        if not written:
            raise GenerationError(f"{self._backend.place} gave an empty answer", retryable=True)


def _http_client(base_url: str) -> Any:
    import httpx

    return httpx.Client(
        # Proxies are set up for the world outside; this machine's own servers are not behind them.
        trust_env=not _is_loopback(base_url),
        # Loading the certificates takes time that plain HTTP need not spend.
        verify=base_url.startswith("https:"),
    )


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _explain(error: Exception, backend: Backend) -> GenerationError:
    import httpx
    import openai

    if isinstance(error, GenerationError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, backend)
    if isinstance(error, openai.APIConnectionError | httpx.TransportError):
        text = f"{backend.place} cannot be reached or broke off{_told(error.__cause__ or error, backend)}; start it, or"
        return GenerationError(f"{text} {backend.advice}", retryable=True)
    return GenerationError(
        f"{backend.place} did not answer with a chat completion{_told(error, backend, type(error).__name__)}; "
        f"{backend.advice}"
    )


def _explain_status(error: Any, backend: Backend) -> GenerationError:
    status = error.status_code
    if status in (401, 403):
        return GenerationError(
            f"{backend.place} refused the key (HTTP {status}); check the variable named in llm.api_key_env"
        )
    # The client puts the server's own words, where it finds any, into `body`.
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return GenerationError(
        f"{backend.place} answered HTTP {status}{_told(said or error.message, backend)}; {backend.advice}",
        retryable=status in (408, 409, 429) or status >= 500,
    )


def _told(reason: object, backend: Backend, kind: str = "") -> str:
    """What a client or a server says of a failure, in brackets."""
    said = [kind] if kind else []
    if not backend.has_secret:
        said.append(str(reason)[:200])
    return f" ({': '.join(said)})" if said else ""
