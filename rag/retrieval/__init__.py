"""A query to passages: legs, features, fusion, rerank."""
