"""Hoidap answers questions about a collection of articles, with citations that open the exact sentence."""
