"""Attacks by what is read and asked: malformed files, strange questions, scripts on the page."""

from __future__ import annotations

import gzip
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from rag.answering.answer import Answer
from rag.answering.citations import Citation
from rag.documents.article import Article
from rag.documents.formats import load
from rag.errors import HoidapError
from rag.query.conversation import Turn
from tests.benchmarks.attack_tally import Tally
from tests.benchmarks.attacks_on_collections import CORPUS, opened
from tests.documents.archive_files import packed
from tests.documents.office_files import PAGE, book, mail, saved, slides, with_table, word, workbook
from tests.documents.pdf_files import column, pdf
from tests.strategies import texts
from tests.ui.test_render import HOSTILE, TAGS, Outline, answer, article, quote
from ui import article_page, render, sources
from ui.vietnamese import VIETNAMESE

ASKING = ("bao nhiêu", "là ai", "ở đâu", "so với", "nó", "năm ngoái", "how long", "?", "tóm tắt", "có", "không", "còn")
# What turns, hides and ends texts.
ODD = st.sampled_from(("\x00", "\u202e", "\u2066", "\u2069", "\u200f", "\ufffe", "\x1b[2J", "<|im_end|>", "[1]", "{x}"))
GENERATED = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
SLOW = 10.0  # seconds of processor time, for one file
LONGEST = 2000  # characters that a question may have


def originals() -> list[tuple[str, bytes]]:
    """A suffix and a whole file for every format that is read."""
    lines = ["Cầu Rồng dài 666 m, bắc qua sông Hàn.", "Cầu khánh thành năm 2013 ở Đà Nẵng."]
    text = "\n\n".join(lines)
    document = word(*lines)
    with_table(document, [("Cầu", "Dài"), ("Rồng", "666 m")])
    office = saved(document)
    jsonl = (CORPUS / "hai-bai-tong-hop.jsonl").read_bytes()
    made = {
        ".pdf": pdf(column(72, 72, lines)),
        ".docx": office,
        ".pptx": saved(slides(("Cầu Rồng", lines[0]), ("Cầu", lines[1]))),
        ".xlsx": saved(workbook(Cầu=[("Cầu", "Dài"), ("Rồng", 666)], Hàn=[(lines[1],)])),
        ".epub": book({"a.xhtml": PAGE.format(f"<h1>Cầu Rồng</h1><p>{text}</p>"), "b.xhtml": PAGE.format(text)}),
        ".eml": mail(text, {"a.docx": office}, Subject="Cầu Rồng", From="An <an@bao.example>"),
        ".csv": f"id,title,text\na,Cầu Rồng,{lines[0]!r}\nb,Cầu,{lines[1]!r}\n".encode(),
        ".tsv": f"cầu\tdài\nRồng\t666\nHàn\t488\n{lines[0]}\t1\n".encode(),
        ".jsonl.gz": gzip.compress(jsonl, mtime=0),
    }
    for suffix in (".zip", ".tar", ".tar.gz"):
        made[suffix] = packed(suffix, ("a.txt", text.encode()), ("b/c.docx", office), ("d.jsonl", jsonl))
    return [*((file.suffix, file.read_bytes()) for file in sorted(CORPUS.iterdir())), *made.items()]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content after a few changes of bytes, and cuts, repetitions and moves of pieces."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(changed) + 1)
        piece = changed[start : start + chance.choice((1, 10, 1000))]
        match chance.randrange(5):
            case 0:
                del changed[start:]
            case 1:
                del changed[start : start + len(piece)]
            case 2:
                changed[start:start] = piece * chance.choice((1, 10, 1000))
            case 3:
                changed[start : start + len(piece)] = chance.randbytes(len(piece))
            case _:
                odd = chance.choice((b"\x00", b"\xff\xfe", b"---\n", b"[[[", b"<div>", b'{"text":', b"\xf0\x9f"))
                changed[start:start] = odd * chance.choice((1, 500))
    return bytes(changed)


