"""What the documents name exists: links, files, commands, and the functions that a question passes."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.cli.main import main

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "rag").rglob("*.md")])
# What has changed names what is gone, too.
OF_TODAY = [page for page in PAGES if page.name != "CHANGELOG.md"]
QUESTION = "Tuyến Cát Linh – Hà Đông dài bao nhiêu km, có bao nhiêu ga?"
_ENDINGS = r"(?:py|md|toml|json|jsonl|css|js|onnx|jinja)"


def names(page: Path, pattern: str) -> list[str]:
    return re.findall(pattern, page.read_text(encoding="utf-8"))


def resolved(dotted: str) -> Any:
    """The module, or the thing in a module, of a dotted name."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ModuleNotFoundError as error:
            if not dotted.startswith(str(error.name)):
                raise
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise AssertionError(dotted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in names(page, r"\]\((?!https?:)([^)\s]+)\)"):
        file, _, heading = target.partition("#")
        path = page.parent / file if file else page
        assert path.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], target


@pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    for name in names(page, rf"`((?:rag|ui|tests|prompts|docs|index)/[\w./-]*?(?:\.{_ENDINGS}|/))`"):
        assert (ROOT / name).exists(), name
    for name in names(page, rf"python (tests/[\w./-]+\.{_ENDINGS})"):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: page.name)
def test_names_in_code_exist(page: Path) -> None:
    for name in names(page, r"`(rag(?:\.\w+)+)`"):
        resolved(name)


@pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: page.name)
def test_commands_exist(page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    groups = ("models", "articles", "sources", "gold", "train")
    found = {
        tuple(line.split()[: 2 if line.split()[0] in groups else 1])
        for line in names(page, r"`hoidap ([a-z][^`\n]*)`") + names(page, r"^\$? ?hoidap ([a-z].*)")
    }
    for command in sorted(found):
        monkeypatch.setattr(sys, "argv", ["hoidap", *command, "--help"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, command
        assert "Usage" in capsys.readouterr().out


def walk() -> list[str]:
    """The functions that a question passes, in the order in which the page tells them."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \d* ?\| `(rag\.[\w.]+)` \|", page, re.MULTILINE)


def test_a_question_takes_the_way_that_is_told(sample: Assistant) -> None:
    told = walk()[1:]  # the first is the command line's
    assert len(told) > 12
    codes = {resolved(name).__code__: name for name in told}
    passed: list[str] = []

    def watch(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in codes and codes[frame.f_code] not in passed:
            passed.append(codes[frame.f_code])

    sys.setprofile(watch)
    try:
        sample.ask(QUESTION, mode="extractive")
    finally:
        sys.setprofile(None)
    assert passed == told


def test_a_question_returns_to_no_package_it_has_left() -> None:
    packages = [name.split(".")[1] for name in walk()]
    assert packages == sorted(packages, key=packages.index)
