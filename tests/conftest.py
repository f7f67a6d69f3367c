from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from rag.assistant import Assistant
from rag.config import CONFIG_FILE, ENVIRONMENT_PREFIX, Config, LlmSettings, ModelSettings, load_config
from rag.index.snapshot import Collection, Snapshot
from rag.models.embedder import PINNED_MODEL, Embedder
from rag.models.loading import load_embedder
from rag.models.registry import find
from rag.models.registry import models_folder as configured_folder
from tests.inference_memo import InferenceMemo

TESTS = Path(__file__).parent
CORPUS = TESTS / "corpus"
KEPT = "HOIDAP_MODELS__CACHE"
# What a test that uses a fixture needs: `make test FAST=1` leaves these tests out.
NEEDS = {"models_folder": "models", "browser": "browser", "wheels": "pip"}
# The files that take longest, first: the last ones then end at about the same time in all processes.
LONGEST = ("quality/test_gate.py", "cli/test_main.py", "ui/test_app.py")
# Bytes up to this length are named by what they are.
LONGEST_NAME = 40
# Here it is tested that a model gives the same again.
COMPUTED_ANEW = ("models/", "training/")

settings.register_profile("hoidap", deadline=None, derandomize=True)
settings.load_profile("hoidap")

MEMO = pytest.StashKey[InferenceMemo]()


def pytest_configure(config: pytest.Config) -> None:
    for need in NEEDS.values():
        config.addinivalue_line("markers", f"{need}: uses a fixture that needs the {need}; set by the fixtures alone")
    config.stash[MEMO] = InferenceMemo()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The content of a file is no name for a test: packed files hold the clock, and each process would name it anew."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) and len(val) > LONGEST_NAME else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, need in NEEDS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(need)
    places = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(TESTS).as_posix(), len(places)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[MEMO].on = not item.path.relative_to(TESTS).as_posix().startswith(COMPUTED_ANEW)


@pytest.fixture(scope="session")
def of_all_processes(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A folder that the processes of a test run have in common."""
    alone = not hasattr(pytestconfig, "workerinput")
    return tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="session", autouse=True)
def inference_memo(pytestconfig: pytest.Config, of_all_processes: Path) -> Iterator[None]:
    """The models of all processes compute each input once."""
    shared = of_all_processes / "inferences"
    shared.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        pytestconfig.stash[MEMO].install(patch, shared)
        yield


def is_local(family: int, address: Any) -> bool:
    if family == getattr(socket, "AF_UNIX", None):
        return True
    host = address[0] if isinstance(address, tuple) else address
    if host in ("localhost", "", None):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Nothing leaves this machine while tests run."""

    def guarded(name: str) -> Callable[[socket.socket, Any], Any]:
        original = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if not is_local(self.family, address):
                pytest.fail(f"a test wanted to connect to {address}; tests use no network")
            return original(self, address)

        return connect

    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        if not is_local(socket.AF_INET, address):
            pytest.fail(f"a test wanted to connect to {address}; tests use no network")
        return original_create(address, *args, **kwargs)

    original_create = socket.create_connection
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "create_connection", create_connection)
        yield


@pytest.fixture(autouse=True)
def default_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings of the machine that runs the tests have no effect on them, but for where its models lie."""
    for name in os.environ:
        if name.startswith(ENVIRONMENT_PREFIX) and name != KEPT:
            monkeypatch.delenv(name)
    if Path(CONFIG_FILE).exists():
        monkeypatch.chdir(tmp_path_factory.mktemp("no-settings"))


@pytest.fixture(scope="session")
def models_folder(pytestconfig: pytest.Config) -> Path:
    if "not models" in pytestconfig.option.markexpr:
        pytest.skip("asked for while the test runs, and left out")
    folder = configured_folder(load_config().models)
    weights = find(PINNED_MODEL).file
    if not (folder / weights).is_file():
        pytest.fail(
            f"{folder} holds no {weights}; run: hoidap models pull multilingual-e5-small"
            f" qwen2.5-coder-0.5b-instruct (or name the folder that holds the models in {KEPT})",
            pytrace=False,
        )
    return folder


@pytest.fixture(scope="session")
def embedder(models_folder: Path) -> Embedder:
    """The default embedding model itself."""
    return load_embedder(load_config(environ={}).embedding, models_folder)


@pytest.fixture(scope="session")
def sample_index(models_folder: Path, tmp_path_factory: pytest.TempPathFactory, of_all_processes: Path) -> Path:
    """The collection of `tests/corpus`, to be read only: made once for all processes, and a copy for each."""
    made = of_all_processes / "sample-of-all"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            report = Assistant(Config(index=made, models=ModelSettings(cache=models_folder))).ingest([CORPUS])
            assert len(report.added) == 20
            assert not report.failed
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("sample") / "index"))


@pytest.fixture(scope="session")
def snapshot(sample_index: Path, embedder: Embedder) -> Snapshot:
    """What that collection holds."""
    return Collection(sample_index, embedder).snapshot()


@pytest.fixture(scope="session")
def sample(sample_index: Path, models_folder: Path) -> Assistant:
    """An assistant over `tests/corpus` without a language model."""
    return Assistant(
        Config(index=sample_index, models=ModelSettings(cache=models_folder), llm=LlmSettings(model="none"))
    )
