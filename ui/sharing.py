"""With whom the chat is shared: with nobody else, with users who log in, or with those whom a proxy names."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from rag import ConfigError, UsageError, UserStore, user_name
from ui.guard import is_loopback
from ui.readers import Reader, cookie_name

SESSION = "hoidap-session"
SECURE_SESSION = f"__Host-{SESSION}"  # a name that browsers let no other host, and no page without TLS, set


class Refused(Exception):
    """Who asks is not let in, and cannot log in either; the message says why."""


@dataclass(frozen=True)
class Sharing:
    """Who may use a chat.

    `alone` says that no other machine reaches it, by a proxy neither: then it asks for a login only if there are users.
    `proxy` is the address of a proxy that says for whom it asks, and `header` where it names the user who has logged in
    there, "" if the user is to log in here.
    """

    users: UserStore
    alone: bool
    proxy: str = ""
    header: str = ""

    @classmethod
    def of(cls, index: Path, host: str, proxy: str = "", header: str = "") -> Sharing:
        """How a chat over a collection is shared by a server on a host.

        Raises `ConfigError` where everybody could use it, and for a proxy that is no address.
        """
        if header and not proxy:
            raise ConfigError(
                f"--user-header {header} is believed from a proxy alone: give its IP address with --proxy ADDRESS"
            )
        try:
            address = canonical_address(str(ipaddress.ip_address(proxy))) if proxy else ""
        except ValueError as error:
            raise ConfigError(f"--proxy {proxy!r} is no IP address, such as 127.0.0.1") from error
        sharing = cls(UserStore(index), is_loopback(host) and not address, address, header)
        if sharing.users.is_empty() and not (sharing.alone or header):
            way = f"proxy {address!r}" if address else f"host {host!r}"
            raise ConfigError(
                f"other machines reach the chat by {way}, and it has no users: keep to 127.0.0.1 without a proxy, add"
                f" one with `hoidap users add NAME --index {index}`, or let a proxy name them with --user-header"
                " and --proxy"
            )
        return sharing

    def needs_login(self) -> bool:
        """Whether users log in here. Raises `CollectionError`."""
        return not self.header and not (self.alone and self.users.is_empty())

    def reader(self, asked: HTTPConnection) -> Reader | None:
        """Who asks, None for somebody who has to log in first. Raises `Refused`, and `CollectionError`."""
        if self.header:
            return self._named(asked)
        if not self.needs_login():
            return Reader("", cookie_name(asked.cookies), may_edit=True)
        token = session_token(asked)
        user = self.users.session_user(token) if token else None
        return Reader(user.name, user.key, user.may_edit) if user else None

    def address(self, asked: HTTPConnection) -> str:
        """The address of who asks; a proxy says for whom it does, last of all in `X-Forwarded-For`."""
        said = ",".join(asked.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
        return canonical_address(said) if said and self._is_proxy(asked) else _peer(asked)

    def _is_proxy(self, asked: HTTPConnection) -> bool:
        return bool(self.proxy) and _peer(asked) == self.proxy

    def _named(self, asked: HTTPConnection) -> Reader:
        if not self._is_proxy(asked):
            raise Refused("This chat is opened by its proxy alone.")
        try:
            (said,) = asked.headers.getlist(self.header)
            name = user_name(said.encode("latin-1").decode())
        except (ValueError, UsageError) as error:
            raise Refused("The proxy names no user.") from error
        user = self.users.user(name)
        return Reader(name, f"proxy:{name.casefold()}", may_edit=user is not None and user.may_edit)


def session_token(asked: HTTPConnection) -> str:
    """The token of the session that somebody says to be of, "" for none."""
    return asked.cookies.get(SECURE_SESSION) or asked.cookies.get(SESSION, "")


def _peer(asked: HTTPConnection) -> str:
    return canonical_address(asked.client.host) if asked.client else ""


def canonical_address(text: str) -> str:
    """An IP address in one spelling, IPv4 within IPv6 as IPv4; any other text as it is, shortened."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text[:64]
    return str(getattr(address, "ipv4_mapped", None) or address)
