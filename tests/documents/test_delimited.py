from __future__ import annotations

from pathlib import Path

import pytest

from rag.documents import delimited
from tests.documents.files import articles, errors, only, read_in_this_process, written


def test_rows_with_a_text_are_articles(tmp_path: Path) -> None:
    content = (
        "\ufeffID;Title;Text;Source;Published;Language;Author\n"
        'a;Đề;"Một ""câu"";\ncâu hai.";https://bao.example/a;2/9/2020;vi;Lê An\n'
        "\n;;Ba.;;;;\n"
    )
    first, second = articles(written(tmp_path, "m/a.csv", content))
    assert (first.id, first.title, first.text) == ("a", "Đề", 'Một "câu";\ncâu hai.')
    assert (first.source, first.published, first.author) == ("https://bao.example/a", "2020-09-02", "Lê An")
    assert (second.id, second.title, second.text) == ("a.csv/2", "a", "Ba.")


def test_a_broken_row_is_named_by_its_line(tmp_path: Path) -> None:
    content = 'id,text,published\n1,"a\nb",\n2,c,never\n3,d,\n'
    file = written(tmp_path, "a.csv", content)
    (error,) = errors(file)
    assert error.place == f"{file}:4"
    assert "`published` is not a date" in error.reason
    assert [each.id for each in articles(file)] == ["1", "3"]


def test_many_broken_rows_are_counted(tmp_path: Path) -> None:
    found = errors(written(tmp_path, "a.csv", "id,text\n" + "1,\n" * 50))
    assert len(found) == 11
    assert "40 more of its rows" in found[-1].reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "Tỉnh,Số xã,Diện tích\nSơn La,188,14.109\nLào Cai,138,\n"),
        ("a.csv", "Tỉnh;Số xã;Diện tích\nSơn La;188;14.109\nLào Cai;138;\n"),
        ("a.tsv", "Tỉnh\tSố xã\tDiện tích\nSơn La\t188\t14.109\nLào Cai\t138\t\n"),
    ],
)
def test_other_rows_are_those_of_a_table(tmp_path: Path, name: str, content: str) -> None:
    article = only(tmp_path, name, content)
    assert article.text == "Sơn La: Số xã: 188; Diện tích: 14.109\nLào Cai: Số xã: 138"
    assert (article.id, article.title, article.published) == (name, "a", None)


def test_a_long_text_is_read_whole(tmp_path: Path) -> None:
    text = "Một câu. " * 30_000
    assert only(tmp_path, "a.csv", f"id,text\na,{text}\n").text == text.strip()


def test_headings_alone(tmp_path: Path) -> None:
    assert "is empty" in errors(written(tmp_path, "a.csv", "id,text\n"))[0].reason
    assert only(tmp_path, "b.csv", "Tỉnh,Số xã\n").text == "Tỉnh: Số xã"


def test_rows_and_columns_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "a.csv", "id,text\n1,a\n" + "," * 20_000)
    (error,) = errors(file)
    assert (error.place, error.reason) == (f"{file}:3", "the row has more than 10,000 columns; split it")
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(delimited, "MAX_ROWS", 10)
    assert "split it" in errors(written(tmp_path, "b.csv", "id,text\n" + "1,a\n" * 20))[0].reason
