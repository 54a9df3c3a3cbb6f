"""Addresses in settings: read as their owners mean them, or refused in words that repeat nothing."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cityhub import addresses
from cityhub.addresses import Broker, broker


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://127.0.0.1:1884", Broker("127.0.0.1", 1884, False, None, None)),
        ("mqtt://hub.example", Broker("hub.example", 1883, False, None, None)),
        ("mqtt://hub.example:/", Broker("hub.example", 1883, False, None, None)),
        ("mqtts://city:p%40ss@hub.example", Broker("hub.example", 8883, True, "city", "p@ss")),
        ("MQTTS://city@hub_2", Broker("hub_2", 8883, True, "city", None)),
        ("mqtt://:only@h", Broker("h", 1883, False, "", "only")),
        ("mqtt://[::1]", Broker("::1", 1883, False, None, None)),
        ("mqtts://u:p@[2001:db8::7]:1", Broker("2001:db8::7", 1, True, "u", "p")),
    ],
)
def test_the_parts_of_a_broker_address(url: str, expected: Broker) -> None:
    assert broker(url) == expected


@given(user=st.text(min_size=1), password=st.text())
@example("người dùng", "mật khẩu/?#[]@:%")
def test_any_user_and_password_can_be_written_with_escapes(user: str, password: str) -> None:
    url = f"mqtt://{quote(user, safe='')}:{quote(password, safe='')}@broker"
    if "\0" in user + password:
        with pytest.raises(ValueError, match="hexadecimal"):
            broker(url)
        return
    found = broker(url)
    assert (found.username, found.password) == (user, password)
    assert "password" not in repr(found)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1", "must look like mqtt://"),
        ("tcp://127.0.0.1:1883", "must look like mqtt://"),
        ("127.0.0.1:1883", "must look like mqtt://"),
        ("broker", "must look like mqtt://"),
        ("mqtt:broker", "must look like mqtt://"),
        ("mqtt://", "must look like mqtt://"),
        ("mqtt://:1883", "host is missing"),
        ("mqtt://user@", "host is missing"),
        ("mqtt://h:abc", "port must be a number from 1 to 65535"),
        ("mqtt://h:0", "port must be"),
        ("mqtt://h:99999", "port must be"),
        ("mqtt://h:-1", "port must be"),
        ("mqtt://h:1883:1883", "port must be"),
        ("mqtt://h:１８８３", "port must be"),
        ("mqtt://::1", "host is missing"),
        ("mqtt://[::1", "%5B"),
        ("mqtt://[::1]x:1883", "cannot be read"),
        ("mqtt://[zz]:1883", "%5B"),
        ("mqtt://a..b", "name or an IP address"),
        ("mqtt://{host}", "name or an IP address"),
        ("mqtt://" + "a" * 64 + ".example", "name or an IP address"),
        ("mqtt://h/topic", "nothing behind the port"),
        ("mqtt://h?tls=true", "nothing behind the port"),
        ("mqtt://u:pa#ss@h", "%23"),
        ("mqtt://u:pa/ss@h", "%2F"),
        ("mqtt://u:50%off@h", "%25"),
        ("mqtt://u:%ff@h", "not UTF-8"),
        ("mqtt://h:1883\n", "without spaces"),
        ("mqtt://u:p w@h", "%20"),
    ],
)
def test_what_is_wrong_with_a_broker_address(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        broker(url)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://hub:pass%40word@db:5432/hub?sslmode=require",
        "postgres://db",
        "postgresql:///hub",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/hub",
        "postgresql:///hub?host=/tmp&port=5433",
        "postgresql://first:5432,second:5433/hub",
        "postgresql://hub@[::1]:5432/hub",
        "host=db password='a b' dbname=hub",
    ],
)
def test_what_libpq_reads_is_a_database_address(text: str) -> None:
    addresses.check_database(text)


@pytest.mark.parametrize(
    "text",
    [
        "hub",
        "localhost:5432",
        "mysql://db/hub",
        "postgresql+psycopg://db/hub",
        "postgresql://db:abc/hub",
        "postgresql://db:70000/hub",
        "postgresql://db:0/hub",
        "postgresql://a:5432,b:x/hub",
        "postgresql://hub:p/w@db/hub",
        "postgresql://hub:p@w@db/hub",
        "postgresql://hub:50%off@db/hub",
        "postgresql://[::1/hub",
        "postgresql://db/hub\n",
    ],
)
def test_what_no_server_can_make_right_is_no_database_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"postgresql://|%25"):
        addresses.check_database(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://tile.example/{z}/{x}/{y}.png",
        "https://{s}.tile.example:8443/{z}/{x}/{y}@2x.png?key=abc",
        "/tiles/{z}/{x}/{y}.png",
    ],
)
def test_tiles_come_from_a_web_server_or_from_the_hubs_own(url: str) -> None:
    addresses.check_tiles(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://hub.example/hanoi", "http://[::1]:8000"])
def test_an_api_has_a_web_address(url: str) -> None:
    addresses.check_web(url)


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1", "::", "fe80::1%eth0", "hub_1", "hub.example."])
def test_a_machine_has_a_name_or_an_ip_address(text: str) -> None:
    assert addresses.host(text) == text
