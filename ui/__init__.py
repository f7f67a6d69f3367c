"""The chat in the browser, on Gradio; it uses only the public names of `rag`."""
