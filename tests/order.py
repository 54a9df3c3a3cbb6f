"""The order in which files of tests are handed to the processes that run them.

A process takes a whole file, for the tests of a file share a database. Left to pytest-xdist, files with many tests
come first, and those with few tests, of a minute each, come last: then one process works while the others are done.
"""

from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent

# Files that take ten seconds or more, longest first but for these two things: what mostly waits (for time limits, for
# servers that start) and what mostly reckons take turns, and no two that fill the processors stand side by side.
LONG: Final = (
    "integration/test_chaos.py",
    "integration/test_demo.py",
    "integration/api/test_api_schema.py",
    "integration/api/test_api_stalled.py",
    "integration/test_replay.py",
    "integration/test_instance.py",
    "e2e/test_e2e_maps.py",
    "integration/test_jobs.py",
    "integration/test_backup.py",
    "integration/api/test_api_killed.py",
    "integration/test_simulate.py",
    "integration/test_siege.py",
    "e2e/test_e2e_pages.py",
    "integration/test_workers.py",
    "integration/test_settings.py",
    "integration/api/test_api_health.py",
    "integration/test_boundary_files.py",
    "e2e/test_e2e_new_kind.py",
    "integration/test_launcher.py",
    "integration/test_replay_recorded.py",
    "integration/test_fuzz_decode.py",
    "integration/test_session.py",
    "integration/api/test_api_oidc.py",
    "integration/test_burst.py",
    "e2e/test_e2e_parking.py",
    "integration/test_earlier_schemas.py",
    "integration/test_onboarding.py",
    "integration/api/test_api_storm.py",
    "integration/test_bench_query.py",
    "integration/test_point_in_time.py",
    "integration/api/test_api_accounts.py",
    "unit/test_simulators_history.py",
    "integration/api/test_api_replica.py",
    "e2e/test_e2e_gateways.py",
    "e2e/test_e2e_areas.py",
    "integration/test_ingest_readiness.py",
    "integration/test_privileges.py",
    "integration/api/test_api_logs.py",
    "integration/api/test_api_defaults.py",
    "integration/test_corrections.py",
    "integration/test_ingest.py",
    "integration/test_deploy_configs.py",
    "unit/test_payloads_bounds.py",
    "unit/test_api_submissions.py",
    "unit/test_imports.py",
)
_RANKS: Final = {TESTS / name: rank for rank, name in enumerate(LONG)}
# Then by what they use: a server or a browser takes longer to start than most rules take to try.
_FOLDERS: Final = ("e2e", "integration", "unit")


def rank(file: Path) -> tuple[int, int]:
    """Lower ones run earlier; equal ones keep the order in which they were found."""
    folder = file.relative_to(TESTS).parts[0]
    return _RANKS.get(file, len(LONG)), _FOLDERS.index(folder) if folder in _FOLDERS else 0
