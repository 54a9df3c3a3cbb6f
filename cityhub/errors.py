"""What can go wrong, in the words of the field. Nothing here knows HTTP, SQL or MQTT.

Every error's text is one line that a person can act on: the command line prints it as it is.
"""


class CityHubError(Exception):
    """Base of every error that the hub raises on purpose."""


class SettingsError(CityHubError):
    """A setting is missing or has a value that cannot be used; the text names the variable."""


class ServiceError(CityHubError):
    """A database, broker or other part could not be found, built, started or stopped."""


class StoreUnavailable(CityHubError):
    """The database does not answer at the moment; the same call may succeed later."""


class StoreRefused(CityHubError):
    """The database refused the data itself; the same call will fail again.

    `constraint` names the rule of the schema that the data breaks; None where none has a name.
    """

    def __init__(self, text: str, constraint: str | None = None) -> None:
        super().__init__(text)
        self.constraint = constraint


class Conflict(StoreRefused):
    """It does not go with what is stored: it is there already, still in use, or settled. `constraint` says which rule.

    A function of the store that knows what its constraint means raises a class of its own, derived from this one.
    """


class RuleBroken(CityHubError):
    """What is asked for was understood, and a rule forbids it; `rule` names the rule."""

    def __init__(self, rule: str, problem: str) -> None:
        super().__init__(problem)
        self.rule = rule


class Unauthenticated(CityHubError):
    """Nobody can tell who asks."""


class Forbidden(CityHubError):
    """Who asks is known, or cannot become known here, and may not do this."""


class MigrationError(CityHubError):
    """The schema in the database and the migrations of this version do not fit together."""


class NotFound(CityHubError):
    """The thing asked for does not exist."""

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"no {noun} with id {key!r}")
        self.noun = noun
        self.key = key


class InvalidInput(CityHubError):
    """A value given by a caller cannot be used; `field` names it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class FileError(CityHubError):
    """A data file cannot be read. Row 1 is the header; `row`, `line` and `column` are None for the whole file.

    Tables have rows and columns, other files lines.
    """

    def __init__(
        self,
        file: str,
        problem: str,
        row: int | None = None,
        column: str | None = None,
        *,
        line: int | None = None,
    ) -> None:
        where = file
        if row is not None:
            where += f", row {row}"
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column!r}"
        super().__init__(f"{where}: {problem}")
        self.file, self.row, self.column, self.line, self.problem = file, row, column, line, problem
