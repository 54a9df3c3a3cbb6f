"""Invoices: which state may follow which, what the provider is told, and files that are never half there."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from cityhub.config import read_settings
from cityhub.errors import RuleBroken, SettingsError
from cityhub.payments.invoice_files import InvoiceFiles
from cityhub.payments.invoices import FOLLOWING, Answer, Invoice, NotTaken, State, answered, document, step

AT = datetime(2026, 11, 23, 3, 5, tzinfo=UTC)
INVOICE = Invoice(
    id="6f6f3a52-0000-4000-8000-000000000001",
    amount=35_000,
    created_at=AT,
    payment_id="6f6f3a52-0000-4000-8000-000000000002",
    purpose="session",
    way="vietqr",
    paid_at=AT,
    original_id=None,
    refund_id=None,
    reason=None,
    issuer="hn-parking",
    receipt="HN-PARKING-2026-000001",
    sold={
        "place_id": "ltk-01", "place": "Lý Thường Kiệt, điểm đỗ 1", "vehicle": "car", "total": 85_000, "lines": [],
        "from": "2026-11-23T10:00:00+07:00", "to": "2026-11-23T13:00:00+07:00", "tariff_version": "v1",
    },
)  # fmt: skip
ALLOWED = {
    ("queued", "sent"),
    ("sent", "coded"),
    ("sent", "rejected"),
    ("rejected", "queued"),
    ("rejected", "replaced"),
    ("coded", "adjusted"),
    ("coded", "replaced"),
}


@pytest.mark.parametrize(("before", "after"), list(product(get_args(State), repeat=2)))
def test_only_these_states_follow_each_other(before: State, after: State) -> None:
    if (before, after) in ALLOWED:
        assert step(before, after) == after
        return
    with pytest.raises(RuleBroken) as refused:
        step(before, after)
    assert refused.value.rule == "invoice_state"


def test_every_state_can_be_reached_and_the_last_ones_stay() -> None:
    reached: set[State] = {"queued"}
    for _ in FOLLOWING:
        reached |= {after for before in reached for after in FOLLOWING[before]}
    assert reached == set(get_args(State)) == set(FOLLOWING)
    assert {state for state, following in FOLLOWING.items() if not following} == {"adjusted", "replaced"}


def test_an_answer_leads_over_sent() -> None:
    assert answered("queued", Answer("sent")) == "sent"
    assert answered("queued", Answer("coded")) == "coded"
    assert answered("queued", Answer("rejected")) == "rejected"
    with pytest.raises(RuleBroken):
        answered("sent", Answer("sent"))


def test_what_nobody_has_told_the_hub_is_unknown_and_not_invented() -> None:
    told = document(INVOICE, "Dịch vụ")
    assert told["amount"] == told["items"][0]["amount"] == 35_000
    assert (told["kind"], told["adjusts"], told["buyer"]) == ("invoice", None, None)
    assert told["seller"] == {"id": "hn-parking", "name": None, "tax_code": None, "address": None}
    assert set(told["tax"].values()) == {None}
    assert [told[name] for name in ("form", "symbol", "number", "tax_authority_code")] == [None] * 4
    assert told["payment"]["paid_at"] == "2026-11-23T10:05:00+07:00"


def test_an_adjustment_names_what_it_adjusts() -> None:
    told = document(
        replace(INVOICE, amount=-5_000, original_id="o", refund_id="f", reason="stopped early"), "x"
    )
    assert (told["kind"], told["amount"]) == ("adjustment", -5_000)
    assert told["adjusts"] == {"id": "o", "refund_id": "f", "reason": "stopped early"}


def test_a_file_is_whole_and_the_same_when_it_is_written_again(tmp_path: Path) -> None:
    files = InvoiceFiles(tmp_path)
    assert files.send(INVOICE) == Answer("sent")
    [file] = tmp_path.iterdir()
    assert file.name == f"{INVOICE.id}.json"
    first = file.read_bytes()
    assert file.stat().st_mode & 0o007 == 0
    assert json.loads(first)["items"][0]["name"] == "Dịch vụ trông giữ xe tại Lý Thường Kiệt, điểm đỗ 1"
    # What a kill left in the middle is written over.
    (tmp_path / f".{INVOICE.id}.part").write_bytes(b'{"half": ')
    files.send(INVOICE)
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    assert file.read_bytes() == first


def test_an_invoice_without_a_receipt_can_be_written_too(tmp_path: Path) -> None:
    InvoiceFiles(tmp_path).send(replace(INVOICE, purpose="permit", issuer=None, receipt=None, sold={}))
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_bytes())["items"][0]["name"] == "Vé trông giữ xe theo tháng"


def test_a_folder_that_is_not_there_takes_nothing_and_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(NotTaken, match="cannot be written"):
        InvoiceFiles(missing).send(INVOICE)
    assert not missing.exists()
    assert "is no folder" in str(InvoiceFiles(missing).problem())
    assert InvoiceFiles(tmp_path).problem() is None
    (tmp_path / f"{INVOICE.id}.json").mkdir()
    with pytest.raises(NotTaken):
        InvoiceFiles(tmp_path).send(INVOICE)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_folder_is_a_setting() -> None:
    assert InvoiceFiles.of(read_settings()) is None
    assert InvoiceFiles.of(read_settings(invoice_dir="/var/invoices")) is not None
    with pytest.raises(SettingsError, match="CITYHUB_INVOICE_DIR: must be an absolute path"):
        read_settings(invoice_dir="invoices")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / f".{INVOICE.id}.part").symlink_to("/dev/full")
    with pytest.raises(NotTaken, match="No space left"):
        InvoiceFiles(tmp_path).send(INVOICE)
    assert list(tmp_path.iterdir()) == []


def doctor(**environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CITYHUB_")}
    shown = "from tools.doctor import _invoices\nprint(_invoices())"
    done = subprocess.run(
        [sys.executable, "-c", shown], env={**kept, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_doctor_says_where_invoices_go(tmp_path: Path) -> None:
    assert "they stay queued" in doctor()
    assert f"written to {tmp_path}" in doctor(CITYHUB_INVOICE_DIR=str(tmp_path))
    assert "state='bad'" in doctor(CITYHUB_INVOICE_DIR=str(tmp_path / "missing"))
