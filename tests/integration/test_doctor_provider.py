"""What the doctor says of a real provider of identities."""

from tests.identity_provider.running import city_accounts
from tools.doctor import connections


def test_a_provider_that_answers_is_good_and_one_that_calls_itself_otherwise_is_not() -> None:
    with city_accounts() as city:
        good = connections.provider(city.issuer)
        assert (good.state, good.found) == ("good", f"{city.issuer} says where to ask, and shows its keys")
        port = city.issuer.rpartition(":")[2].strip("/")
        host = "localhost" if "127.0.0.1" in city.issuer else "127.0.0.1"
        other = connections.provider(f"http://{host}:{port}")
        nothing = connections.provider(f"{city.issuer.rstrip('/')}/nothing/here")
    assert (other.state, "calls itself otherwise" in other.found) == ("bad", True)
    assert (nothing.state, "nobody signs in by it" in nothing.found) == ("bad", True)
