"""Programs that the hub starts: as another user, inside a private root, and never outliving their parent.

Linux only: cityhub.parent tells a program of its parent's end, and a process is recognised by its number together
with its start time, so that a recycled number is never signalled.
"""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cityhub.parent import follow_parent


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and as whom a program runs. `root`: chroot into it (needs root); None: this system."""

    root: Path | None = None
    uid: int | None = None
    gid: int | None = None

    def inside(self, path: Path) -> str:
        """`path` of this system as the program sees it."""
        return str(path) if self.root is None else f"/{path.relative_to(self.root)}"


HERE = Surroundings()


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit code (negative: the signal) and what it wrote."""

    code: int
    output: str

    def last(self, count: int = 3) -> str:
        """Its last lines in one."""
        return " | ".join(line.strip() for line in self.output.splitlines()[-count:])


@dataclass(frozen=True, slots=True)
class Running:
    """One process: its number and its start time in clock ticks since the machine started."""

    pid: int
    birth: int

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return birth(self.pid) == self.birth

    def ended_how(self) -> str:
        """In words, for a child of this process that has ended."""
        try:
            status = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return "ended"
        if status is None:
            return "ended"
        if status.si_code == os.CLD_EXITED:
            return f"ended with exit code {status.si_status}"
        return f"was ended by signal {status.si_status}"

    def stop(self, first: signal.Signals = signal.SIGTERM, patience_s: float = 10) -> bool:
        """Asks with `first`, then kills the process and its group; True when it went by itself."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.alive():
                _reap(self.pid)
                return True
            signal.pidfd_send_signal(handle, first)
            went = _wait(handle, patience_s)
            if not went:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                _wait(handle, 5)
            _reap(self.pid)
            return went
        except ProcessLookupError:
            return True
        finally:
            os.close(handle)


def birth(pid: int) -> int | None:
    """The start time of process `pid` in clock ticks since boot; None when it is gone or a zombie."""
    try:
        # The name in parentheses may itself hold blanks and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def start(
    argv: Sequence[str],
    log: Path,
    *,
    surroundings: Surroundings = HERE,
    env: Mapping[str, str] | None = None,
    dies_with_parent: signal.Signals | None,
    folder: Path | None = None,
) -> Running:
    """Starts `argv` in a session of its own, output to `log` (the previous one is kept as `.old`).

    `dies_with_parent`: the signal the program gets when the calling thread's process ends, however it ends;
    None lets the program outlive it. Call it from a thread that lives as long as the process.
    Raises OSError when the program cannot be started.
    """
    if log.exists():
        log.replace(log.with_suffix(".log.old"))
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - the callers pass fixed programs
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_prepare(surroundings, dies_with_parent),  # noqa: PLW1509 - see _prepare
        )
    child.returncode = 0  # Running looks after it from here; Popen must not warn about it
    return Running(child.pid, birth(child.pid) or 0)


def run(
    argv: Sequence[str],
    *,
    surroundings: Surroundings = HERE,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    folder: Path | None = None,
    dies_with_parent: signal.Signals = signal.SIGTERM,
) -> Finished:
    """Runs `argv` to its end; output goes to `log` when given, else into the result (stderr joined to stdout).

    When the caller is interrupted, the program and all it started are asked to end, waited for, then killed.
    """
    with log.open("w+b") if log else tempfile.TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603 - the callers pass fixed programs
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_prepare(surroundings, dies_with_parent),  # noqa: PLW1509 - see _prepare
        )
        try:
            code = child.wait()
        except BaseException:
            _end_group(child)
            raise
        output.seek(0)
        return Finished(code, output.read().decode(errors="replace").strip())


def _end_group(child: subprocess.Popen[bytes]) -> None:
    for number, patience_s in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
            return


def dying_with_parent(how: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the program gets `how` when the process that starts it ends, however it ends."""
    return _prepare(HERE, how)


def last_lines(log: Path, count: int = 5) -> str:
    """The last lines of a log, joined by ` | ` to fit one line; empty when there is none."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return " | ".join(line.strip() for line in lines[-count:])


def _prepare(surroundings: Surroundings, dies_with_parent: signal.Signals | None) -> Callable[[], None]:
    # subprocess offers `user=` but no chroot and no prctl; only system calls happen between fork and exec.
    parent = os.getpid()

    def prepare() -> None:
        if surroundings.root is not None:
            os.chroot(surroundings.root)
            os.chdir("/")
        if surroundings.gid is not None and surroundings.uid is not None:
            os.setgroups([])
            os.setgid(surroundings.gid)
            os.setuid(surroundings.uid)
            os.umask(0o077)
        if dies_with_parent is not None:
            # A change of credentials clears it, so it comes last.
            follow_parent(parent, dies_with_parent)

    return prepare


def _wait(handle: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            return True
    return False


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
