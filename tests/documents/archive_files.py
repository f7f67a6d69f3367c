"""Archives made by code, with what a packing program would not put into them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A .zip file of files, each a name (or all that is said of it) and its content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(*files: tuple[str | tarfile.TarInfo, bytes]) -> bytes:
    """A .tar file of files, each a name (or all that is said of it) and its content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def packed(suffix: str, *files: tuple[str, bytes]) -> bytes:
    """An archive whose name ends so."""
    if suffix == ".zip":
        return zipped(*files)
    return tarred(*files) if suffix == ".tar" else gzip.compress(tarred(*files))
