from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.documents import mail as mail_module
from tests.documents.files import articles, errors, only, read_in_this_process, written
from tests.documents.office_files import mail, saved, word

HEADERS = {
    "Subject": "Cầu Rồng khánh thành",
    "From": "Lê An <an@bao.example>",
    "Date": "Fri, 29 Mar 2013 23:30:00 +0700",
}


def test_subject_sender_and_day(tmp_path: Path) -> None:
    article = only(tmp_path, "a.eml", mail("Cầu dài 666 m.\n", None, **HEADERS))
    assert (article.title, article.author, article.published) == ("Cầu Rồng khánh thành", "Lê An", "2013-03-29")
    assert (article.id, article.text) == ("a.eml", "Cầu dài 666 m.")


def test_attachments_are_articles_below_the_mail(tmp_path: Path) -> None:
    attached = {
        "../báo cáo.docx": saved(word("Báo cáo.")),
        "b.csv": b"id,text\nx,Ba.\n",
        "hỏng.docx": b"?",
        "c.xyz": b"?",
    }
    file = written(tmp_path, "m/a.eml", mail("Một.", attached | {"b.txt": b"A\nHai."}, **HEADERS))
    assert [(each.id, each.text) for each in articles(tmp_path)] == [
        ("m/a.eml", "Một."),
        ("m/a.eml/báo cáo.docx", "Báo cáo."),
        ("x", "Ba."),
        ("m/a.eml/b.txt", "Hai."),
    ]
    broken, unknown = errors(tmp_path)
    assert (broken.place, unknown.place) == (f"{file}:3", f"{file}:4")
    assert broken.reason.startswith("its attachment 'hỏng.docx' is no whole .docx file")
    assert "is of a format that is not read; save it" in unknown.reason


def test_attachments_of_one_name_are_told_apart(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("Một.")
    for text in ("Hai.", "Ba."):
        message.add_attachment(text, filename="a.txt")
    found = articles(written(tmp_path, "a.eml", message.as_bytes()))
    assert [each.id for each in found] == ["a.eml", "a.eml/a.txt", "a.eml/a (2).txt"]


def test_plain_text_comes_before_html_and_html_is_read_where_it_is_alone(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("Chữ.")
    message.add_alternative("<p>Trang.</p>", subtype="html")
    assert only(tmp_path, "a.eml", message.as_bytes()).text == "Chữ."
    message = EmailMessage()
    message.set_content("<h1>Đề</h1><p>Một <b>câu</b>.</p><script>x</script>", subtype="html")
    assert only(tmp_path, "b.eml", message.as_bytes()).text == "Đề\nMột câu."


def test_old_and_wrong_charsets(tmp_path: Path) -> None:
    head = "Subject: a\nContent-Type: text/plain; charset={}\n\n"
    assert only(tmp_path, "a.eml", head.format("iso-8859-1").encode() + "café".encode("latin-1")).text == "café"
    assert only(tmp_path, "b.eml", head.format("nothing").encode() + "Cầu.".encode()).text == "Cầu."
    (error,) = errors(written(tmp_path, "c.eml", head.format("us-ascii").encode() + b"caf\xe9"))
    assert "save it as UTF-8" in error.reason


def nested(depth: int) -> bytes:
    opened = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(depth))
    head = "Subject: a\nContent-Type: multipart/mixed; boundary=b0\n\n"
    return f"{head}{opened}--b{depth}\nContent-Type: text/plain\n\nCâu.\n".encode()


def test_nesting_and_headers_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(tmp_path, "a.eml", nested(20)).text == "Câu."
    (error,) = errors(written(tmp_path, "b.eml", nested(1000)))
    assert "parts in parts" in error.reason
    read_in_this_process(monkeypatch)
    monkeypatch.setattr(mail_module, "_MAX_NESTED_BYTES", 10_000)
    assert "parts in parts" in errors(written(tmp_path, "b.eml", nested(20) + b"a\n" * 1000))[0].reason
    for content in (b"Subject: " + b"a" * 5000 + b"\n\nb", b"From: " + b" a\n" * 5000 + b"\nb"):
        (error,) = errors(written(tmp_path, "c.eml", content))
        assert "too long to be read; shorten it" in error.reason
    (error,) = errors(written(tmp_path, "d.eml", b"X: a\n" * 2**18))
    assert "no end of its headers" in error.reason


@pytest.mark.parametrize("header", ["From: <<<(", "Date: 99 Foo 2013", "Subject: =?x?q?", "From: =?utf-8?b?//?="])
def test_malformed_headers_lose_no_text(tmp_path: Path, header: str) -> None:
    assert only(tmp_path, "a.eml", f"{header}\n\nMột câu.".encode()).text == "Một câu."


def test_a_forwarded_mail_is_an_article_below_the_mail(tmp_path: Path) -> None:
    inner = EmailMessage()
    inner["Subject"] = "Thư gốc"
    inner.set_content("Trong thư gốc.")
    inner.add_attachment("Đính kèm.", filename="a.txt")
    outer = EmailMessage()
    outer.set_content("Xin chuyển.")
    outer.add_attachment(inner)
    found = articles(written(tmp_path, "a.eml", outer.as_bytes()))
    assert [(each.id, each.text) for each in found] == [
        ("a.eml", "Xin chuyển."),
        ("a.eml/mail.eml", "Trong thư gốc."),
        ("a.eml/mail.eml/a.txt", "Đính kèm."),
    ]
    assert found[1].title == "Thư gốc"
    chain = "".join(f"Subject: {n}\nContent-Type: message/rfc822\n\n" for n in range(60))
    (last,) = articles(written(tmp_path, "b.eml", f"{chain}Subject: z\n\nCâu cuối.".encode()))
    assert last.text == "Câu cuối."
