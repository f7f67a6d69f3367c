"""`python -m rag` is `hoidap`."""

from rag.cli.main import main

main()
