"""Messages for browsers: the example of RFC 8291, signatures that others can check, no address of a network of ours."""

import base64
import json
import secrets
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from cityhub.config import read_settings
from cityhub.errors import InvalidInput, SettingsError
from cityhub.parking.web_push import Keys, Subscription, check_endpoint, encrypted, is_public, read

# RFC 8291, section 5.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
ENDPOINT = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_standard_comes_out_to_the_byte() -> None:
    given = iter([raw(SALT), raw(PRIVATE)])
    body = encrypted(
        read(ENDPOINT, P256DH, AUTH), b"When I grow up, I want to be a watermelon", lambda _: next(given)
    )
    assert body == raw(BODY)


def test_a_message_is_signed_so_that_its_service_can_check_it() -> None:
    keys = Keys(raw(PRIVATE), "mailto:ops@example.vn")
    assert keys.public == PUBLIC
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    scheme, token, key = keys.authorization(ENDPOINT, now).replace(",", "").split(" ")
    assert (scheme, key) == ("vapid", f"k={PUBLIC}")
    head, claims, signature = token.removeprefix("t=").split(".")
    assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(raw(claims)) == {
        "aud": "https://push.example.net", "exp": int(now.timestamp()) + 43_200, "sub": "mailto:ops@example.vn",
    }  # fmt: skip
    r, s = int.from_bytes(raw(signature)[:32]), int.from_bytes(raw(signature)[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(PUBLIC))
    public.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    "endpoint",
    ["", "http://push.example.net/x", "https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/x", "https://localhost/x",
     "https://10.0.0.1/x", "https://db.internal/x", "https://printer.local/x", "https://user@push.example.net/x",
     "https://push.example.net:8443/x", "https://push.example.net:99999/x", "https://push.example.net/x#y", "ftp://a.b/x",
     "https://push.example.net/\r\nHost: x", "https://push.example.net/ä", "https:///x", "https://a.b/" + "x" * 1000,
     "https://0x7f.1/x", "https://push.example.net./x"],
)  # fmt: skip
def test_what_is_no_address_of_a_push_service_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidInput, match="https address of a push service"):
        check_endpoint(endpoint)


@pytest.mark.parametrize("endpoint", [
    ENDPOINT, "https://fcm.googleapis.com/fcm/send/abc:APA91b", "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "https://wns2-sg2p.notify.windows.com/w/?token=BQ%3d", "https://web.push.apple.com:443/QG",
])  # fmt: skip
def test_addresses_of_the_known_services_are_taken(endpoint: str) -> None:
    assert check_endpoint(endpoint) == endpoint


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for endpoint in (text, f"https://{text}"):
        try:
            assert check_endpoint(endpoint) == endpoint
        except InvalidInput:
            continue


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        (P256DH, ""),
        (P256DH, "AAAA"),
        ("AAAA", AUTH),
        (P256DH[:-2] + "AA", AUTH),
        ("é", AUTH),
        (P256DH, "*"),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(InvalidInput):
        read(ENDPOINT, p256dh, auth)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [("8.8.8.8", True), ("2607:f8b0::1", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.17.0.1", False),
     ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False),
     ("::1", False), ("fe80::1", False), ("fd00::1", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True)],
)  # fmt: skip
def test_only_addresses_of_the_internet_are_public(address: str, is_one: bool) -> None:
    assert is_public(address) is is_one


def test_keys_are_a_setting_that_is_checked_and_never_shown() -> None:
    assert Keys.of(read_settings()) is None
    keys = Keys.of(read_settings(vapid_private_key=PRIVATE, vapid_subject="https://do-xe.example.vn"))
    assert keys is not None
    assert keys.public == PUBLIC
    assert PRIVATE not in repr(keys)
    assert repr(Subscription(ENDPOINT, b"p", b"a")) == "Subscription(***)"
    for wrong in ("short", "A" * 43 + "*", secrets.token_hex(32)):
        with pytest.raises(SettingsError, match="CITYHUB_VAPID_PRIVATE_KEY: must be 32 bytes") as refused:
            read_settings(vapid_private_key=wrong)
        assert wrong not in str(refused.value)
    with pytest.raises(SettingsError, match="CITYHUB_VAPID_SUBJECT"):
        read_settings(vapid_subject="ops@example.vn")
