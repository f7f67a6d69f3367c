"""How the served ONNX graphs are built from weights."""
