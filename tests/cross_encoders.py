"""A tiny cross-encoder of random weights, in the files of a real one."""

from __future__ import annotations

import re
from pathlib import Path

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (*SPECIAL, *re.findall(r"\w+", "cầu vàng dài bao nhiêu mét khánh thành năm hồ gươm ở hà nội ga tàu"))


def save_cross_encoder(folder: Path, labels: int = 1) -> Path:
    """Write a BERT of one layer with a WordPiece vocabulary of its own, equal in every process."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt"), strip_accents=False, model_max_length=64).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        config = BertConfig(
            vocab_size=len(WORDS),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            initializer_range=0.5,
        )
        config.num_labels = labels
        BertForSequenceClassification(config).save_pretrained(folder)
    return folder
