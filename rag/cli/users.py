"""The commands about the users of the chat."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rag.cli.options import AsJson, Index, configured
from rag.cli.terminal import one_line, print_json, print_text

app = typer.Typer(help="Who may use the chat.", no_args_is_help=True, rich_markup_mode=None)


@app.command("add")
def add_user(
    name: str,
    may_edit: Annotated[bool, typer.Option("--may-edit", help="Let the user add and remove articles, too.")] = False,
    index: Index = None,
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    from rag.users.user import user_name
    from rag.users.user_store import UserStore

    store = UserStore(configured(index).index)
    user_name(name)  # before the password is asked for
    user = store.add(name, _password(), may_edit=may_edit)
    print_text(f"{one_line(user.name)} added, who may {_may(user.may_edit)}")


@app.command("list")
def list_users(index: Index = None, as_json: AsJson = False) -> None:
    """Show the users: name, what they may do, since when."""
    from rag.users.user_store import UserStore

    users = UserStore(configured(index).index).users()
    if as_json:
        print_json([{"name": each.name, "may_edit": each.may_edit, "created": each.created} for each in users])
        return
    for each in users:
        print_text("\t".join((one_line(each.name), _may(each.may_edit), each.created)))


@app.command("remove")
def remove_user(name: str, index: Index = None) -> None:
    """Remove a user; the user's sessions end, and the user's conversations are deleted."""
    from rag.conversations.conversation_store import ConversationStore
    from rag.users.user_store import UserStore

    folder = configured(index).index
    user = UserStore(folder).remove(name)
    ConversationStore(folder).delete_all(user.key)
    print_text(f"{one_line(user.name)} removed")


@app.command("password")
def set_password(name: str, index: Index = None) -> None:
    """Give a user another password, asked for or read from standard input; the user's sessions end."""
    from rag.errors import UsageError
    from rag.users.user_store import UserStore

    store = UserStore(configured(index).index)
    if store.user(name) is None:
        raise UsageError(f"there is no user {name!r}; `hoidap users list` shows all")
    store.set_password(name, _password())
    print_text("password changed")


@app.command("allow")
def allow_user(
    name: str,
    may_edit: Annotated[
        bool, typer.Option("--may-edit/--may-not-edit", help="Whether the user may add and remove articles, too.")
    ],
    index: Index = None,
) -> None:
    """Change what a user may do, from the user's next request on."""
    from rag.users.user_store import UserStore

    user = UserStore(configured(index).index).set_may_edit(name, may_edit)
    print_text(f"{one_line(user.name)} may {_may(user.may_edit)}")


def _password() -> str:
    """Asked for twice on a terminal; the first line of standard input where that is none."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same password again", err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _may(edit: bool) -> str:
    return "ask, read, add and remove articles" if edit else "ask and read"
