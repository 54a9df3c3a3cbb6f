"""What a registry says of pinned packages."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A known one. `ids`: its name and aliases; `fixed_in`: versions that do not have it any more."""

    package: str
    version: str
    ids: tuple[str, ...]
    summary: str
    fixed_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Of `asked` packages; `unknown`: those of which nobody could say anything. Silence is not good news."""

    asked: int
    vulnerabilities: list[Vulnerability] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def without(self, accepted: set[str]) -> "Findings":
        """The same without those that somebody looked at and accepted, by any of their ids."""
        left = [one for one in self.vulnerabilities if not accepted.intersection(one.ids)]
        return Findings(self.asked, left, self.unknown)
