"""How well the article is found in a news page, beside plain trafilatura: body, title, date and author.

    python tests/benchmarks/html_news.py FOLDER

The folder has `gold.jsonl`, a page a line (`file`, `title`, `authors`, `publishing_date`, `article_body`), and the
pages in `html/`, packed with gzip. The body counts by the F1 of its words, the title by being the same but for blanks,
case and kinds of quotation marks and dashes, the day of publication as the page's own time zone has it, and an author
by whether one of the true names stands in what was found. A page without a true author is left out of the last.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trafilatura

from rag.documents.article import Article
from rag.documents.html import HtmlLoader
from rag.errors import DocumentError
from rag.text.words import words

WORST = 10
_TYPOGRAPHY = str.maketrans({**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚", "'"), **dict.fromkeys("–—", "-")})


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was found in a page; "" where nothing was."""

    text: str = ""
    title: str = ""
    published: str = ""
    author: str = ""


def ours(page: bytes) -> Extracted:
    """What the loader makes of a page."""
    try:
        found = next(iter(HtmlLoader().load(io.BytesIO(page), "page.html")))
    except DocumentError:
        return Extracted()
    assert isinstance(found, Article)
    return Extracted(found.text, found.title, found.published or "", found.author or "")


def plain(page: bytes) -> Extracted:
    """What trafilatura makes of it, as its documentation calls it."""
    found: Any = trafilatura.bare_extraction(page, with_metadata=True)
    return (
        Extracted(found.text or "", found.title or "", found.date or "", found.author or "") if found else Extracted()
    )


def f1(said: str, wanted: str) -> float:
    """The F1 (0 to 1) of the words of a text against those of another."""
    own, gold = Counter(words(said)), Counter(words(wanted))
    return 2 * (own & gold).total() / max(1, own.total() + gold.total())


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same but for blanks, case, and kinds of quotation marks and dashes."""
    first, second = (
        " ".join(unicodedata.normalize("NFKC", re.sub("[\u00ad\u200b]", "", each)).translate(_TYPOGRAPHY).split())
        for each in (one, other)
    )
    return first.casefold() == second.casefold()


def scores(found: Extracted, gold: dict[str, Any]) -> dict[str, float]:
    """F1 of the body, and 0 or 1 for the others."""
    result = {
        "F1": f1(found.text, gold["article_body"]),
        "title": float(same_title(found.title, gold["title"])),
        "date": float(found.published == gold["publishing_date"][:10]),
    }
    if authors := gold["authors"]:
        result["author"] = float(any(each.casefold() in found.author.casefold() for each in authors))
    return result


def main() -> None:
    """Print a line for each way, the worst pages of ours, and where title or date are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="show each title, date and author that is wrong")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    results: dict[str, list[dict[str, float]]] = {"ours": [], "trafilatura": []}
    for row in rows:
        page = gzip.decompress((options.folder / "html" / row["file"]).read_bytes())
        for way, extract in {"ours": ours, "trafilatura": plain}.items():
            found = extract(page)
            results[way].append(scores(found, row))
            if options.wrong and way == "ours":
                show_wrong(row, found, results[way][-1])
    for way, each in results.items():
        means = {name: [page[name] for page in each if name in page] for name in ("F1", "title", "date", "author")}
        print(f"{way:12}", "  ".join(f"{name} {sum(found) / len(found):.3f}" for name, found in means.items()))
    print("\nworst bodies     ours  trafilatura")
    pages = sorted(range(len(rows)), key=lambda place: results["ours"][place]["F1"])
    for place in pages[:WORST]:
        own, other = (results[way][place]["F1"] for way in ("ours", "trafilatura"))
        print(f"{rows[place]['file'][:38]:38} {own:.3f}  {other:.3f}")


def show_wrong(row: dict[str, Any], found: Extracted, points: dict[str, float]) -> None:
    """Print what is wrong of a page, with what is right."""
    for name, gold, own in (
        ("title", row["title"], found.title),
        ("date", row["publishing_date"][:10], found.published),
        ("author", row["authors"], found.author),
    ):
        if points.get(name) == 0:
            print(f"{row['file']} {name}: {own!r} for {gold!r}")


if __name__ == "__main__":
    main()
