"""A language model behind somebody's server that speaks the OpenAI protocol."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from rag.config import LlmSettings
from rag.errors import GenerationError
from rag.models.chat_completion import Endpoint


class HostedServer:
    """A `Backend`: a server at an address, with a key from an environment variable."""

    advice = "check llm.base_url (it ends in /v1) and llm.model"

    def __init__(self, settings: LlmSettings, base_url: str) -> None:
        shown = shown_address(base_url)
        self.place = f"the model {settings.model} at {shown}"
        self.has_secret = shown.lower() != base_url.lower()
        self._settings = settings
        self._base_url = base_url

    def endpoint(self) -> Endpoint:
        """Return where to ask; raises `GenerationError` when the variable of the key is not set."""
        variable = self._settings.api_key_env
        key = os.environ.get(variable, "").strip() if variable else "none"
        if not key:
            raise GenerationError(
                f"{self.place}: the environment variable {variable} is not set; put the key there, or change "
                "llm.api_key_env"
            )
        return Endpoint(self._base_url, self._settings.model, key)

    def close(self) -> None:
        """There is nothing to free here."""


def shown_address(address: str) -> str:
    """An address without its user, password, query and fragment, any of which may be a credential."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or "@" in parts.path:
        return "the address in llm.base_url"
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{parts.path}"
