"""What the city's provider tells of a person, and what the hub makes of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.accounts.city_claims import RoleRules, name_of, proves_second_factor, read_roles
from cityhub.accounts.city_provider import CityProvider
from cityhub.config import read_settings
from cityhub.errors import SettingsError

RULES = RoleRules("roles", read_roles("city-it=admin, traffic=operator,cn=press=viewer"))


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["traffic", "city-it"], "admin"),
        (["cooks", "traffic"], "operator"),
        ("cn=press", "viewer"),
        (["Traffic"], None),
        (["admin"], None),
        ([], None),
        (None, None),
        ([{"traffic": 1}, 7], None),
        ({"traffic": True}, None),
    ],
)
def test_the_first_rule_that_somebody_meets_gives_the_role(roles: object, role: str | None) -> None:
    assert RULES.role_of({"roles": roles}) == role


def test_a_claim_is_found_by_its_name_or_inside_others() -> None:
    rules = RoleRules("realm.roles", RULES.roles)
    assert rules.role_of({"realm": {"roles": ["traffic"]}}) == "operator"
    assert rules.role_of({"realm.roles": ["city-it"], "realm": {"roles": ["traffic"]}}) == "admin"
    for claims in ({}, {"realm": None}, {"realm": ["roles"]}, {"realm": {"role": ["traffic"]}}):
        assert not rules.is_told(claims)
        assert rules.role_of(claims) is None


@pytest.mark.parametrize(
    ("claims", "proved"),
    [
        ({"amr": ["pwd", "otp"]}, True),
        ({"acr": "urn:city:high"}, True),
        ({"amr": ["pwd"], "acr": "urn:city:low"}, False),
        ({"amr": {"otp": 1}}, False),
        ({}, False),
    ],
)
def test_a_second_factor_is_believed_by_the_values_of_the_setting(
    claims: dict[str, object], proved: bool
) -> None:
    assert proves_second_factor(claims, frozenset({"otp", "urn:city:high"})) is proved
    assert not proves_second_factor(claims, frozenset())


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "Lan.Nguyen"}, "lan.nguyen"),
        ({"preferred_username": "", "email": "đỗ.thị@hanoi.vn"}, "do.thi"),
        ({"name": "Nguyễn Thị Ánh"}, "nguyen-thi-anh"),
        ({"preferred_username": "hub", "name": "x"}, None),
        ({"preferred_username": ["lan"], "email": "李@hanoi.vn"}, None),
    ],
)
def test_a_name_is_made_of_what_is_told(claims: dict[str, object], name: str | None) -> None:
    made = name_of(claims, "https://accounts.test", "7f3a")
    assert made == name if name is not None else re.fullmatch("city-[0-9a-f]{10}", made)


@given(st.text(max_size=80))
def test_whatever_is_told_the_database_takes_the_name(told: str) -> None:
    name = name_of({"preferred_username": told}, "https://accounts.test", "7f3a")
    assert re.fullmatch("[a-z0-9][a-z0-9._-]{1,35}", name)


def test_settings_are_whole_or_none() -> None:
    assert CityProvider.of(read_settings()) is None
    whole = {"oidc_issuer": "https://accounts.test", "oidc_client_id": "hub", "oidc_roles": "a=admin"}
    found = CityProvider.of(read_settings(**whole, oidc_second_factor="otp, mfa,"))
    assert found is not None
    assert found.believed_factors == {"otp", "mfa"}
    for name in ("oidc_client_id", "oidc_roles"):
        with pytest.raises(SettingsError, match=f"CITYHUB_{name.upper()} is not set"):
            CityProvider.of(read_settings(**{**whole, name: ""}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_issuer", "http://accounts.hanoi.vn"),
        ("oidc_issuer", "https://user:pass@accounts.hanoi.vn"),
        ("oidc_issuer", "https://accounts.hanoi.vn?tenant=1"),
        ("oidc_roles", "traffic=boss"),
        ("oidc_roles", "=admin"),
        ("oidc_roles", "admin"),
        ("oidc_scope", "profile"),
        ("oidc_client_id", "a b"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CITYHUB_{name.upper()}: "):
        read_settings(**{name: value})
