from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

from rag.config import LlmSettings, ModelSettings
from rag.errors import GenerationError, ModelMissing
from rag.models.llama_cpp import LlamaServer
from rag.models.llm import LanguageModel
from rag.models.loading import load_llm
from rag.models.registry import find, locate

SMALL = "qwen2.5-coder-0.5b-instruct"


class Said(NamedTuple):
    role: str
    content: str


HELLO = [Said("user", "Thủ đô của Pháp là gì?")]
COUNT = [Said("user", "Đếm từ 1 đến 1000, mỗi số một dòng.")]


def ask(llm: LanguageModel, *, max_tokens: int = 24, timeout: float = 120.0) -> str:
    return "".join(llm.stream(HELLO, max_tokens=max_tokens, timeout=timeout))


def loaded(settings: LlmSettings, cache: Path | None = None) -> LanguageModel:
    llm = load_llm(settings, ModelSettings(cache=cache))
    assert llm is not None
    return llm


@pytest.fixture(scope="module")
def local(models_folder: Path) -> Iterator[LanguageModel]:
    llm = loaded(LlmSettings(model=SMALL), models_folder)
    llm.warm()
    yield llm
    llm.close()


# The model in this process


def test_none_is_no_model() -> None:
    assert load_llm(LlmSettings(model="none"), ModelSettings()) is None


def test_absent_models_are_named_with_what_to_do(tmp_path: Path) -> None:
    for name, advice in (
        (SMALL, f"hoidap models pull {SMALL}"),
        ("gpt", "known: multilingual"),
        ("a/b.gguf", "a/b.gguf does not exist"),
        ("multilingual-e5-small", "is an embedding model"),
    ):
        with pytest.raises(ModelMissing, match=advice):
            load_llm(LlmSettings(model=name), ModelSettings(cache=tmp_path))


def test_answer_comes_in_pieces_and_is_the_same_each_time(local: LanguageModel) -> None:
    pieces = list(local.stream(HELLO, max_tokens=24, timeout=120))
    assert len(pieces) > 3
    assert "Paris" in "".join(pieces)
    assert ask(local) == "".join(pieces)
    assert local.name == SMALL
    assert local.fingerprint == find(SMALL).sha256


def test_max_tokens_end_an_answer(local: LanguageModel) -> None:
    assert len(list(local.stream(COUNT, max_tokens=16, timeout=120))) <= 17


def test_two_threads_may_ask_at_once(local: LanguageModel) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: ask(local), range(2)))
    assert answers[0] == answers[1] != ""


def test_closing_the_iterator_stops_the_server(local: LanguageModel) -> None:
    started = time.monotonic()
    whole = "".join(local.stream(COUNT, max_tokens=60, timeout=120))
    took = time.monotonic() - started
    assert len(whole) > 40
    for _ in range(3):
        answer = local.stream(COUNT, max_tokens=3000, timeout=120)
        next(answer)
        answer.close()  # type: ignore[attr-defined]
    started = time.monotonic()
    ask(local, max_tokens=16)
    # Three answers that went on would take a hundred times as long as the whole one.
    assert time.monotonic() - started < 5 * took, "the one slot of the server was still taken"


def test_timeout_is_for_the_whole_answer(local: LanguageModel) -> None:
    with pytest.raises(GenerationError, match=r"did not finish within 0.5 s; raise llm.timeout") as caught:
        list(local.stream(COUNT, max_tokens=3000, timeout=0.5))
    assert caught.value.retryable


def test_prompt_longer_than_the_context_says_so(local: LanguageModel) -> None:
    with pytest.raises(GenerationError, match="exceeds the available context size"):
        list(local.stream([Said("user", "một hai ba bốn " * 2000)], max_tokens=16, timeout=120))


def test_closed_model_loads_again_and_a_file_needs_no_pin(models_folder: Path) -> None:
    path = locate(find(SMALL), models_folder)
    llm = loaded(LlmSettings(model=str(path)))
    assert llm.fingerprint == find(SMALL).sha256
    first = ask(llm)
    llm.close()
    assert ask(llm) == first
    llm.close()


def test_file_that_is_no_model_is_an_error_of_generation(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 1000)
    with pytest.raises(GenerationError, match=r"broken.gguf cannot be loaded.*llm.model"):
        ask(loaded(LlmSettings(model=str(path))))


