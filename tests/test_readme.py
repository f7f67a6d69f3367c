from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.config import CONFIG_FILE, Config, load_config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, ...]]:
    """Commands with their subcommands, as the README names them in code."""
    code = re.findall(r"`(hoidap [^`]+)`", README) + re.findall(r"^\$ (hoidap .*)", README, re.MULTILINE)
    found: list[tuple[str, ...]] = []
    for line in code:
        words = line.split()[1:]
        found.append(tuple(words[:2]) if words[0] in ("models", "articles") else (words[0],))
    # A row of the table goes on with the other subcommands: `hoidap models list`, `pull [NAME...]`, `verify`.
    for group, row in re.findall(r"^\| `hoidap (models|articles) \w+`(.*?)\|", README, re.MULTILINE):
        found += [(group, name) for name in re.findall(r"`(\w+)[^`]*`", row)]
    return sorted(set(found))


def hoidap(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["hoidap", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def workplace(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the README supposes it, with the sample corpus."""
    shutil.copytree(ROOT / "tests" / "corpus", tmp_path / "tests" / "corpus")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOIDAP_MODELS__CACHE", str(models_folder))
    return tmp_path


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: str, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "20 added, 0 failed"
    assert any(line.startswith("1 ") for line in said[1:]), "the example shows no citation"


def test_the_page_is_filled_in() -> None:
    assert not re.search(r"@[A-Z]+@", README)


def test_commands_are_found() -> None:
    assert {("ask",), ("ingest",), ("models", "verify"), ("articles", "show"), ("eval",)} <= set(commands())


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_exists(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hoidap(monkeypatch, *command[:-1], "--help") == 0
    assert re.search(rf"^ *{command[-1]} ", capsys.readouterr().out, re.MULTILINE)
    assert hoidap(monkeypatch, *command, "--help") == 0


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_exist(block: str, tmp_path: Path) -> None:
    (tmp_path / CONFIG_FILE).write_text(block, encoding="utf-8")
    load_config(tmp_path / CONFIG_FILE, environ={})
    # Those that are commented out too.
    whole = re.sub(r"^# (?=\w+ = )", "", block, flags=re.MULTILINE)
    assert tomllib.loads(whole) != tomllib.loads(block)
    (tmp_path / CONFIG_FILE).write_text(whole, encoding="utf-8")
    load_config(tmp_path / CONFIG_FILE, environ={})


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_are_the_defaults(block: str, tmp_path: Path) -> None:
    (tmp_path / CONFIG_FILE).write_text(block, encoding="utf-8")
    assert load_config(tmp_path / CONFIG_FILE, environ={}) == Config()


def exchange() -> tuple[str, str]:
    """The question of the console exchange, and what is printed upon it."""
    (block,) = blocks("console")
    match = re.fullmatch(r'\$ hoidap ask "([^"]+)" --mode extractive\n(.*)', block, re.DOTALL)
    assert match
    return match[1], match[2]


def test_the_exchange_is_what_is_answered(
    sample: Assistant,
    sample_index: Path,
    models_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    question, printed = exchange()
    quoted = re.findall(r"“(.+?)”", printed)
    assert quoted
    texts = [article.text for each in sample.articles() if (article := sample.article(each.id))]
    for sentence in quoted:
        assert any(sentence in text for text in texts), sentence
    monkeypatch.setenv("HOIDAP_MODELS__CACHE", str(models_folder))
    assert hoidap(monkeypatch, "ask", question, "--mode", "extractive", "--index", str(sample_index)) == 0
    answered = capsys.readouterr().out
    # The page may leave lines out, and say so with an ellipsis.
    for line in printed.splitlines():
        assert line.strip(" …") in answered, line


def test_links_and_files_exist() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", README):
        assert (ROOT / target.split("#")[0]).exists(), target
