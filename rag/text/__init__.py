"""Text: one normal form, words, sentences, languages, names, dates, quantities."""
