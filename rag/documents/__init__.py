"""Files to articles, and articles to chunks."""
