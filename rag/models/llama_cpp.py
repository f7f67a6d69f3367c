"""llama.cpp inside this process: one model file behind llama.cpp's own server on a loopback address."""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path
from typing import Any

from rag.errors import GenerationError
from rag.models.chat_completion import Endpoint
from rag.models.cpu import usable_cores

CONTEXT_TOKENS = 4096
PROMPT_CACHE_MIB = 256
PROMPT_BATCH_TOKENS = 256


class LlamaServer:
    """A `Backend`: one GGUF file, loaded on first use; several threads may ask for its endpoint."""

    advice = "set llm.model to another model"
    has_secret = False

    def __init__(self, path: Path, name: str) -> None:
        self.place = f"the local model {name}"
        self._path = path
        self._name = name
        self._lock = threading.Lock()
        self._server: Any = None
        self._api_key = ""

    def endpoint(self) -> Endpoint:
        """Return where the model answers, loading it first if need be; raises `GenerationError` when it does not load.

        While it loads (1 s for half a gigabyte) llama.cpp holds the interpreter lock, and the other threads wait.
        """
        with self._lock:
            if self._server is None:
                # The server is open to every program and web page on this machine; the key closes it.
                self._api_key = secrets.token_urlsafe()
                self._server = _start(self._path, self._api_key)
            return Endpoint(f"{self._server.listening_address}/v1", self._name, self._api_key)

    def close(self) -> None:
        """Stop the server and free its memory; no request may be under way, for llama.cpp may crash on that."""
        with self._lock:
            self._server = None


def _start(path: Path, api_key: str) -> Any:
    # Between two steps the threads of llama.cpp wait for each other in a busy loop. Where another program uses a core,
    # that brings 50 tokens/s down to 1; asleep they keep 19. The variable is read once, when OpenMP is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import xllamacpp
    except ImportError as error:
        raise GenerationError(
            f"llama.cpp cannot be loaded ({error}): install the OpenMP library (libgomp1 on Debian), "
            "or set llm.base_url to a hosted model"
        ) from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.hostnames = ["127.0.0.1"]
    parameters.api_keys = [api_key]
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = -1
    # Mapped, the file would stay in memory beside what is repacked of it for this processor: 600 MB of the 1.5B.
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    parameters.n_ctx = CONTEXT_TOKENS
    # A cancelled request stops between two batches of the prompt.
    parameters.n_batch = PROMPT_BATCH_TOKENS
    # One answer at a time: on a CPU two at once are each half as fast, and would share the context.
    parameters.n_parallel = 1
    # Prompts with another head do not push the one in use out for good; llama.cpp's own limit is 8 GiB.
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = usable_cores()
    parameters.endpoint_metrics = True
    try:
        server = xllamacpp.Server(parameters)
        # Dropping a server whose loop has not begun hangs for ever; an answer to anything shows that it has.
        server.handle_metrics()
        return server
    except RuntimeError as error:
        raise GenerationError(
            f"{path} cannot be loaded ({error}): it must be a GGUF model that fits into memory; "
            "check it with: hoidap models verify, or set llm.model to another model"
        ) from error
