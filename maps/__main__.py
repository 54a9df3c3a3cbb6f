"""`python -m maps --out DIR`: static snapshots of the five maps."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cityhub.config import settings
from cityhub.errors import CityHubError
from maps import snapshots
from maps.words import LANGUAGES, Language


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the snapshots and print where; returns the exit code. Raises CityHubError."""
    parser = argparse.ArgumentParser(
        prog="python -m maps",
        description="Write the five maps with their present data as HTML files that need no server.",
        epilog="Example: python -m maps --out snapshots/ --lang both",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="made when missing")
    parser.add_argument("--api", metavar="URL", help="API to read; default CITYHUB_API_URL")
    parser.add_argument("--lang", choices=[*LANGUAGES, "both"], default="both")
    chosen = parser.parse_args(arguments)
    config = settings()
    languages = LANGUAGES if chosen.lang == "both" else (cast(Language, chosen.lang),)
    written = snapshots.write(
        chosen.out,
        chosen.api or config.api_url,
        languages,
        assets_dir=config.assets_dir,
        notice=config.notice or None,
        tiles_url=config.tiles_url,
        tiles_attribution=config.tiles_attribution,
    )
    print(f"{len(written)} files in {chosen.out}; open {chosen.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CityHubError as error:
        sys.exit(f"maps: {error}")
