"""A short run of the coverage-guided fuzz; tests/fuzz/fuzz_decode.py runs as long as one likes."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "fuzz" / "fuzz_decode.py"
SECONDS = 20


@pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris is not installed (it has no build for this machine)"
)
def test_no_input_that_the_fuzz_finds_breaks_the_decoder(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            str(FUZZ),
            str(tmp_path / "corpus"),
            f"-max_total_time={SECONDS}",
            "-max_len=4096",
            "-timeout=5",
            "-rss_limit_mb=1000",
            f"-artifact_prefix={tmp_path}/",
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS + 60,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    runs = re.search(r"Done (\d+) runs", run.stderr)
    assert runs is not None, run.stderr[-3000:]
    assert int(runs[1]) > 1000
