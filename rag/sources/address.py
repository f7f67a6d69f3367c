"""Addresses: how one is written in one way only, and which machines may be asked."""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from rag.errors import UsageError

MAX_LENGTH = 2000
_PORTS = {"http": 80, "https": 443}
_KEPT = "%/:@!$&'()*+,;=~?[]"
# NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is meant, which Python does not look at.
_TRANSLATED = ip_network("64:ff9b::/96")


def normalised(address: str) -> str:
    """The address in the one way in which it is an article's id: no fragment, host in small letters, ASCII alone.

    The query stays. Raises `UsageError` for one that is not read: another scheme, no host, a password in it.
    """
    try:
        if len(address) > MAX_LENGTH:
            raise ValueError("too long")
        parts = urlsplit(address.strip())
        host, port = _ascii_host(parts), parts.port
    except ValueError as error:
        raise UsageError(f"{address[:200]!r} is no address ({error}); correct it") from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise UsageError(
            f"{address[:200]!r} is not read; give an http or https address with a host, and without user and password"
        )
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    query = f"?{quote(parts.query, _KEPT)}" if parts.query else ""
    return f"{parts.scheme}://{netloc}{quote(parts.path or '/', _KEPT)}{query}"


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{ip_address(host)}]"
    return host if host.isascii() else host.encode("idna").decode()


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the open network: not of this machine, a private network or many machines."""
    found = _meant(ip_address(ip))
    return found.is_global and not found.is_multicast and not _is_own(found)


def _meant(found: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address only wraps, or the address itself."""
    if isinstance(found, IPv4Address):
        return found
    if found in _TRANSLATED:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1] or found


def _is_own(found: IPv4Address | IPv6Address) -> bool:
    """Whether this machine itself has that address: only then can a socket be bound to it."""
    family = socket.AF_INET if isinstance(found, IPv4Address) else socket.AF_INET6
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as bound:
        bound.bind((str(found), 0))
        return True
    return False


def resolved(host: str, port: int) -> list[str]:
    """The IP addresses of a host, best first. Raises `OSError` when it has none."""
    return list(dict.fromkeys(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
