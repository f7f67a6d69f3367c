from __future__ import annotations

import os
import stat
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import UsageError, UserStore, user_name
from rag.errors import CollectionError
from rag.users import user_store
from rag.users.user import NAME_CHARS, PASSWORD_CHARS, folded_name, user_password
from tests.users.quick_hashes import use_quick_hashes

PASSWORD = "mật khẩu dài"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_hashes(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> UserStore:
    return UserStore(tmp_path / "index")


def test_users_are_kept_for_their_owner_alone(store: UserStore) -> None:
    assert store.is_empty()
    assert store.users() == []
    assert not store.path.exists(), "looking makes no file"
    an, binh = store.add("An", PASSWORD, may_edit=True), store.add("bình", PASSWORD)
    assert store.users() == [an, binh]
    assert (an.may_edit, binh.may_edit) == (True, False)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert an.key != binh.key
    assert PASSWORD.encode() not in store.path.read_bytes()
    assert b"$argon2id$" in store.path.read_bytes()
    with pytest.raises(UsageError, match="there is a user 'an' already"):
        store.add("an", PASSWORD)
    assert store.remove("AN") == an
    assert store.add("An", PASSWORD).key != an.key, "who gets the name next gets nothing else"
    for unknown in (
        store.remove,
        lambda name: store.set_password(name, PASSWORD),
        lambda name: store.set_may_edit(name, True),
    ):
        with pytest.raises(UsageError, match="there is no user 'nobody'"):
            unknown("nobody")


def test_a_password_is_checked(store: UserStore) -> None:
    store.add("An", PASSWORD)
    found = store.checked("aN", PASSWORD)
    assert found is not None
    assert found.name == "An"
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    assert store.checked("An", decomposed) == found
    for name, password in (
        ("An", "another one"),
        ("An", ""),
        ("An", PASSWORD * 99),
        ("An", "\ud800" * 12),
        ("no", PASSWORD),
        ("\n", PASSWORD),
    ):
        assert store.checked(name, password) is None
    store.set_password("An", "another one")
    assert store.checked("An", PASSWORD) is None
    assert store.checked("An", "another one") == found


def test_every_check_takes_one_hash(store: UserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    store.add("An", PASSWORD)

    def fits(hashed: str, _: str) -> bool:
        checked.append(hashed)
        return False

    monkeypatch.setattr(user_store, "_fits", fits)
    names = ("An", "nobody", "", "\u202eAn", "x" * 10_000)
    for name in names:
        for password in (PASSWORD, "", "x" * 1_000_000):
            assert store.checked(name, password) is None
    assert len(checked) == 3 * len(names)
    assert all(hashed.startswith("$argon2id$v=19$m=64,t=1,p=1$") for hashed in checked), "as dear as one another"


def test_sessions_end(store: UserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    an = store.add("An", PASSWORD)
    token, other = store.begin_session(an), store.begin_session(an)
    assert token != other
    assert len(token) > 40
    assert token.encode() not in store.path.read_bytes()
    assert store.session_user(token) == an
    for wrong in ("", "x", token[:-1], token + "x" * 10_000, "\ud800"):
        assert store.session_user(wrong) is None
    store.end_session(token)
    store.end_session("unknown")
    assert (store.session_user(token), store.session_user(other)) == (None, an)
    now = time.time()

    def after(seconds: float) -> bool:
        monkeypatch.setattr("time.time", lambda: now + seconds)
        return store.session_user(other) is not None

    assert after(user_store.IDLE_SECONDS - 60)
    assert after(2 * user_store.IDLE_SECONDS - 180), "it was used meanwhile"
    assert not after(4 * user_store.IDLE_SECONDS)
    used = 0.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr(user_store, "LONGEST_SECONDS", 3 * user_store.IDLE_SECONDS)
    other = store.begin_session(an)
    while after(used):
        used += user_store.IDLE_SECONDS / 2
    assert used == pytest.approx(user_store.LONGEST_SECONDS, abs=user_store.IDLE_SECONDS)


def test_a_password_and_a_removal_end_sessions(store: UserStore) -> None:
    an, binh = store.add("An", PASSWORD), store.add("Bình", PASSWORD)
    first, others = store.begin_session(an), store.begin_session(binh)
    store.set_password("An", "another one")
    assert store.session_user(first) is None
    second = store.begin_session(an)
    store.remove("An")
    assert store.session_user(second) is None
    assert store.session_user(store.begin_session(an)) is None, "removed while logging in"
    store.add("An", PASSWORD)
    assert store.session_user(store.begin_session(an)) is None, "another of that name"
    assert store.session_user(others) == binh


def test_what_cannot_be_read_is_not_taken_for_no_users(store: UserStore) -> None:
    store.add("An", PASSWORD)
    whole = store.path.read_bytes()
    for broken in (b"no database at all" * 100, whole[:1000], b"", whole[:100] + bytes(len(whole) - 100)):
        store.path.write_bytes(broken)
        for use in (
            store.is_empty,
            store.users,
            lambda: store.checked("An", PASSWORD),
            lambda: store.session_user("x"),
        ):
            with pytest.raises(CollectionError, match=r"users\.sqlite: the users cannot be read"):
                use()
    store.path.unlink()
    store.path.mkdir()
    with pytest.raises(CollectionError):
        store.is_empty()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_of_somebody_else_is_told(store: UserStore) -> None:
    store.add("An", PASSWORD)
    store.path.chmod(0)
    with pytest.raises(CollectionError):
        store.is_empty()
    store.path.parent.chmod(0)
    with pytest.raises(CollectionError):
        store.is_empty()
    store.path.parent.chmod(0o700)


def test_many_at_once(store: UserStore) -> None:
    failed: list[Exception] = []

    def log_in(number: int) -> None:
        try:
            user = store.add(f"user {number}", PASSWORD)
            assert store.checked(user.name, PASSWORD) == user
            assert store.session_user(store.begin_session(user)) == user
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=log_in, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.users()) == 6


@pytest.mark.parametrize(
    "name",
    ["", " ", "a\nb", "a\x1b[2Jb", "a\u202eb", "a\u200bb", "a\u2028b", "\ud800", "x" * 65, "a\x00b", "\u00ad"],
)
def test_a_name_that_is_not_shown_as_it_is_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a name has 1 to 64 characters"):
        user_name(name)


@settings(max_examples=50)
@given(st.text())
def test_a_name_is_its_own(text: str) -> None:
    try:
        name = user_name(text)
    except UsageError:
        return
    assert name.isprintable()
    assert len(name) <= NAME_CHARS
    assert user_name(name) == name
    assert folded_name(name.upper().lower()) == folded_name(name.upper())


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_a_password_has_a_length(text: str) -> None:
    least, most = PASSWORD_CHARS
    try:
        assert least <= len(user_password(text)) <= most
    except UsageError:
        assert not least <= len(text) <= most // 4
