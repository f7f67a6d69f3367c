from __future__ import annotations

import os
import socket
import threading

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443), ("0.0.0.0", 1), ("8.8.8.8", 53)])
def test_the_network_is_out_of_reach(address: tuple[str, int]) -> None:
    with socket.socket() as plain:
        for connect in (socket.create_connection, plain.connect, plain.connect_ex):
            with pytest.raises(pytest.fail.Exception, match="tests use no network"):
                connect(address)


def test_no_family_reaches_the_network() -> None:
    with socket.socket(socket.AF_INET6) as plain, pytest.raises(pytest.fail.Exception):
        plain.connect(("2001:db8::1", 80, 0, 0))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_in_reach(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted = threading.Thread(target=lambda: server.accept()[0].close())
        accepted.start()
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
        accepted.join()


def test_settings_of_the_machine_are_gone() -> None:
    assert [name for name in os.environ if name.startswith("HOIDAP_")] in ([], ["HOIDAP_MODELS__CACHE"])
