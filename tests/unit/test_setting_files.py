"""A setting may come from a file that the environment names."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub import setting_files
from cityhub.config import Settings, read_settings
from cityhub.errors import SettingsError

URL = "postgresql://cityhub_api:s3cret@db:5432/cityhub"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_file_gives_its_text_without_the_line_end(
    monkeypatch: pytest.MonkeyPatch, file: Path, end: str
) -> None:
    file.write_bytes(URL.encode() + end.encode())
    monkeypatch.setenv("CITYHUB_DATABASE_URL_FILE", str(file))
    assert read_settings().require("database_url") == URL


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_can_come_from_a_file(file: Path, name: str) -> None:
    file.write_text("  a value \n")
    variable = f"CITYHUB_{name.upper()}"
    assert setting_files.read(Settings.model_fields, {f"{variable}_FILE": str(file)}) == {name: "  a value "}
    assert setting_files.read(Settings.model_fields, {variable: "a value"}) == {}


def test_an_empty_file_is_an_empty_setting(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    file.write_text("\n")
    monkeypatch.setenv("CITYHUB_API_KEYS_FILE", str(file))
    monkeypatch.setenv("CITYHUB_DATABASE_URL_FILE", str(file))
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL is not set"):
        read_settings().require("database_url")


def test_what_is_not_there_or_cannot_be_read_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "latin").write_bytes(b"s3cret \xe9")
    (tmp_path / "large").write_bytes(b"s3cret" * 20_000)
    for path, words in {
        str(tmp_path / "nothing"): "No such file",
        str(tmp_path): "directory",
        str(tmp_path / "latin"): "no UTF-8 text",
        str(tmp_path / "large"): "larger than",
        "/dev/zero": "larger than",
        f"{tmp_path}/line\nend": "No such file",
    }.items():
        monkeypatch.setenv("CITYHUB_MQTT_URL_FILE", path)
        with pytest.raises(SettingsError, match=r"^CITYHUB_MQTT_URL_FILE: .*" + words) as caught:
            read_settings()
        assert "\n" not in str(caught.value)
        assert "s3cret" not in str(caught.value)


def test_a_value_that_is_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    file.write_text(URL)
    monkeypatch.setenv("CITYHUB_DATABASE_URL_FILE", str(file))
    monkeypatch.setenv("CITYHUB_DATABASE_URL", URL)
    with pytest.raises(
        SettingsError, match="CITYHUB_DATABASE_URL and CITYHUB_DATABASE_URL_FILE are both set"
    ):
        read_settings()
    monkeypatch.setenv("CITYHUB_DATABASE_URL", "")
    assert read_settings().require("database_url") == URL
    assert read_settings(database_url="postgresql://db/other").require("database_url").endswith("other")


def test_a_wrong_value_in_a_file_names_the_setting_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    file.write_text("mysql://hub:s3cret@db/hub\n")
    monkeypatch.setenv("CITYHUB_DATABASE_URL_FILE", str(file))
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL: must look like") as caught:
        read_settings()
    assert "s3cret" not in str(caught.value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_comes_out_but_for_line_ends_behind_it(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert setting_files.read(["notice"], {"CITYHUB_NOTICE_FILE": str(file)}) == {
        "notice": text.rstrip("\r\n")
    }
