"""How often a password may be tried: after a few tries in vain each takes longer than the one before."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FORGOTTEN = 15 * 60.0  # seconds without a try after which all is as before
KEPT = 10_000  # names, and addresses


@dataclass
class Counter:
    """The tries in vain of names, or of addresses: `free` of them, then a wait of 1, 2, 4 ... `longest` seconds."""

    free: int
    longest: float
    _tries: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: float) -> float:
        """Seconds until the next try may be made."""
        tries, last = self._of(key, now)
        delay = min(self.longest, 2.0 ** min(tries - self.free, 30)) if tries >= self.free else 0.0
        return max(0.0, last + delay - now)

    def add(self, key: str, number: int, now: float) -> None:
        """Count a try, or with -1 take it back."""
        tries, last = self._of(key, now)
        self._tries[key] = (max(0, tries + number), now if number > 0 else last)
        self._tries.move_to_end(key)
        if len(self._tries) > KEPT:
            self._tries.popitem(last=False)

    def forget(self, key: str) -> None:
        """Forget the tries of a key."""
        self._tries.pop(key, None)

    def _of(self, key: str, now: float) -> tuple[int, float]:
        tries, last = self._tries.get(key, (0, -math.inf))
        return (tries, last) if now - last < FORGOTTEN else (0, -math.inf)


class Tries:
    """The tries to log in, by name and by address; names that there are not are counted like others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Whoever tries a name makes its user wait: not for long. Many people may share an address.
        self._names, self._addresses = Counter(5, 60.0), Counter(20, 900.0)

    def begin(self, name: str, address: str) -> int:
        """Count a try, before it is known to be in vain: 0. One that comes too soon is not: the seconds to wait."""
        now, address = self._clock(), network(address)
        wait = max(self._names.wait(name, now), self._addresses.wait(address, now))
        if not wait:
            self._names.add(name, 1, now)
            self._addresses.add(address, 1, now)
        return math.ceil(wait)

    def succeed(self, name: str, address: str) -> None:
        """Take back a try that was not in vain; others of the address stay, whoever may log in there."""
        self._names.forget(name)
        self._addresses.add(network(address), -1, self._clock())


def network(address: str) -> str:
    """What one person can have of addresses: an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network(f"{found}/64", strict=False))
