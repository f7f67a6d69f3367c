"""Hoidap answers questions about a collection of articles, with citations that open the exact sentence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answering.answer import Answer, Delta, Fingerprint, Standalone, Status
    from rag.answering.citations import Citation
    from rag.answering.evidence import Evidence
    from rag.answering.quote import Quote
    from rag.assistant import Assistant
    from rag.config import CAUTION, Config, load_config
    from rag.conversations.conversation import Conversation, Exchange, Feedback, Heading
    from rag.conversations.conversation_store import ConversationStore
    from rag.conversations.transcript import answer_markdown, conversation_json, conversation_markdown
    from rag.documents.article import Article
    from rag.documents.passed_over import PassedOver
    from rag.errors import ConfigError, DocumentError, GenerationError, HoidapError, QuestionError, UsageError
    from rag.evaluation.example_questions import ExampleQuestion, example_questions
    from rag.index.filter import Filter
    from rag.index.ingest import removed_articles
    from rag.index.ingest_report import IngestReport, Repair
    from rag.index.page_picture import page_picture
    from rag.index.sources import SourceReport
    from rag.models.reader import SpanReader
    from rag.models.reranker import ReaderAnswer, Reading
    from rag.query.conversation import Turn
    from rag.query.request import Request
    from rag.retrieval.passage import Passage
    from rag.sources.source import Source
    from rag.users.user import User, folded_name, user_name
    from rag.users.user_store import UserStore

__all__ = [
    "CAUTION",
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Config",
    "ConfigError",
    "Conversation",
    "ConversationStore",
    "Delta",
    "DocumentError",
    "Evidence",
    "ExampleQuestion",
    "Exchange",
    "Feedback",
    "Filter",
    "Fingerprint",
    "GenerationError",
    "Heading",
    "HoidapError",
    "IngestReport",
    "Passage",
    "PassedOver",
    "QuestionError",
    "Quote",
    "ReaderAnswer",
    "Reading",
    "Repair",
    "Request",
    "Source",
    "SourceReport",
    "SpanReader",
    "Standalone",
    "Status",
    "Turn",
    "UsageError",
    "User",
    "UserStore",
    "answer_markdown",
    "conversation_json",
    "conversation_markdown",
    "example_questions",
    "folded_name",
    "load_config",
    "page_picture",
    "removed_articles",
    "user_name",
]

_MODULES = {
    "answering.answer": ("Answer", "Delta", "Fingerprint", "Standalone", "Status"),
    "answering.citations": ("Citation",),
    "answering.evidence": ("Evidence",),
    "answering.quote": ("Quote",),
    "assistant": ("Assistant",),
    "config": ("CAUTION", "Config", "load_config"),
    "conversations.conversation": ("Conversation", "Exchange", "Feedback", "Heading"),
    "conversations.conversation_store": ("ConversationStore",),
    "conversations.transcript": ("answer_markdown", "conversation_json", "conversation_markdown"),
    "documents.article": ("Article",),
    "documents.passed_over": ("PassedOver",),
    "errors": ("ConfigError", "DocumentError", "GenerationError", "HoidapError", "QuestionError", "UsageError"),
    "evaluation.example_questions": ("ExampleQuestion", "example_questions"),
    "index.filter": ("Filter",),
    "index.ingest": ("removed_articles",),
    "index.ingest_report": ("IngestReport", "Repair"),
    "index.page_picture": ("page_picture",),
    "index.sources": ("SourceReport",),
    "models.reader": ("SpanReader",),
    "models.reranker": ("ReaderAnswer", "Reading"),
    "query.conversation": ("Turn",),
    "query.request": ("Request",),
    "retrieval.passage": ("Passage",),
    "sources.source": ("Source",),
    "users.user": ("User", "folded_name", "user_name"),
    "users.user_store": ("UserStore",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import rag` stays quick (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(f"rag.{_HOMES[name]}"), name)
