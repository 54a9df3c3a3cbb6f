"""What stays are explained by: money by bay, money by place, permits, nothing."""

from datetime import UTC, datetime, timedelta

from cityhub.parking.coverage import Explained, Priced, Span, explain
from cityhub.parking.departures import Seen
from cityhub.parking.stays import Stay, silence

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def stay(start: int, end: int, bay: str = "b1", place: str = "p", price: int = 25_000) -> Priced:
    return Priced(place, bay, Stay(at(start), at(end)), price)


def paid(start: int, end: int | None, bay: str | None = None, place: str = "p") -> Span:
    return Span(place, bay, at(start), None if end is None else at(end), is_permit=False)


def permit(place: str | None = None, bay: str | None = None) -> Span:
    return Span(place, bay, at(-600), at(6000), is_permit=True)


def test_what_was_paid_for_a_bay_explains_its_stay_however_long_it_was() -> None:
    assert explain([stay(0, 180)], [paid(0, 60, "b1")]) == {"p": Explained()}
    # Whoever leaves and comes back to it has paid.
    assert explain([stay(0, 10), stay(20, 50)], [paid(0, 60, "b1")]) == {"p": Explained()}


def test_what_names_no_bay_explains_one_stay_of_its_place() -> None:
    found = explain([stay(0, 60), stay(5, 65, "b2", price=50_000)], [paid(1, 61), paid(1, 61, place="q")])
    assert found == {"p": Explained(unpaid_stays=1, unpaid=50_000)}


def test_who_paid_for_a_bay_that_stayed_empty_stands_in_another() -> None:
    assert explain([stay(0, 60)], [paid(0, 60, "b9")]) == {"p": Explained()}


def test_a_permit_explains_one_car_at_a_time_in_its_whole_zone() -> None:
    stays = [stay(0, 60), stay(30, 90, "b2", "q"), stay(60, 120, "b3", "q"), stay(60, 70, "b4", price=0)]
    found = explain(stays, [permit()])
    assert found["p"] == Explained(permit_stays=1, permit=25_000, free_stays=1)
    assert found["q"] == Explained(permit_stays=1, permit=25_000, unpaid_stays=1, unpaid=25_000)


def test_a_permit_of_another_place_or_bay_explains_nothing() -> None:
    found = explain([stay(0, 60)], [permit("q"), permit("p", "b2")])
    assert found == {"p": Explained(unpaid_stays=1, unpaid=25_000)}


def test_money_goes_before_permits_and_what_meets_for_a_moment_is_no_payment() -> None:
    assert explain([stay(0, 60)], [permit(), paid(5, None)]) == {"p": Explained()}
    assert explain([stay(0, 60)], [paid(58, 100, "b1")])["p"].unpaid_stays == 1


def test_silence_counts_from_half_an_hour_after_a_word_to_the_next() -> None:
    reports = [Seen(at(minutes), is_occupied=True) for minutes in (-10, 5, 50, 400)]
    # From 35 to 50, and from 80 on.
    assert silence(reports, NOON, at(120)) == timedelta(minutes=15 + 40)
    assert silence([], NOON, at(120)) == timedelta(minutes=120)
    assert (
        silence([Seen(at(minutes), is_occupied=False) for minutes in range(0, 120, 20)], NOON, at(120))
        == timedelta()
    )
