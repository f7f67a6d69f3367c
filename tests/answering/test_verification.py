from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest

from rag.answering.answer_check import Support
from rag.answering.quote import Quote
from rag.answering.verification import LONGEST_CLAIM, RuleCheck
from rag.models.embedder import PINNED_MODEL, Vectors
from rag.models.text_vectors import TextVectors
from rag.text.language import language_of
from tests.doubles import HashEmbedder

MAIL = "Hệ thống thư điện tử có 7.345 hộp thư, tỷ lệ sử dụng đạt 80%."
CHAIR = "Đồng chí Nguyễn Văn Vịnh, Bí thư Tỉnh ủy chủ trì hội nghị."


def quote(text: str, title: str = "", language: str = "") -> Quote:
    return Quote("a.md", title, "a.md", "2016-07-21", language or language_of(text), 0, len(text), text, 1.0)


def support(claim: str, evidence: str, title: str = "") -> Support:
    return RuleCheck().check(claim, [quote(evidence, title)]).support


def test_thousands_are_the_same_with_a_point_and_with_a_comma() -> None:
    assert support("Có 7,345 hộp thư", MAIL) == "supported"


def test_another_unit_or_a_negation_is_borne_out_in_part() -> None:
    cost = "Công trình được cấp 5 triệu đồng và không được khánh thành năm 2018."
    assert support("Công trình được cấp 5 triệu đồng.", cost) == "partly"
    assert support("Công trình không được khánh thành năm 2018 và được cấp 5 triệu đồng.", cost) == "supported"
    assert support("Công trình không được cấp 5 triệu đồng.", "Công trình được cấp 5 triệu đồng.") == "partly"


# Quantities


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Tỷ lệ đạt 80 phần trăm.", "Tỷ lệ đạt 80%."),
        ("Họp ngày 21 tháng 7 năm 2016.", "Họp sáng 21/7/2016."),
        ("Họp ngày 21/7/2016.", "Trong năm 2016, họp ngày 21 tháng 7."),
        ("Có mười hai nhà ga.", "Có 12 nhà ga."),
        ("Có 12 nhà ga.", "Có mười hai nhà ga."),
        ("Vốn là 5.000.000 đồng.", "Vốn là 5 triệu đồng."),
        ("Tàu chạy cách nhau 8 phút.", "Tàu chạy cách nhau 8-12 phút."),
        ("Tàu chạy từ 5h.", "Tàu chạy từ 5 giờ."),
        ("The cost is 1.46 billion USD.", "The cost is 1,460 million dollars."),
        ("UBND tỉnh họp.", "Ủy ban nhân dân tỉnh họp."),
    ],
)
def test_quantities_are_the_same_however_they_are_written(claim: str, evidence: str) -> None:
    assert support(claim, evidence) == "supported"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Họp ngày 21/7/2016.", "Họp ngày 12/7/2016 với 21 người."),
        ("Họp ngày 21/7/2016.", "Họp ngày 21/7/2015, rồi họp ngày 5/7/2016."),
        ("Họp tháng 7.", "Họp với 7 người."),
        ("Vốn là 5 tỷ đồng.", "Vốn là 5 triệu đồng."),
        ("Tuyến dài 13 m.", "Tuyến dài 13 km."),
        ("Có ba nhà ga.", "Có 12 nhà ga."),
        ("Có 5 trụ.", "Có trụ trong năm 2015."),
        ("Tỷ lệ đạt 80 người.", "Tỷ lệ đạt 80%."),
    ],
)
def test_another_day_or_unit_is_not_borne_out(claim: str, evidence: str) -> None:
    assert support(claim, evidence) == "unsupported"


# Names


def test_a_part_of_a_name_is_borne_out_by_the_whole_and_a_whole_name_only_by_itself() -> None:
    assert support("Ông Vịnh chủ trì hội nghị.", CHAIR) == "supported"
    assert support("Nguyễn Thị Vịnh chủ trì hội nghị.", CHAIR) == "unsupported"
    assert support("Trần Văn Vịnh chủ trì hội nghị.", CHAIR) == "unsupported"
    assert support("Hội nghị do Nguyen Van Vinh chủ trì.", CHAIR) == "supported"
    assert support("Lê Vịnh Nguyễn chủ trì hội nghị.", CHAIR) == "unsupported"


def test_a_given_name_that_is_spelled_like_a_unit_is_a_name() -> None:
    assert support("Lê An chủ trì hội nghị.", "Lê Bình chủ trì hội nghị.") == "unsupported"
    assert support("Tỷ giá USD tăng 5 USD.", "Tỷ giá đô la tăng 5 đô la.") != "unsupported"


