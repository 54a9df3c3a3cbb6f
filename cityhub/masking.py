"""What must not be read over a shoulder or in a log: settings that hold secrets, and texts that may quote them.

A setting is masked because of its type, whatever its name is. Texts (log lines, errors) are masked by what looks like a
secret in them; that is the second line only: nothing logs a path or a query string that may hold one.
"""

import re
from collections.abc import Callable

from pydantic import SecretStr

MASK = "***"

# Each pattern begins where it can begin once only, so that a long text takes no longer than its length.
_TOKEN = re.compile(r"(?<!\S)\S*/\S*")
# `user:password@` of a URL. A password that was not written as a URL wants it may hold a slash or another @.
_USERINFO = re.compile(
    r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^\s:/?#@]*)(?::\S*@|@)"
)
_QUERY_END = re.compile(r"[\"'<>)\]]|$")
# Parts of libpq's addresses that say nothing secret.
_HARMLESS = frozenset(
    [
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "sslmode",
        "connect_timeout",
        "application_name",
        "target_session_attrs",
        "options",
    ]
)
_WORDS = r"(?:password|passwd|passphrase|secret|token|api_?key|signature|secure_?hash)"
_VALUE = r"(?P<value>'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s&;,'\"]+)"
_PAIR = re.compile(
    rf"(?<![\w-])(?P<name>[\w-]{{0,40}}{_WORDS}[\w-]{{0,40}}[\"']?\s*[=:]\s*){_VALUE}", re.IGNORECASE
)
_CREDENTIALS = re.compile(r"\b(?P<scheme>Bearer|Basic|Apikey)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
# Paths that end in a key to somebody's parking session, or in a plate.
_PERSONAL_PATH = re.compile(r"(?P<path>/(?:p|r|sessions|permits|receipts|plates)/)[^\s/?\"'<>)\]]+")
_WORD = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>'(?:[^'\\]|\\.)*'|\S*)")


def mask(text: str) -> str:
    """`text` without what looks like a password, a key, a query string or a token in a path."""
    text = _TOKEN.sub(_masked_token, text)
    text = _CREDENTIALS.sub(rf"\g<scheme> {MASK}", text)
    return _PAIR.sub(_masked_pair, text)


def _masked_token(match: re.Match[str]) -> str:
    """A URL or path, whatever stands around it."""
    token = match[0]
    if "://" in token:
        token = _USERINFO.sub(_masked_user, token)
    # What stands behind the `?` of a URL or path.
    path, asks, query = token.partition("?")
    if asks and "/" in path and (end := _QUERY_END.search(query)) is not None and end.start():
        token = f"{path}?{_masked_query(query[: end.start()])}{query[end.start() :]}"
    return _PERSONAL_PATH.sub(rf"\g<path>{MASK}", token)


def _masked_user(match: re.Match[str]) -> str:
    scheme, user, whole = match["scheme"], match["user"], match[0]
    if whole[len(scheme) + 3 + len(user)] == ":":
        return f"{scheme}://{user}:{MASK}@"
    # A broker may take a token for a user name; at a database a name alone is a name.
    return whole if scheme.startswith("postgres") else f"{scheme}://{MASK}@"


def _masked_query(query: str) -> str:
    parts = (part.partition("=") for part in query.split("&"))
    return "&".join(
        f"{name}={value if name in _HARMLESS else MASK}" if equals else MASK for name, equals, value in parts
    )


def _masked_pair(match: re.Match[str]) -> str:
    # Already masked, in quotes or not.
    return match[0] if MASK in match["value"] else f"{match['name']}{MASK}"


class SecretUrl(SecretStr):
    """The address of a server, with a password in it as a rule. Printed, it shows where, and as whom.

    The plain text has to be asked for: `get_secret_value()`. Also libpq's `host=... password=...`.
    """

    def _display(self) -> str:
        text = self.get_secret_value()
        if "://" in text:
            return mask(text)
        if "=" in text:
            return _WORD.sub(_masked_word, text)
        return MASK if text else ""


def _masked_word(match: re.Match[str]) -> str:
    return match[0] if match["name"] in _HARMLESS else f"{match['name']}={MASK}"


class SecretKeys(SecretStr):
    """`name:key,name:key`. Printed, it shows the names."""

    def _display(self) -> str:
        pairs = self.get_secret_value().split(",")
        return ",".join(f"{pair.partition(':')[0].strip()}:{MASK}" for pair in pairs if pair.strip())


def plain(value: object) -> str:
    """A setting's value as text; of a secret the secret itself."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def checked(check: Callable[[str], object]) -> Callable[[SecretStr], SecretStr]:
    """A check of plain texts as one of secrets: its ValueError must repeat no part of the text. Empty always passes."""

    def validate(secret: SecretStr) -> SecretStr:
        if secret:
            check(secret.get_secret_value())
        return secret

    return validate
