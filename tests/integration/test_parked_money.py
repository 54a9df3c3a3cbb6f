"""Money that waits for a person, placed by `./hub money` on a real database."""

from collections.abc import Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from cityhub.errors import NotFound, RuleBroken
from cityhub.store import connect, ledger, parked, payments, refunds, sessions
from tests.integration.test_settlement import MINUTE, NOW, asked_for, begun, told
from tools.cli.commands import app


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []


def waits(conn: psycopg.Connection) -> parked.Sum:
    """A sum of another amount than was asked for."""
    payment = asked_for(conn, begun(conn), "momo")
    assert told(conn, payment, 12_000) == "parked"
    return next(one for one in parked.waiting(conn, 1000) if one.reference == payment.reference)


def test_a_sum_goes_back_to_whom_it_came_from_once(conn: psycopg.Connection) -> None:
    one = waits(conn)
    before = ledger.balances(conn)
    with conn.transaction():
        parked.returned(conn, one.id, "lan", "FT1", NOW)
    after = ledger.balances(conn)
    assert after["clearing:momo"] == before["clearing:momo"] - 12_000
    assert after["unmatched"] == before["unmatched"] + 12_000
    assert one.id not in {other.id for other in parked.waiting(conn, 1000)}
    with pytest.raises(RuleBroken, match="placed before"), conn.transaction():
        parked.returned(conn, one.id, "lan", "FT1", NOW)
    with pytest.raises(NotFound), conn.transaction():
        parked.returned(conn, 10**9, "lan", "", NOW)


def test_a_sum_goes_into_a_wallet_which_pays(conn: psycopg.Connection) -> None:
    one = waits(conn)
    with conn.transaction():
        wallet = payments.add_wallet(
            conn, "6f6f3a52-0000-4000-8000-000000000001", "a-wallet-for-parked-money"
        )
        parked.to_wallet(conn, one.id, "lan", "her own", wallet.id, NOW)
    assert payments.wallet(conn, wallet.token).balance == 12_000


def test_a_refund_by_hand_is_done_once(conn: psycopg.Connection) -> None:
    session = begun(conn, 180)
    payment = asked_for(conn, session, "vietqr")
    told(conn, payment)
    with conn.transaction():
        stopped, back = sessions.stop(conn, session.token, NOW + 61 * MINUTE)
        assert refunds.request_for(conn, stopped.id, back, NOW) == 35_000
    [one] = [one for one in refunds.by_hand(conn, 1000) if one.reference == payment.reference]
    assert (one.amount, one.state) == (35_000, "by_hand")
    with conn.transaction():
        assert refunds.done_by_hand(conn, one.id, "lan", "FT2", NOW) == 35_000
    assert payments.by_id(conn, payment.id).refunded == 35_000
    with pytest.raises(NotFound), conn.transaction():
        refunds.done_by_hand(conn, one.id, "lan", "FT2", NOW)


def test_what_a_person_did_while_its_provider_was_asked_is_done_once(conn: psycopg.Connection) -> None:
    session = begun(conn, 180)
    payment = asked_for(conn, session, "vnpay")
    told(conn, payment)
    with conn.transaction():
        stopped, back = sessions.stop(conn, session.token, NOW + 61 * MINUTE)
        refunds.request_for(conn, stopped.id, back, NOW)
    [demand] = [one for one in refunds.to_send(conn, ["vnpay"]) if one.payment_id == payment.id]
    assert refunds.sent(conn, demand)
    with conn.transaction():
        refunds.done_by_hand(conn, demand.id, "lan", "FT3", NOW)
    # Then the provider answers, one way or the other.
    for late in (refunds.done, lambda *about: refunds.refused(*about[:2], "99", NOW)):
        with conn.transaction():
            late(conn, demand, NOW)
    assert payments.by_id(conn, payment.id).refunded == 35_000
    assert conn.execute("SELECT state FROM refund WHERE id = %s", (demand.id,)).fetchall() == [("done",)]


def test_the_commands_show_and_place_what_waits(
    conn: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYHUB_DATABASE_URL", database_url)
    one = waits(conn)
    shown = CliRunner().invoke(app, ["money", "list"])
    assert shown.exit_code == 0
    assert "12,000" in shown.stdout
    assert "wrong_amount" in shown.stdout
    placed = CliRunner().invoke(app, ["money", "wallet", str(one.id), "--by", "lan"])
    assert placed.exit_code == 0
    token = placed.stdout.split()[-1]
    assert payments.wallet(conn, token).balance == 12_000
