"""Hoidap answers questions about a collection of articles, with citations that open the exact sentence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answer import Answer, Delta, Fingerprint
    from rag.assistant import Assistant, Standalone, Status
    from rag.citations import Citation
    from rag.config import CAUTION, Config, load_config
    from rag.conversation import Turn
    from rag.documents import Article
    from rag.errors import ConfigError, DocumentError, GenerationError, HoidapError, QuestionError, UsageError
    from rag.evidence import Evidence, Quote
    from rag.files import PassedOver
    from rag.filters import Filter
    from rag.ingest import IngestReport
    from rag.reader import Found, Reading, SpanReader
    from rag.retrieval import Passage

__all__ = [
    "CAUTION",
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Config",
    "ConfigError",
    "Delta",
    "DocumentError",
    "Evidence",
    "Filter",
    "Fingerprint",
    "Found",
    "GenerationError",
    "HoidapError",
    "IngestReport",
    "Passage",
    "PassedOver",
    "QuestionError",
    "Quote",
    "Reading",
    "SpanReader",
    "Standalone",
    "Status",
    "Turn",
    "UsageError",
    "load_config",
]

_MODULES = {
    "answer": ("Answer", "Delta", "Fingerprint"),
    "assistant": ("Assistant", "Standalone", "Status"),
    "citations": ("Citation",),
    "config": ("CAUTION", "Config", "load_config"),
    "conversation": ("Turn",),
    "documents": ("Article",),
    "errors": ("ConfigError", "DocumentError", "GenerationError", "HoidapError", "QuestionError", "UsageError"),
    "evidence": ("Evidence", "Quote"),
    "files": ("PassedOver",),
    "filters": ("Filter",),
    "ingest": ("IngestReport",),
    "reader": ("Found", "Reading", "SpanReader"),
    "retrieval": ("Passage",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import rag` stays quick (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(f"rag.{_HOMES[name]}"), name)
