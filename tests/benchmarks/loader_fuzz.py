"""Whether any bytes make a loader fail otherwise than by naming the file: inputs are mutated until the time is over.

    python tests/benchmarks/loader_fuzz.py --seconds N [--seed S] [--only .docx] [--keep DIR]

Each input is a file that the tests make by code, of which bytes are flipped, cut out, doubled or spliced with those of
another, of packed formats before they are packed too; or a file of one format under the name of another. It goes
through a bounded process as in an ingestion, with 20 s for each. Printed for each ending are how many inputs gave
articles alone, how many were reported, and how many did neither or raised anything else, which must be none, or ended
the process (crashed or hung), which are named with their seed; `--keep` writes those files there. Exit status 1 if any.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import sys
import time
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

from rag.documents import bounded_reading
from rag.documents.article import Article
from rag.documents.bounded_process import BoundedProcess, Limits
from rag.documents.bounded_reading import read
from rag.documents.formats import LOADERS
from rag.documents.loader import loader_for
from rag.documents.passed_over import PassedOver
from rag.errors import DocumentError
from tests.documents.archive_files import tarred, zipped
from tests.documents.office_files import PAGE, book, mail, saved, slides, with_table, word, workbook
from tests.documents.pdf_files import Text, pdf

SECONDS = 20.0
# What the report of an input says when its reader was ended, and not the input refused.
ENDED = ("ended the process", "seconds to read", "of the processor to read")
TEXT = "Cầu Rồng\n\nCầu Rồng ở Đà Nẵng dài 666 mét. Cầu được khánh thành năm 2013.\n"
PAIRS = (b"<", b">", b'"', b"&", b"\\", b"{", b"[", b"\n", b"\0", b"\xff", b"PK", b"%", b"99999999999", b"-1", b"../")


def seeds() -> dict[str, bytes]:
    """A whole file of each ending."""
    document = word("Cầu Rồng dài 666 mét.", "Cầu khánh thành năm 2013.")
    document.add_paragraph("Một", style="List Number")
    with_table(document, [["Cầu", "Dài (m)"], ["Rồng", "666"]])
    sheets = workbook(Cầu=[["Cầu", "Dài (m)", "Khánh thành"], ["Rồng", 666, date(2013, 3, 29)]], Hồ=[["Một câu."]])
    sheets["Cầu"].merge_cells("A2:A3")
    table = '<table><tr><th colspan="2">Cầu</th></tr><tr><td>Rồng</td><td>666</td></tr></table>'
    page = f'<html lang="vi"><head><title>Cầu Rồng</title></head><body><p>{TEXT * 4}</p>{table}</body></html>'
    line = json.dumps({"id": "1", "title": "Cầu", "text": TEXT, "published": "2013-03-29"}, ensure_ascii=False) + "\n"
    found = {
        ".txt": TEXT.encode(),
        ".md": f"---\ntitle: Cầu\npublished: 2013-03-29\n---\n# Cầu\n\n{TEXT}".encode(),
        ".html": page.encode(),
        ".jsonl": 3 * line.encode(),
        ".jsonl.gz": gzip.compress(3 * line.encode()),
        ".csv": f'id,title,text\n1,Cầu,"{TEXT}"\n2,Hồ,"Một câu."\n'.encode(),
        ".tsv": "Sông\tDài\nĐà\t927\nLam\t512\n".encode(),
        ".pdf": pdf([Text(72, 72, "Cầu Rồng", 20), Text(72, 110, "Cầu Rồng dài 666 mét.")], title="Cầu Rồng"),
        ".docx": saved(document),
        ".pptx": saved(slides(("Cầu Rồng", TEXT), ("Hồ", "Một câu."))),
        ".xlsx": saved(sheets),
        ".epub": book({"a.xhtml": PAGE.format(f"<h1>Cầu</h1>{table}"), "b.xhtml": PAGE.format(TEXT)}),
    }  # fmt: skip
    inner = [(f"trong/a{suffix}", content) for suffix, content in found.items()]
    found[".eml"] = mail(TEXT, {"a.txt": TEXT.encode(), "b.pdf": found[".pdf"]}, Subject="Cầu", From="An <a@x.example>")
    found[".zip"] = zipped(*inner)
    found[".tar"] = tarred(*inner)
    found[".tar.gz"] = gzip.compress(found[".tar"])
    return found


def mutated(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The bytes with one to eight changes."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        at, size = rng.randrange(len(found) + 1), rng.choice((1, 2, 8, 64, 512))
        match rng.randrange(7):
            case 0 if at < len(found):
                found[at] ^= 1 << rng.randrange(8)
            case 1:
                del found[at : at + size]
            case 2:
                found[at:at] = found[at : at + size] * rng.choice((1, 2, 50))
            case 3:
                found[at : at + rng.choice((0, 1, size))] = rng.choice(PAIRS) * rng.choice((1, 1, 2, 1000))
            case 4:
                other = rng.choice(others)
                start = rng.randrange(len(other))
                found[at : at + size] = other[start : start + size]
            case 5:
                del found[at:]
            case _:
                found[at : at + size] = rng.randbytes(size)
    return bytes(found)


def inside(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A packed file one of whose members is mutated, packed again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as changed:
        names = archive.namelist()
        chosen = rng.choice([name for name in names if name.endswith((".xml", ".rels", ".opf", ".xhtml"))] or names)
        for name in names:
            member = archive.read(name)
            changed.writestr(name, mutated(member, others, rng) if name == chosen else member)
    return packed.getvalue()


def one(suffix: str, files: dict[str, bytes], rng: random.Random) -> bytes:
    """An input for the loader of that ending."""
    content, others = files[suffix], list(files.values())
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(others)
    if kind < 6 and zipfile.is_zipfile(io.BytesIO(content)):
        return inside(content, others, rng)
    if kind < 6 and suffix.endswith("gz"):
        return gzip.compress(mutated(gzip.decompress(content), others, rng))
    return mutated(content, others, rng)


def outcome(name: str, content: bytes) -> tuple[str, str]:
    """What came of an input (accepted, reported, ended, failed), and what was said."""
    loader = loader_for(name, LOADERS)
    assert loader
    said: list[str] = []
    articles = 0
    try:
        for result in read(loader, io.BytesIO(content), name):
            if isinstance(result, DocumentError):
                said.append(str(result))
            elif isinstance(result, Article):
                articles += 1
            else:
                assert isinstance(result, PassedOver)
    except DocumentError as error:
        said.append(str(error))
    except Exception as error:
        return "failed", repr(error)
    if any(reason in each for each in said for reason in ENDED):
        return "ended", said[-1]
    if any(not each.startswith(name) or ";" not in each for each in said):
        return "failed", f"says neither where nor what to do: {said}"
    return ("reported" if said else "accepted" if articles else "failed"), "".join(said[:1]) or "nothing came of it"


def main() -> None:
    """Print the counts by ending, and what ended or failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="ENDING")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    bounded_reading.FILES = BoundedProcess(Limits(seconds=SECONDS))
    files = seeds()
    counts: dict[str, Counter[str]] = {suffix: Counter() for suffix in files if options.only in (None, suffix)}
    for suffix in counts:
        how, said = outcome(f"a{suffix}", files[suffix])
        assert how == "accepted", (suffix, said)
    end, seed = time.monotonic() + options.seconds, options.seed
    while time.monotonic() < end:
        for suffix, found in counts.items():
            content = one(suffix, files, random.Random(f"{seed} {suffix}"))
            how, said = outcome(f"a{suffix}", content)
            found[how] += 1
            if how in ("ended", "failed"):
                print(f"{suffix} seed {seed}: {how}: {said}", file=sys.stderr, flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{seed}-{how}{suffix}").write_bytes(content)
        seed += 1
    for suffix, found in counts.items():
        told = "  ".join(f"{how} {found[how]:>6,}" for how in ("accepted", "reported", "ended", "failed"))
        print(f"{suffix:10} inputs {found.total():>7,}  {told}")
    sys.exit(any(found["ended"] or found["failed"] for found in counts.values()))


if __name__ == "__main__":
    main()
