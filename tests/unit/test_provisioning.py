"""The file of new passwords: whole, for its owner, on the disk before anything counts, or not there."""

import errno
import os
import stat
from pathlib import Path

import pytest

from cityhub.errors import ServiceError
from tools.cli import provisioning

ROW = provisioning.row("air-1", "air", "a password", "hanoi")


def written(out: Path, then: Exception | None = None) -> None:
    with provisioning.writing(out) as write:
        assert write is not None
        write([ROW])
        if then is not None:
            raise then


def test_it_is_whole_before_what_follows(tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    with provisioning.writing(out) as write:
        assert write is not None
        write([ROW])
        lines = out.read_text().splitlines()
    assert lines == [
        "sensor_id,kind,username,password,telemetry_topic,status_topic",
        "air-1,air,air-1,a password,hanoi/air/air-1/telemetry,hanoi/air/air-1/status",
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    out = tmp_path / "new.csv"
    with pytest.raises(ServiceError, match="No space left"):
        written(out)
    assert not out.exists()


def test_what_is_there_is_kept_and_what_fails_later_takes_the_file_with_it(tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    out.write_text("mine")
    with pytest.raises(ServiceError, match="File exists"), provisioning.writing(out):
        pass
    assert out.read_text() == "mine"
    other = tmp_path / "other.csv"
    with pytest.raises(KeyError):
        written(other, KeyError())
    assert not other.exists()