def test_two_names_behind_each_other_are_two_names() -> None:
    evidence = "Ông Vũ Hồng Trường là giám đốc của Hanoi Metro."
    assert support("Giám đốc Hanoi Metro Vũ Hồng Trường.", evidence) == "supported"


def test_names_that_changed_places_are_borne_out_in_part() -> None:
    evidence = "Đội Nam thắng đội Bình ở sân nhà."
    assert support("Đội Nam thắng đội Bình.", evidence) == "supported"
    assert support("Đội Bình thắng đội Nam.", evidence) == "partly"
    assert support("Thư viện ở quận Hà Nội.", "Thư viện ở quận Hoàng Mai.", title="Hà Nội") == "partly"


def test_names_alone_bear_nothing_out() -> None:
    assert support("Vợ của Lê An là Trần Bình.", "Lê An gặp Trần Bình.") == "unsupported"


@pytest.mark.parametrize(
    "claim", ["Không tìm thấy thông tin về hộp thư.", "The quotes do not mention it.", "Xem https://evil.example."]
)
def test_that_it_is_not_there_or_an_address_is_no_answer(claim: str) -> None:
    assert support(claim, MAIL + " " + "thông tin về xem the quotes do mention it") == "unsupported"


@pytest.mark.parametrize("claim", ["韩国的 Samsung 很大。", "日本の Toyota は大きい。", "_ Samsung 很大。"])
def test_a_name_behind_words_of_a_script_without_capitals(claim: str) -> None:
    assert support(claim, claim) == "supported"
    assert (
        support(claim.replace("很", "不"), claim.replace("Samsung", "Sony").replace("Toyota", "Sony")) == "unsupported"
    )


def test_names_behind_each_other_are_checked_in_linear_time() -> None:
    started = time.process_time()
    assert support("Gặp " + "La " * 400 + "Xo.", "Gặp La, La La, La La La và Lo.") == "unsupported"
    assert time.process_time() - started < 1


# Meaning


class Near(HashEmbedder):
    """All texts have one cosine with each other."""

    def __init__(self, cosine: float) -> None:
        super().__init__(PINNED_MODEL, 2)
        self.cosine = cosine

    def embed_passages(self, texts: Sequence[str], progress: object = None) -> Vectors:
        self.embedded += texts
        other = (self.cosine, (1 - self.cosine**2) ** 0.5)
        return np.array([(1, 0) if text == PARAPHRASE else other for text in texts], np.float32)


PARAPHRASE = "Lượng thư gửi đi tăng nhanh."


def test_a_paraphrase_is_told_by_its_cosine() -> None:
    assert RuleCheck().check(PARAPHRASE, [quote(MAIL)]).support == "unsupported"
    for cosine, expected in ((0.95, "partly"), (0.85, "unsupported")):
        verdict = RuleCheck(TextVectors(Near(cosine))).check(PARAPHRASE, [quote(MAIL)])
        assert verdict.support == expected
        assert f"{cosine:.3f}" in verdict.reason


def test_quotes_are_embedded_once_for_all_claims_and_only_where_words_do_not_tell() -> None:
    embedder = Near(0.5)
    check = RuleCheck(TextVectors(embedder))
    check.check("Hệ thống thư điện tử có 7.345 hộp thư.", [quote(MAIL)])
    assert embedder.embedded == []
    for claim in (PARAPHRASE, "Thư từ đi lại nhiều lên."):
        check.check(claim, [quote(MAIL), quote(CHAIR)])
    assert sorted(embedder.embedded) == sorted([PARAPHRASE, MAIL, CHAIR, "Thư từ đi lại nhiều lên."])


def test_the_vectors_of_another_model_are_not_used() -> None:
    embedder = HashEmbedder("another")
    RuleCheck(TextVectors(embedder)).check(PARAPHRASE, [quote(MAIL)])
    assert embedder.embedded == []


# Reasons


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Có 9.000 hộp thư.", "a number or date of the claim does not stand there"),
        ("Hộp thư của Lê An.", "the name lê an does not stand there"),
        ("Hộp thư có mã X7.", "the code x7 does not stand there"),
        ("Xem www.a.vn.", "the claim holds an address of the web"),
        ("Hệ thống thư có 7.345 thư điện tử.", "a number counts another thing there"),
        ("Không có 7.345 hộp thư.", "only one of the two has a negation"),
        ("x" * (LONGEST_CLAIM + 1), f"the claim is longer than {LONGEST_CLAIM} characters"),
    ],
)
def test_a_verdict_says_why(claim: str, reason: str) -> None:
    assert RuleCheck().check(claim, [quote(MAIL)]).reason == reason
