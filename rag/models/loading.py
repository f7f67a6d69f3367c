"""Settings -> the models that they name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.config import EmbeddingSettings, LlmSettings, ModelSettings
from rag.errors import ModelMissing
from rag.models.chat_model import ChatModel
from rag.models.checksums import known_sha256
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.models.graph_embedder import GraphEmbedder
from rag.models.hosted_llm import HostedServer, shown_address
from rag.models.llama_cpp import LlamaServer
from rag.models.llm import LanguageModel
from rag.models.pinned_embedding import exported_graph
from rag.models.registry import find, locate, models_folder
from rag.models.sentence_transformer_embedder import SentenceTransformerEmbedder


def load_embedder(settings: EmbeddingSettings, folder: Path) -> Embedder:
    """Load the configured embedding model; the pinned one, in the folder of models, is exported when first needed.

    Raises `ModelMissing` when its files are not on this machine, `ModelDamaged` when they are not what they should be.
    """
    query, passage = settings.query_prefix, settings.passage_prefix
    if settings.model != PINNED_MODEL:
        return SentenceTransformerEmbedder(settings.model, query_prefix=query, passage_prefix=passage)
    return GraphEmbedder(exported_graph(folder), query_prefix=query, passage_prefix=passage)


def load_llm(settings: LlmSettings, models: ModelSettings) -> LanguageModel | None:
    """Return the configured language model, or None for `none`; nothing is loaded or asked yet.

    Raises `ModelMissing` or `ModelDamaged` when the file of a local model is not there or is not the pinned one.
    """
    if settings.model == "none":
        return None
    if settings.base_url is not None:
        base_url = settings.base_url.rstrip("/")
        identity = hashlib.sha256(f"{shown_address(base_url)}\n{settings.model}".encode()).hexdigest()
        return ChatModel(settings.model, HostedServer(settings, base_url), lambda: identity)
    if settings.model.endswith(".gguf"):
        path = Path(settings.model).expanduser()
        if not path.is_file():
            raise ModelMissing(f"{path} does not exist; set llm.model to a GGUF file, a pinned model or `none`")
        memory = models_folder(models)
        return ChatModel(path.name, LlamaServer(path, path.name), lambda: known_sha256(memory, path.resolve()))
    model = find(settings.model)
    if model.kind != "llm":
        raise ModelMissing(f"{model.name} is an {model.kind} model; set llm.model to a language model or `none`")
    path = locate(model, models_folder(models))
    return ChatModel(model.name, LlamaServer(path, model.name), lambda: model.sha256)
