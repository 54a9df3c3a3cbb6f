"""`./hub doctor`."""

import typer

from cityhub.errors import SettingsError
from tools.cli.application import app


@app.command(epilog="Example: ./hub doctor")
def doctor() -> None:
    """Say what is there, what is missing or open to others, and what to do about it; exit 1 when that is needed."""
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from tools import doctor as examination  # noqa: PLC0415
    from tools.doctor.findings import Finding  # noqa: PLC0415

    console = Console()
    if not console.is_terminal:
        console.width = 160
    marks = {"good": "[green]✓[/]", "missing": "[yellow]–[/]", "bad": "[red]✗[/]"}

    def show(findings: list[Finding]) -> None:
        table = Table("", "what", "found", "what to do")
        for finding in findings:
            cells = (finding.what, finding.found, finding.advice)
            table.add_row(marks[finding.state], *(escape(cell) for cell in cells))
        console.print(table)

    try:
        findings = examination.examine()
    except SettingsError:
        # Which file is missing, say; the error itself names the first only.
        show(examination.machine())
        raise
    show(findings)
    table = Table("setting", "value", "")
    for setting in examination.setting_rows():
        table.add_row(
            setting.variable, setting.value or "(empty)", "default" if setting.is_default else "set"
        )
    console.print(table)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
