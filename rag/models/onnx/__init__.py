"""How the served ONNX graphs are built from weights, and opened; what is not named here is not for use outside."""

from rag.models.onnx.e5_weights import unpack
from rag.models.onnx.embedding_graph import export
from rag.models.onnx.entailment_graph import export_entailment
from rag.models.onnx.exported import GRAPH_FILE, damaged, read_description, verify_graph
from rag.models.onnx.reader_graph import WordVectors, export_reader, feed_of, weights_of
from rag.models.onnx.session import open_session

__all__ = [
    "GRAPH_FILE",
    "WordVectors",
    "damaged",
    "export",
    "export_entailment",
    "export_reader",
    "feed_of",
    "open_session",
    "read_description",
    "unpack",
    "verify_graph",
    "weights_of",
]
