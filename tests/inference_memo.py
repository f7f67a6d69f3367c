"""What the models gave for an input is kept and given again: all processes of a test run compute each input once."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest


class InferenceMemo:
    """Stands in front of `onnxruntime.InferenceSession.run`.

    Most tests ask the same few questions over the same twenty articles, each with an assistant of its own. A graph and
    its threads give equal outputs for equal inputs, so that a second run would find out nothing. Where that itself is
    what is tested, `on` is False.
    """

    def __init__(self) -> None:
        self.on = True
        self._outputs: dict[bytes, list[Any]] = {}
        self._models: WeakKeyDictionary[Any, bytes] = WeakKeyDictionary()

    def install(self, patch: pytest.MonkeyPatch, shared: Path) -> None:
        """Put it in front of every session of this process; what others have computed lies in the folder `shared`."""
        import onnxruntime

        run = onnxruntime.InferenceSession.run

        def remembered(session: Any, names: Sequence[str] | None, feed: dict[str, Any], options: Any = None) -> Any:
            if not self.on:
                return run(session, names, feed, options)
            key = self._key(session, names, feed)
            if key not in self._outputs:
                file = shared / key.hex()
                if file.exists():
                    self._outputs[key] = pickle.loads(file.read_bytes())
                else:
                    self._outputs[key] = run(session, names, feed, options)
                    building = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
                    with suppress(OSError):  # a test may have taken away the disk
                        building.write_bytes(pickle.dumps(self._outputs[key]))
                        building.replace(file)
            return [output.copy() for output in self._outputs[key]]

        patch.setattr(onnxruntime.InferenceSession, "run", remembered)

    def _key(self, session: Any, names: Sequence[str] | None, feed: dict[str, Any]) -> bytes:
        digest = hashlib.blake2b(self._model(session))
        digest.update(repr(names).encode())
        for name in sorted(feed):
            digest.update(f"{name} {feed[name].dtype} {feed[name].shape} ".encode())
            digest.update(feed[name].tobytes())
        return digest.digest()

    def _model(self, session: Any) -> bytes:
        """What the outputs depend on besides the inputs: the graph, and the threads that share its sums."""
        if session not in self._models:
            graph = session._model_bytes or Path(session._model_path).read_bytes()
            threads = session.get_session_options().intra_op_num_threads
            self._models[session] = hashlib.blake2b(graph).digest() + str(threads).encode()
        return self._models[session]
