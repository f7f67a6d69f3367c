"""Conversations that are kept: their types, the file that they lie in, and their export."""
