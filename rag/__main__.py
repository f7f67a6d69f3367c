"""`python -m rag` is `hoidap`."""

from rag.cli import main

main()
