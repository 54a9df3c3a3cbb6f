"""Settings out of files: CITYHUB_X_FILE names a file that holds the value of CITYHUB_X.

For secrets: what stands in the environment of a container is shown by `docker inspect` and handed on to every child.
"""

from collections.abc import Iterable, Mapping

from cityhub.errors import SettingsError

# No value is as long; a mistaken path may lead to something endless.
_MOST_BYTES = 65_536


def read(names: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Values by setting's name, of those of `names` that have a file; line ends behind a value are left out.

    Raises SettingsError naming the variable when the file cannot be read, or the value is given in both ways.
    """
    # As the variables themselves are looked up.
    given = {name.upper(): value for name, value in environment.items() if value}
    found = {}
    for name in names:
        variable = f"CITYHUB_{name.upper()}"
        if path := given.get(f"{variable}_FILE"):
            if variable in given:
                raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
            found[name] = _value(f"{variable}_FILE", path)
    return found


def _value(variable: str, path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise SettingsError(f"{variable}: {path!a} cannot be read: {reason}") from None
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{variable}: {path!a} is larger than {_MOST_BYTES} bytes: it holds no setting")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{variable}: {path!a} holds no UTF-8 text") from None
