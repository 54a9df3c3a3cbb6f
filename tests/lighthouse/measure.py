"""Lighthouse on the first page and the page of the air, as a phone loads them.

    .venv/bin/python tests/lighthouse/measure.py http://127.0.0.1:8000

Installs Lighthouse beside itself at its first run (pinned in package-lock.json). The middle of three runs counts: what
else the machine does is measured with them. Exit 1 when a page is below a limit (LIMITS, of 100), 2 without Chromium.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PATHS = ("/", "/air")
RUNS = 3
LIMITS = {"performance": 90, "accessibility": 100, "best-practices": 95}
# KB, compressed, of everything that the first load of a page asks for. The live stream is told apart: it has no end,
# and what it brings meanwhile is what the city's sensors report.
MOST_KB = 200
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)


def main(base: str) -> int:
    """Measures the pages of the hub at `base`; the exit code."""
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium")
    if chromium is None:
        print("no Chromium on this machine; set CHROME_PATH", file=sys.stderr)
        return 2
    program = HERE / "node_modules/.bin/lighthouse"
    if not program.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    good = True
    for path in PATHS:
        reports = [measured(program, chromium, base.rstrip("/") + path) for _ in range(RUNS)]
        told = []
        for name, limit in LIMITS.items():
            score = statistics.median(round(100 * one["categories"][name]["score"]) for one in reports)
            good &= score >= limit
            told.append(f"{name} {score:.0f} (at least {limit})")
        size, live = (
            statistics.median(transferred(one, of_stream) for one in reports) / 1024
            for of_stream in (False, True)
        )
        good &= size <= MOST_KB
        print(f"{path}: {', '.join(told)}, {size:.0f} KB (at most {MOST_KB}), live meanwhile {live:.0f} KB")
    return 0 if good else 1


def measured(program: Path, chromium: str, address: str) -> dict[str, Any]:
    """Lighthouse's report on `address`: its phone, with a slow network and processor."""
    done = subprocess.run(
        [
            str(program),
            address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(LIMITS)}",
            f"--chrome-flags={CHROMIUM}",
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def transferred(report: dict[str, Any], of_stream: bool) -> int:
    """Bytes that came over the network by the live stream, or by all else."""
    requests = report["audits"]["network-requests"]["details"]["items"]
    return sum(
        int(one.get("transferSize", 0)) for one in requests if ("/api/v1/live" in one["url"]) is of_stream
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
