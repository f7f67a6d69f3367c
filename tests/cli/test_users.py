from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rag import ConversationStore, Exchange, UserStore
from tests.cli.test_main import Ended, Run, assert_one_line, bare_run
from tests.users.quick_hashes import use_quick_hashes

__all__ = ["bare_run"]  # a fixture
PASSWORD = "một mật khẩu"


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_users_are_added_listed_and_removed(bare_run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_quick_hashes(monkeypatch)
    monkeypatch.setenv("HOIDAP_INDEX", "i")
    users = UserStore(tmp_path / "i")
    assert bare_run("users", "list") == Ended(0, "", "")
    piped(monkeypatch, f"{PASSWORD}\nmore\n")
    assert bare_run("users", "add", "An", "--may-edit") == Ended(
        0, "An added, who may ask, read, add and remove articles\n", ""
    )
    assert users.checked("An", PASSWORD) is not None
    assert bare_run("users", "list").out.startswith("An\task, read, add and remove articles\t20")
    (listed,) = json.loads(bare_run("users", "list", "--json").out)
    assert sorted(listed) == ["created", "may_edit", "name"]
    for given, code in (("another one\n", 0), ("short\n", 2), ("", 2)):
        piped(monkeypatch, given)
        assert bare_run("users", "password", "an").code == code
    piped(monkeypatch, "\udce1" * 12)  # how bytes come that are no UTF-8
    assert_one_line(bare_run("users", "password", "an").err, "a password has 10 to 128 characters, in UTF-8")
    assert users.checked("An", "another one") is not None
    piped(monkeypatch, PASSWORD)
    assert_one_line(bare_run("users", "add", "an").err, "there is a user 'an' already", "hoidap users list")
    for name in ("a\x1b[2J", "\u202eb", "a\nb"):
        ended = bare_run("users", "add", name)
        assert ended.code == 2
        assert_one_line(ended.err, "a name has 1 to 64 characters")
    assert bare_run("users", "allow", "an", "--may-not-edit") == Ended(0, "An may ask and read\n", "")
    assert [each.may_edit for each in users.users()] == [False]
    assert bare_run("users", "allow", "an").code == 2
    assert bare_run("users", "allow", "an", "--may-edit").out == "An may ask, read, add and remove articles\n"
    conversations = ConversationStore(tmp_path / "i")
    user = users.user("An")
    assert user is not None
    known = conversations.add("", user.key, Exchange.now("Giá vé?"))
    assert bare_run("users", "remove", "an") == Ended(0, "An removed\n", "")
    assert conversations.owner(known) is None
    for command in (("remove",), ("password",), ("allow", "--may-edit")):
        assert_one_line(bare_run("users", *command, "an").err, "there is no user 'an'")
