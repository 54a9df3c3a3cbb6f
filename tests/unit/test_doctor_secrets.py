"""Passwords and files of secrets, as the doctor looks at them; what it says holds none of them."""

from pathlib import Path

import pytest

from cityhub.config import read_settings
from tools.doctor import deployment, passwords, setting_files
from tools.doctor.findings import Finding

LONG = "a-secret-of-32-signs-for-the-tests"
OTHER = "another-secret-of-32-signs-of-them"


def of(**settings: str) -> list[Finding]:
    return list(passwords.findings(read_settings(**settings)))


@pytest.mark.parametrize("password", ["postgres", "Password1", "changeme!", "cityhub", "123456", "hub-user"])
@pytest.mark.parametrize(("host", "state"), [("127.0.0.1", "missing"), ("db.example.org", "bad")])
def test_a_password_that_is_tried_first_is_worse_where_others_reach_it(
    password: str, host: str, state: str
) -> None:
    [found] = of(database_url=f"postgresql://hub-user:{password}@{host}/hub")
    assert (found.what, found.state) == ("password of CITYHUB_DATABASE_URL", state)
    assert password not in found.found + found.advice


def test_one_secret_for_two_doors_is_told_by_the_names_of_the_doors() -> None:
    found = of(
        database_url=f"postgresql://hub:{LONG}@127.0.0.1/hub",
        mqtt_url=f"mqtt://hanoi:{LONG}@127.0.0.1",
        api_keys=f"ward-7:{OTHER},ward-8:{LONG}",
        sms_webhook_secret=OTHER,
    )
    assert [one.what for one in found] == ["shared password"] * 2
    assert "CITYHUB_API_KEYS (ward-8), CITYHUB_DATABASE_URL, CITYHUB_MQTT_URL" in found[0].found
    assert LONG not in str(found)
    assert OTHER not in str(found)


def test_a_short_secret_can_be_found_out_by_what_it_signs() -> None:
    [found] = of(vnpay_hash_secret="Xy7!kq")
    assert (found.state, "6 signs" in found.found) == ("missing", True)


def test_good_secrets_are_counted_and_a_replica_shares_its_primarys() -> None:
    [found] = of(
        database_url=f"postgresql://hub:{LONG}@db.example.org/hub",
        read_database_url=f"postgresql://hub:{LONG}@replica.example.org/hub",
        sms_webhook_secret=OTHER,
    )
    assert (found.state, found.found) == ("good", "2: none is known, short or shared")
    assert of() == []


def files(**variables: str | Path) -> dict[str, Finding]:
    environment = {f"CITYHUB_{name.upper()}_FILE": str(path) for name, path in variables.items()}
    return {one.what: one for one in setting_files.findings(environment)}


def test_files_of_settings_are_there_and_closed(tmp_path: Path) -> None:
    closed, open_to_all, empty = (tmp_path / name for name in ("closed", "open", "empty"))
    for file, text, mode in ((closed, LONG, 0o640), (open_to_all, LONG, 0o644), (empty, "\n", 0o600)):
        file.write_text(text)
        file.chmod(mode)
    found = files(
        privacy_key=closed,
        vnpay_hash_secret=open_to_all,
        sms_webhook_secret=empty,
        momo_secret_key=tmp_path / "missing",
        oidc_client_secret=tmp_path,
        notice=open_to_all,
        no_such_setting=closed,
    )
    states = {what.removeprefix("CITYHUB_"): one.state for what, one in found.items()}
    assert states == {
        "PRIVACY_KEY_FILE": "good",
        "VNPAY_HASH_SECRET_FILE": "bad",
        "SMS_WEBHOOK_SECRET_FILE": "missing",
        "MOMO_SECRET_KEY_FILE": "bad",
        "OIDC_CLIENT_SECRET_FILE": "bad",
        "NO_SUCH_SETTING_FILE": "missing",
    }
    assert "everybody on this machine may read it" in found["CITYHUB_VNPAY_HASH_SECRET_FILE"].found
    assert f"chmod 0600 {open_to_all}" == found["CITYHUB_VNPAY_HASH_SECRET_FILE"].advice
    assert "No such file" in found["CITYHUB_MOMO_SECRET_KEY_FILE"].found
    assert LONG not in str(found)


def test_a_broker_of_ones_own_with_passwords_and_without_rights(tmp_path: Path) -> None:
    users = tmp_path / "passwd"
    [missing] = deployment.own_broker(users)
    assert missing.state == "bad"
    users.write_text("air-1:$7$hash\n")
    users.chmod(0o600)
    assert list(deployment.own_broker(users)) == []
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "mosquitto.conf").write_text("include_dir conf.d\n# acl_file none\n")
    (tmp_path / "conf.d/hub.conf").write_text(f"listener 1883\npassword_file {users}\n")
    [without] = deployment.own_broker(users)
    assert "may publish as any other" in without.found
    (tmp_path / "conf.d/rights.conf").write_text("acl_file /etc/mosquitto/acl\n")
    assert list(deployment.own_broker(users)) == []
    users.chmod(0o644)
    [readable] = deployment.own_broker(users)
    assert "may read its hashes" in readable.found
