"""`python -m maps --out DIR`: static snapshots of the five maps."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from cityhub.config import settings
from cityhub.errors import CityHubError
from cityhub.words import LANGUAGES
from maps import snapshots


def main(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Made when missing.")],
    api: Annotated[
        str | None, typer.Option(metavar="URL", help="API to read; default CITYHUB_API_URL.")
    ] = None,
    lang: Annotated[Literal["vi", "en", "both"], typer.Option(help="Language.")] = "both",
) -> None:
    """Write the five maps with their present data as HTML files that need no server."""
    config = settings()
    written = snapshots.write(
        out,
        api or config.require("api_url"),
        LANGUAGES if lang == "both" else (lang,),
        assets_dir=config.assets_dir,
        notice=config.notice or None,
        tiles_url=config.tiles_url,
        tiles_attribution=config.tiles_attribution,
    )
    print(f"{len(written)} files in {out}; open {out / 'index.html'}")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command(epilog="Example: python -m maps --out snapshots/ --lang both")(main)
    try:
        program(prog_name="python -m maps")
    except CityHubError as error:
        sys.exit(f"maps: {error}")
