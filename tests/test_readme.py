from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli.main import main
from rag.config import CONFIG_FILE, Config, load_config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARTICLE = "metro-cat-linh-ha-dong.md"
QUESTION = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
# They go to the network, wait for a browser, for Ctrl-C or a password, or take hours.
NOT_RUN = ("models pull", "serve", "train", "users", "watch")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, ...]]:
    """Commands with their subcommands, as the README names them in code."""
    code = re.findall(r"`(hoidap [^`]+)`", README) + re.findall(r"^\$ (hoidap .*)", README, re.MULTILINE)
    found: list[tuple[str, ...]] = []
    for line in code:
        words = line.split()[1:]
        found.append(tuple(words[:2]) if words[0] in ("models", "articles", "sources", "users") else (words[0],))
    # A row of the table goes on with the other subcommands: `hoidap models list`, `pull [NAME...]`, `verify`.
    for group, row in re.findall(r"^\| `hoidap (models|articles|sources|users) \w+[^`]*`(.*?)\|", README, re.MULTILINE):
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


def make_chat(*variables: str) -> list[list[str]]:
    """The commands with a collection that `make chat` runs, one list of words each, and last the one that it prints."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "chat", *variables],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = re.findall(r"^\.venv/bin/hoidap ((?:ingest|serve) .*)", done.stdout, re.MULTILINE)
    shown = re.search(r"\.venv/bin/(hoidap ask .*)'$", done.stdout, re.MULTILINE)
    assert shown
    return [*map(shlex.split, found), shlex.split(shown[1])[1:]]


def index_of(command: Sequence[str]) -> str:
    return command[command.index("--index") + 1] if "--index" in command else str(Config().index)


def test_one_collection_is_made_and_asked() -> None:
    ingest, serve, ask = make_chat()
    assert ingest[:2] == ["ingest", "tests/corpus"]
    assert [index_of(command) for command in (ingest, serve, ask)] == ["index/default"] * 3
    assert "--index" not in ask
    assert make_chat("DOCS=./tests/corpus/")[1] == serve


def test_another_folder_has_a_collection_of_its_own() -> None:
    commands = make_chat("DOCS=my-articles")
    assert commands[0][:2] == ["ingest", "my-articles"]
    (index,) = {index_of(command) for command in commands}
    assert index.startswith("index/my-articles-")
    assert {index_of(command) for command in make_chat("DOCS=other/my-articles")} != {index}


def run_python(block: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("1 ") for line in said[1:]), "the example shows no citation"
    return said


def examples() -> list[str]:
    """The command lines of the page in its order: those of the console, then those of the table, filled in."""
    found = re.findall(r"^\$ hoidap (.*)", README, re.MULTILINE)
    for group, row in re.findall(
        r"^\| (`hoidap (?:models |articles |sources |train |users )?)(.*?) \|", README, re.MULTILINE
    ):
        found += [f"{group[8:]}{each.removeprefix('hoidap ')}" for each in f"`{row}".split("`")[1::2]]
    filled = [re.sub(r"\[.*?\]|\bDIR\b", lambda m: "index/default" if m[0] == "DIR" else "", each) for each in found]
    values = {
        "PATH...": "tests/corpus",
        "PLACE...": "tests/corpus",
        "ID...": ARTICLE,
        "ID": ARTICLE,
        "GOLD.jsonl": "gold.jsonl",
        "...": QUESTION,
    }
    lines = [re.sub("|".join(map(re.escape, values)), lambda m: values[m[0]], each) for each in filled]
    return [line.strip() for line in lines if not line.startswith(NOT_RUN)]


@pytest.fixture
def quotes_only(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_LLM__MODEL", "none")
    gold = {"id": "1", "question": QUESTION, "articles": {ARTICLE: 1}}
    (workplace / "gold.jsonl").write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")


def test_examples_are_found() -> None:
    starts = ("ask", "models list", "ingest tests/corpus", "articles show metro", "search", "eval gold", "replay")
    for start in starts:
        assert any(each.startswith(start) for each in examples()), start


@pytest.mark.usefixtures("quotes_only")
def test_all_examples_after_make_chat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert hoidap(monkeypatch, *make_chat()[0]) == 0
    assert capsys.readouterr().out.startswith("20 added")
    for block in blocks("python"):
        assert run_python(block, capsys)[0] == "0 added, 0 failed"
    for line in examples():
        code = hoidap(monkeypatch, *shlex.split(line))
        said = capsys.readouterr()
        # One question is too few to fit anything to, which is said.
        assert (code, said.err) == (0, "") or (line.startswith("calibrate") and "too few questions" in said.err), line


@pytest.mark.usefixtures("quotes_only")
@pytest.mark.parametrize("line", examples())
def test_each_example_in_a_fresh_folder(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = hoidap(monkeypatch, *shlex.split(line))
    said = capsys.readouterr().err
    if code == 0:
        assert line.startswith(("ingest ", "models ", "sources add", "replay", "gold check"))
    else:
        assert code == 1
        assert re.fullmatch("hoidap: .*run: hoidap ingest FOLDER --index index/default\n", said)


@pytest.mark.usefixtures("quotes_only")
@pytest.mark.parametrize("block", blocks("python"))
def test_python_in_a_fresh_folder(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_python(block, capsys)[0] == "20 added, 0 failed"
    assert Config().index.is_dir(), "the example is about another collection than the rest of the page"


def test_the_page_says_how_to_call_the_command() -> None:
    section = README.split("\n## Two commands\n")[1].split("\n## ")[0]
    assert "source .venv/bin/activate" in section
    assert ".venv/bin/hoidap" in section


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
