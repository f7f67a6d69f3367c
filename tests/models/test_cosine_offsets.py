from __future__ import annotations

import numpy as np
import pytest

from rag.models.cosine_offsets import cosine_offset
from rag.models.embedder import Embedder

# Of four subjects: a question, and a sentence that has nothing to do with the others.
SAID = {
    "vi": [
        ("Ai phát minh ra máy in?", "Nước sôi ở nhiệt độ thấp hơn khi lên cao."),
        ("Cà phê được trồng ở đâu?", "Gutenberg in quyển Kinh Thánh đầu tiên ở Mainz."),
        ("Nước sôi ở bao nhiêu độ?", "Con tàu rời cảng lúc sáu giờ sáng."),
        ("Mấy giờ tàu rời cảng?", "Cây cà phê ưa đất đỏ bazan."),
    ],
    "en": [
        ("Who invented the printing press?", "Water boils at a lower temperature high above the sea."),
        ("Where is coffee grown?", "Gutenberg printed the first Bible in Mainz."),
        ("At what temperature does water boil?", "The ship left the port at six in the morning."),
        ("When does the ship leave the port?", "Coffee plants like red basalt soil."),
    ],
    "zh": [
        ("谁发明了印刷机？", "海拔越高，水的沸点越低。"),
        ("咖啡种植在哪里？", "古腾堡在美因茨印了第一部圣经。"),
        ("水在多少度沸腾？", "船在早上六点离开港口。"),
        ("船什么时候离开港口？", "咖啡树喜欢红色的玄武岩土。"),
    ],
}


def test_what_has_nothing_to_do_with_a_question_is_about_as_near_in_every_pair_of_languages(embedder: Embedder) -> None:
    plain, compared = [], []
    for asked, of_asked in SAID.items():
        questions = embedder.embed_queries([question for question, _ in of_asked])
        for read, of_read in SAID.items():
            cosine = float((questions * embedder.embed_passages([sentence for _, sentence in of_read])).sum(1).mean())
            plain.append(cosine)
            compared.append(cosine + cosine_offset(asked, read))
    assert np.std(compared) < 0.7 * np.std(plain)


def test_a_vietnamese_pair_is_what_the_others_are_compared_with() -> None:
    assert cosine_offset("vi", "vi") == cosine_offset("und", "vi") == 0


@pytest.mark.parametrize("language", ["vi", "en", "de", "zh", "ja", "th"])
def test_a_question_is_nearer_to_its_own_language(language: str) -> None:
    assert cosine_offset(language, language) < cosine_offset(language, "fr")
    assert cosine_offset("und", language) == cosine_offset(language, "und") == cosine_offset(language, language)
