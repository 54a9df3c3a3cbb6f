"""`./hub audit`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tools.audit.findings import Findings
from tools.cli.application import app


@app.command(epilog="Example: ./hub audit --accept GHSA-xxxx-yyyy-zzzz")
def audit(
    locks: Annotated[
        list[Path] | None, typer.Option("--lock", help="Of Python packages; default: requirements.lock.")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="The id of one that was looked at and does no harm; may repeat.")
    ] = None,
) -> None:
    """Ask the registries for known vulnerabilities of what is pinned (exit 1 for one, or if they cannot say)."""
    from tools.audit import browser_packages, python_packages  # noqa: PLC0415
    from tools.services.folders import checkout  # noqa: PLC0415

    def python(lock: Path) -> Callable[[], Findings]:
        return lambda: python_packages.audit(lock.read_text(encoding="utf-8"), python_packages.index_url())

    for lock in locks or ():
        if not lock.is_file():
            raise typer.BadParameter(f"{lock} is no file")
    looks = [(lock.name, python(lock)) for lock in locks or [checkout() / "requirements.lock"]]
    looks.append(("package-lock.json", lambda: browser_packages.audit(checkout())))
    are_good = [_told(name, look, set(accept or ())) for name, look in looks]
    raise typer.Exit(0 if all(are_good) else 1)


def _told(name: str, look: Callable[[], Findings], accepted: set[str]) -> bool:
    """One line for each vulnerability and one for the file; whether all of it is known to be good."""
    from cityhub.errors import ServiceError  # noqa: PLC0415

    try:
        found = look()
    except ServiceError as exc:
        typer.echo(f"hub: {name}: not audited: {exc}", err=True)
        return False
    left = found.without(accepted)
    for one in left.vulnerabilities:
        fixed = f"; fixed in {', '.join(one.fixed_in)}" if one.fixed_in else ""
        print(f"{one.package} {one.version}: {', '.join(one.ids)}: {one.summary}{fixed}")
    if left.unknown:
        some = ", ".join(left.unknown[:5]) + (", ..." if len(left.unknown) > 5 else "")
        typer.echo(
            f"hub: {name}: the package index says nothing about {len(left.unknown)} of {left.asked} pinned"
            f" releases ({some}): they are not audited",
            err=True,
        )
        return False
    if left.vulnerabilities:
        typer.echo(f"hub: {name}: {len(left.vulnerabilities)} known vulnerabilities", err=True)
        return False
    print(f"{name}: {left.asked} packages, no known vulnerability")
    return True
