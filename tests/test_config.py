from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rag.config import CAUTION, CONFIG_FILE, AnswerSettings, Config, LlmSettings, bolder_level, load_config
from rag.errors import ConfigError, UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_need_no_file(folder: Path) -> None:
    assert load_config(environ={}) == Config()


def test_arguments_go_before_the_environment_and_that_before_the_file(folder: Path) -> None:
    (folder / CONFIG_FILE).write_text("[chunks]\nsize = 100\noverlap = 1\n[retrieval]\ntop_n = 1\n", encoding="utf-8")
    environ = {"HOIDAP_CHUNKS__SIZE": "200", "HOIDAP_CHUNKS__OVERLAP": "2", "OTHER_CHUNKS__SIZE": "7"}
    config = load_config(overrides={"chunks": {"size": 300}, "index": folder / "elsewhere"}, environ=environ)
    assert (config.chunks.size, config.chunks.overlap, config.retrieval.top_n) == (300, 2, 1)
    assert config.index == folder / "elsewhere"


def test_the_environment_of_the_process_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIDAP_UI__PORT", "8000")
    monkeypatch.setenv("HOIDAP_INDEX", "kho")
    config = load_config()
    assert (config.ui.port, config.index) == (8000, Path("kho"))


@pytest.mark.parametrize(("given", "threshold"), [("careful", 0.6), ("0.25", 0.25), ("always_try", 0.0)])
def test_how_careful_to_be_is_a_name_or_a_number(folder: Path, given: str, threshold: float) -> None:
    assert load_config(environ={"HOIDAP_ANSWER__REFUSE_BELOW": given}).answer.refuse_below == threshold
    (folder / CONFIG_FILE).write_text(f'[answer]\nrefuse_below = "{given}"\n', encoding="utf-8")
    assert load_config(environ={}).answer.refuse_below == threshold


def test_names_of_caution_go_from_never_to_always() -> None:
    assert list(CAUTION.values()) == sorted(CAUTION.values(), reverse=True)
    assert [bolder_level(each) for each in (1.0, 0.9, 0.5, 0.4, 0.2, 0.1, 0.0)] == [0.9, 0.6, 0.4, 0.2, 0.0, 0.0, 0.0]
    assert Config().answer.refuse_below == CAUTION["balanced"]


def test_a_named_file_is_read_in_place_of_that_of_the_folder(folder: Path) -> None:
    (folder / CONFIG_FILE).write_text("[ui]\nport = 1\n", encoding="utf-8")
    (folder / "khác.toml").write_text('[ui]\nlanguage = "en"\n', encoding="utf-8")
    config = load_config(folder / "khác.toml", environ={})
    assert (config.ui.port, config.ui.language) == (7860, "en")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"[chunks]\nsise = 3", "chunks.sise"),
        (b"[chunk]\nsize = 100", "chunk"),
        (b"[chunks]\nsize = 10", "chunks.size"),
        (b"[answer]\nrefuse_below = 1.5", "answer.refuse_below"),
        (b'[answer]\nrefuse_below = "reckless"', "always_try"),
        (b'[answer]\nmode = "loud"', "answer.mode"),
        (b'[ui]\nport = "many"', "ui.port"),
        (b"chunks = 3", "chunks"),
        (b"[chunks\nsize", "not valid TOML"),
        (b"\xff\xfe[", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_setting(folder: Path, content: bytes, named: str) -> None:
    (folder / CONFIG_FILE).write_bytes(content)
    with pytest.raises(ConfigError, match=named):
        load_config(environ={})


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("HOIDAP_LLM__MODLE", "x", "llm.modle"),
        ("HOIDAP_LLMS__MODEL", "x", "llms"),
        ("HOIDAP_LLM", "x", "llm"),
        ("HOIDAP_LLM__TIMEOUT", "0", "llm.timeout"),
        ("HOIDAP_UI__PORT", "70000", "ui.port"),
        ("HOIDAP_", "x", "''"),
    ],
)
def test_a_wrong_variable_is_named(folder: Path, name: str, value: str, named: str) -> None:
    with pytest.raises(ConfigError, match=f"'?{named}'?"):
        load_config(environ={name: value})


@pytest.mark.parametrize("name", ["HOIDAP_INDEX__X", "HOIDAP_LLM__MODEL__X"])
def test_a_setting_is_no_section(folder: Path, name: str) -> None:
    overrides: dict[str, Any] = {"index": "a", "llm": {"model": "none"}}
    (folder / CONFIG_FILE).write_text('index = "a"\n[llm]\nmodel = "none"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="is not a section"):
        load_config(environ={name: "1"}, overrides=overrides)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[answer]\nquoats = 3", r"'answer\.quoats': there is no such setting; did you mean 'answer\.quotes'\?"),
        ("[answer]\nquoats = 3", r"\[answer\] has mode, reader, quotes, refuse_below, "),
        ("[answr]\nquotes = 3", r"'answr': there is no such setting; did you mean 'answer'\?.* index, models, "),
        ('mode = "extractive"', r"did you mean 'answer\.mode'\?"),
        ("[llm]\nquotes = 3", r"did you mean 'answer\.quotes'\?"),
        ("[answer]\nzzz = 3", r"'answer\.zzz': there is no such setting; \[answer\] has mode"),
        ('[answer]\nrefuse_below = "brave"', r"'brave' .*never_wrong, careful, .*, always_try.* from 0 to 1"),
        ("[answer]\nrefuse_below = 1.5", r"1\.5 .*never_wrong, careful, .*, always_try.* from 0 to 1"),
        ("[answer]\nrefuse_below = true", r"True .*never_wrong"),
    ],
)
def test_what_is_allowed_is_said(folder: Path, content: str, said: str) -> None:
    (folder / CONFIG_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as raised:
        load_config(environ={})
    assert "Value error" not in str(raised.value)


def test_a_mistyped_variable_is_told_the_nearest(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"HOIDAP_LLM__MODLE.*'llm\.model'"):
        load_config(environ={"HOIDAP_LLM__MODLE": "x"})


def test_missing_files_are_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml.*give an existing settings file"):
        load_config(folder / "nowhere.toml", environ={})
    with pytest.raises(ConfigError, match=str(folder)):
        load_config(folder, environ={})


def test_wrong_settings_are_wrong_use() -> None:
    assert issubclass(ConfigError, UsageError)
    assert ConfigError.exit_code == 2


def test_settings_do_not_change() -> None:
    config = Config()
    with pytest.raises(ValidationError):
        config.chunks.size = 100  # type: ignore[misc]
    with pytest.raises(ValidationError):
        config.index = Path("x")  # type: ignore[misc]


def test_words_are_wanted_where_a_service_is_configured_and_quotes_elsewhere() -> None:
    service = {"llm": {"base_url": "http://127.0.0.1:1/v1"}}
    assert Config().answer.mode == "extractive"
    assert Config(llm=LlmSettings(model="qwen2.5-coder-0.5b-instruct")).answer.mode == "extractive"
    assert load_config(overrides=service).answer.mode == "generative"
    assert load_config(environ={"HOIDAP_LLM__BASE_URL": "http://127.0.0.1:1/v1"}).answer.mode == "generative"
    assert load_config(overrides={**service, "answer": {"quotes": 2}}).answer.mode == "generative"
    assert load_config(overrides={**service, "answer": {"mode": "extractive"}}).answer.mode == "extractive"
    assert Config.model_validate(service | {"answer": AnswerSettings(quotes=2)}).answer.mode == "extractive"
    assert Config.model_validate(Config()) == Config()
