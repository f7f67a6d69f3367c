"""Passages to evidence, evidence to an answer that is checked and cited, or a refusal."""