@pytest.mark.parametrize("ending", ["pass", "next(answer)", "next(answer); llm.close()", "timed_out()"])
def test_interpreter_ends_cleanly_in_the_middle_of_an_answer(models_folder: Path, ending: str) -> None:
    program = f"""
from pathlib import Path
from types import SimpleNamespace
from rag.config import LlmSettings, ModelSettings
from rag.errors import GenerationError
from rag.models.loading import load_llm
llm = load_llm(LlmSettings(model={SMALL!r}), ModelSettings(cache=Path({str(models_folder)!r})))
question = [SimpleNamespace(role="user", content="Đếm từ 1 đến 1000")]
answer = llm.stream(question, max_tokens=3000, timeout=100)
def timed_out():
    try:
        list(llm.stream(question, max_tokens=3000, timeout=0.2))
    except GenerationError:
        pass
{ending}
print("end")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "end\n", "")


# A hosted model: a second, real server, asked over HTTP


@pytest.fixture
def second_server(models_folder: Path) -> Iterator[LlamaServer]:
    server = LlamaServer(locate(find(SMALL), models_folder), SMALL)
    yield server
    server.close()


def test_hosted_model_streams_with_its_key(
    second_server: LlamaServer, local: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = second_server.endpoint()
    settings = LlmSettings(model=SMALL, base_url=endpoint.base_url, api_key_env="TEST_LLM_KEY")
    hosted = loaded(settings)
    with pytest.raises(GenerationError, match=r"TEST_LLM_KEY is not set.*llm.api_key_env"):
        ask(hosted)
    monkeypatch.setenv("TEST_LLM_KEY", "wrong")
    with pytest.raises(
        GenerationError, match=r"refused the key .HTTP 401.; check the variable named in llm.api_key_env"
    ):
        ask(hosted)
    monkeypatch.setenv("TEST_LLM_KEY", endpoint.api_key)
    # A proxy for the outside must not be asked for this machine's own address.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert ask(hosted) == ask(local)
    assert hosted.fingerprint != local.fingerprint
    second_server.close()
    with pytest.raises(GenerationError, match="cannot be reached") as caught:
        ask(hosted)
    assert caught.value.retryable


# Servers that misbehave


def event(delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


STREAM = "text/event-stream"
END = event({}, "stop") + "data: [DONE]\n\n"
REPLIES = {
    "good": (200, STREAM, event({"content": "Xin"}) + event({"content": " chào"}) + END),
    "error": (500, "application/json", '{"error": {"message": "out of cheese"}}'),
    "busy": (429, "application/json", '{"error": {"message": "slow down"}}'),
    "unknown": (404, "text/plain", "not found"),
    "html": (200, "text/html", "<!doctype html><title>Welcome</title>"),
    "nonsense": (200, STREAM, 'data: {"foo": [1, 2]}\n\ndata: [DONE]\n\n'),
    "unparsable": (200, STREAM, "data: {oops\n\n"),
    "plain": (200, "application/json", '{"choices": [{"message": {"role": "assistant", "content": "Chào"}}]}'),
    "empty": (200, STREAM, event({"role": "assistant"}) + event({"content": " \n"}) + END),
    "broken-off": (200, STREAM, event({"content": "Xin"})),
    "failed": (200, STREAM, event({"content": "Xin"}) + 'data: {"error": {"message": "out of memory"}}\n\n'),
    "redirect": (302, "text/plain", ""),
    "echo": (404, "application/json", ""),
}


class Fake(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, dict[str, object]]]] = []
    hung: ClassVar[threading.Event]

    def do_POST(self) -> None:
        self.seen.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        mode = self.path.split("/")[1]
        if mode == "silent":
            self.hung.wait(20)
            return
        if mode == "pinging":
            self.ping()
            return
        status, kind, body = REPLIES[mode]
        if mode == "echo":
            body = json.dumps({"error": {"message": f"there is no {self.path}"}})
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(body.encode())

    def ping(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", STREAM)
        self.end_headers()
        try:
            while not self.hung.wait(0.1):
                self.wfile.write(b": still here\n\n")
        except OSError:
            self.hung.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def fake() -> Iterator[str]:
    Fake.seen.clear()
    Fake.hung = threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Fake.hung.set()
        server.shutdown()


def hosted_at(address: str, mode: str) -> LanguageModel:
    return loaded(LlmSettings(model="m", base_url=f"{address}/{mode}/v1/"))


def test_request_is_a_greedy_chat_completion(fake: str) -> None:
    assert ask(hosted_at(fake, "good")) == "Xin chào"
    ((path, body),) = Fake.seen
    assert path == "/good/v1/chat/completions"
    assert body["temperature"] == 0
    assert body["stream"] is True
    assert body["max_tokens"] == 24
    assert body["messages"] == [{"role": "user", "content": HELLO[0].content}]


@pytest.mark.parametrize(
    ("mode", "message", "retryable"),
    [
        ("error", "HTTP 500 .out of cheese.", True),
        ("busy", "HTTP 429 .slow down.", True),
        ("unknown", "HTTP 404.*check llm.base_url", False),
        ("redirect", "HTTP 302.*check llm.base_url", False),
        ("html", "no whole chat completion; check llm.base_url", False),
        ("nonsense", "did not answer with a chat completion", False),
        ("unparsable", "did not answer with a chat completion", False),
        ("plain", "no whole chat completion", False),
        ("empty", "empty answer", True),
        ("broken-off", "no whole chat completion", False),
        ("failed", "out of memory", False),
    ],
)
def test_failures_of_a_server_are_told_apart(fake: str, mode: str, message: str, retryable: bool) -> None:
    with pytest.raises(GenerationError, match=message) as caught:
        ask(hosted_at(fake, mode))
    assert caught.value.retryable is retryable
    assert len(Fake.seen) == 1, "a failure is not tried again behind the asker's back"


@pytest.mark.parametrize("mode", ["silent", "pinging"])
def test_hanging_server_is_left_in_time(fake: str, mode: str) -> None:
    llm = hosted_at(fake, mode)
    llm.warm()
    started = time.monotonic()
    with pytest.raises(GenerationError, match="did not finish within 1 s"):
        ask(llm, timeout=1.0)
    assert time.monotonic() - started < 2
    if mode == "pinging":
        assert Fake.hung.wait(5), "the connection was not cut"


def test_server_that_is_down_is_named(fake: str) -> None:
    llm = loaded(LlmSettings(model="m", base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(GenerationError, match=r"m at http://127.0.0.1:9/v1 cannot be reached.*llm.base_url") as caught:
        ask(llm)
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:s3cret@{fake}/error/v1", "http://{fake}/error/v1 answered HTTP 500;"),
        ("http://s3cret@{fake}/good/v1?key=s3cret", "http://{fake}/good/v1 "),
        ("http://{fake}/echo/v1?key=s3cret", "http://{fake}/echo/v1 answered HTTP 404;"),
        ("http://{fake}/redirect/v1#s3cret", "http://{fake}/redirect/v1 "),
        ("http://user:s3cret@127.0.0.1:9/v1", "http://127.0.0.1:9/v1 cannot be reached"),
        ("http://user:s3cret@[::1]:9/v1", "http://[::1]:9/v1 cannot be reached"),
        *(
            (bad, "the address in llm.base_url ")
            for bad in ("user:s3cret@h/v1", "http://u:s3cret/@h/v1", "http://s3cret@[::1/v1")
        ),
    ],
)
def test_a_credential_in_the_address_is_never_told(fake: str, address: str, shown: str) -> None:
    host = fake.removeprefix("http://")
    llm = loaded(LlmSettings(model="m", base_url=address.format(fake=host)))
    try:
        said = ask(llm)
    except GenerationError as error:
        said = str(error)
        assert shown.format(fake=host) in said
    assert "s3cret" not in said
    assert "s3cret" not in llm.name


def test_an_address_is_the_same_model_with_another_password() -> None:
    one, two, other = (
        loaded(LlmSettings(model="m", base_url=f"https://{each}.example/v1")).fingerprint
        for each in ("user:old@llm", "user:new@llm", "other")
    )
    assert one == two != other


def test_closing_the_model_ends_the_answers_under_way(fake: str) -> None:
    llm = hosted_at(fake, "pinging")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, llm)
        while not Fake.seen:
            time.sleep(0.05)
        llm.close()
        with pytest.raises(GenerationError, match="was closed during the answer"):
            answer.result(10)
