from __future__ import annotations

import io
import json
import logging
import sys
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli.terminal import LogFormatter, one_line, print_json, print_message, print_text, progress_bars

OBEYED = ("\x1b]0;x\x07", "\x9b2J", "\x9d0;x\x9c", "\r", "\x08", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028", "\x85")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("code", OBEYED)
def test_what_a_terminal_would_obey_is_an_escape(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_text(f"a{code}b")
    print_message(f"a{code}b")
    print_json({"id": f"a{code}b"})
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not any(letter in text for letter in code if not letter.isalnum() and letter not in "];")
    assert json.loads(said.out.split("\n", 1)[1]) == {"id": f"a{code}b"}
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("code", OBEYED)
def test_a_log_obeys_nothing_either(code: str) -> None:
    try:
        raise ValueError(f"a{code}b")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, f"read {code}", None, sys.exc_info())
    said = LogFormatter().format(record)
    assert "ValueError: a" in said
    assert not any(letter in said for letter in code if not letter.isalnum() and letter not in "];")


def test_escapes_say_which_character_it_is() -> None:
    assert one_line("a\x1b[2J\nb\t\x9b\u202ec") == "a\\x1b[2J\\x0ab\\x09\\x9b\\u202ec"


def test_texts_keep_their_lines_and_what_is_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Cầu\tRồng\n\n👩\u200d👧 कि\u200dन\u200c ở 北京"
    print_text(text)
    assert capsys.readouterr().out == f"{text}\n"


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    line = one_line(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in line)
    assert not any(unicodedata.bidirectional(letter) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI") for letter in line)
    assert one_line(line) == line


def test_what_is_counted_is_named_with_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bars(units={"embedding": "chunks"}) as progress:
        for done in (1, 2, 3):
            progress("embedding", done, 3)
            time.sleep(0.02)
    said = terminal.getvalue()
    assert "3 of 3 chunks" in said
    assert "chunks/s" in said


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shown in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_bars("MB", 1e6) as progress:
            progress("mo\x1bdel [red]", 5_000_000, 20_000_000)
            progress("mo\x1bdel [red]", 20_000_000, 20_000_000)
            progress("reading", 3, 0)
        said: Any = stream.getvalue()
        assert ("20 of 20 MB" in said) == ("reading" in said) == ("mo\\x1bdel [red]" in said) == shown
        assert bool(said) == shown