def files(tally: Tally, count: int, seed: int, folder: Path) -> None:
    """A file of each format with pieces cut, repeated, moved and changed: an article or an error."""
    chance, whole = random.Random(seed), originals()
    suffixes = sorted({suffix for suffix, _ in whole})
    for number in range(count):
        of = chance.choice(suffixes)
        content = mutated(chance.choice([each for suffix, each in whole if suffix == of]), chance)
        file = folder / f"{seed}-{number}{chance.choice(suffixes) if chance.random() < 0.1 else of}"
        file.write_bytes(content)
        begin = time.process_time()
        try:
            found = [type(each).__name__ for each in load(file)]
        except Exception as error:
            tally.add(f"{of} raised {type(error).__name__}", f"{file}: {error}", failed=True)
            continue
        if time.process_time() - begin > SLOW:
            tally.add(f"{of} slow", f"{file}: {time.process_time() - begin:.0f} s", failed=True)
        else:
            tally.add(f"{of} {'read' if 'Loaded' in found else 'refused'}")
            file.unlink()


def faults_of(found: Answer, of: Callable[[str], Article | None]) -> list[str]:
    """What an answer must not be: with a quote that stands nowhere, or other citations than markers."""
    faults = []
    for citation in found.citations:
        source = of(citation.quote.article_id)
        if source is None or source.text[citation.quote.start : citation.quote.end] != citation.quote.text:
            faults.append(f"quote {citation.marker} stands nowhere")
        if f"[{citation.marker}]" not in found.text:
            faults.append(f"marker {citation.marker} is not in the text")
    return faults


def questions(tally: Tally, count: int, seed: int, folder: Path) -> None:
    """What hypothesis makes, alone and as a follow-up: an answer whose quotes stand in their articles, or an error."""
    assistant = opened(folder / "embedded")
    assistant.ingest([CORPUS])
    known = sorted({word for each in assistant.articles() for word in each.title.split()})
    pieces = st.sampled_from(known) | st.sampled_from(ASKING) | texts | ODD
    mixed = st.lists(pieces, min_size=1, max_size=12).map(" ".join)
    long = st.tuples(mixed, st.integers(1, LONGEST)).map(lambda each: (each[0] * LONGEST)[: each[1]])
    asking = mixed | texts | long | st.text(max_size=LONGEST)

    @seeded(seed)
    @settings(GENERATED, max_examples=count)
    @given(asking, st.lists(st.tuples(asking, texts), max_size=2))
    def ask(question: str, turns: list[tuple[str, str]]) -> None:
        of = f"{question!r} after {turns!r}"
        try:
            found = assistant.ask(question, [Turn(*turn) for turn in turns], mode="extractive")
            faults = faults_of(found, assistant.article)
        except HoidapError:
            tally.add("told why not")
        except Exception as error:
            tally.add(f"raised {type(error).__name__}", f"{of}: {error}", failed=True)
        else:
            tally.add("wrong" if faults else found.status, f"{of}: {faults}" if faults else "", failed=bool(faults))

    ask()
    assistant.close()


def faults_on(page: str) -> list[str]:
    """What of an article has become markup on a page."""
    outline = Outline(page)
    faults = [f"tag {tag}" for tag, _ in outline.tags if tag not in TAGS]
    faults += [f"attribute {name}" for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    links = (href or "" for href in outline.hrefs())
    faults += [f"link {href}" for href in links if not re.match(r"#(?:cite|edit)-|https?://", href)]
    return faults + (["a blank line"] if "\n\n" in page else [])


def pages(tally: Tally, count: int, seed: int, folder: Path) -> None:
    """An article, a title and an address full of scripts: no tag, no attribute and no link of the article's own."""
    scripts = st.lists(st.sampled_from(HOSTILE) | texts | ODD, min_size=1, max_size=6).map("".join)
    addresses = scripts | scripts.map("https://a.b/{}".format) | scripts.map("javascript:{}".format)

    @seeded(seed)
    @settings(GENERATED, max_examples=count)
    @given(scripts, scripts, addresses)
    def show(text: str, title: str, address: str) -> None:
        shown = article(f"Trước. {text} Sau.", title, address)
        span = quote(shown, text)
        told = answer(f"{text} [1]", Citation(1, span, "partly"), notice=title)
        try:
            made = (
                render.answer_html(told, "1", VIETNAMESE),
                render.draft_html(text),
                sources.quotes_html(told, "1", VIETNAMESE),
                sources.evidence_html({1: span}, "1", VIETNAMESE),
                article_page.article_html(shown, span, [], VIETNAMESE),
                article_page.gone_html(span, VIETNAMESE),
            )
            faults = [fault for page in made for fault in faults_on(page)]
        except Exception as error:
            faults = [f"raised {type(error).__name__}: {error}"]
        of = f"{text!r}, {title!r}, {address!r}: {', '.join(faults)}" if faults else ""
        tally.add("wrong" if faults else "harmless", of, failed=bool(faults))

    show()
