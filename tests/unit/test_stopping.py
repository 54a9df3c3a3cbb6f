"""A signal handler may interrupt the very wait that it ends."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cityhub.stopping import Stopping, interrupted_by_signals, stop_on_signals, undisturbed

# Before each bytecode that runs within `wait`, whose turn it is to be interrupted there.
INTERRUPTED = """
import signal, sys
from threading import Event
from cityhub.stopping import Stopping

moment = 0

def trace(frame, event, _):
    global moment
    frame.f_trace_opcodes = True
    if event == "opcode":
        moment -= 1
        if moment == 0:
            sys.settrace(None)
            signal.raise_signal(signal.SIGUSR1)
    return trace

for last in range(1, 1000):
    stopping = {class_}()
    signal.signal(signal.SIGUSR1, lambda *_: stopping.set())
    moment = last
    sys.settrace(trace)
    stopping.wait(0.001)
    sys.settrace(None)
    if moment > 0:
        print("interrupted at", last - 1, "moments")
        break
"""


def interrupt(class_: str, seconds: float) -> str:
    program = INTERRUPTED.replace("{class_}", class_)
    done = subprocess.run(
        [sys.executable, "-c", program], timeout=seconds, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_signal_at_any_moment_of_the_wait_does_not_hang_it() -> None:
    told = interrupt("Stopping", 60)
    assert told.startswith("interrupted at ")
    assert int(told.split()[2]) > 10


def program(*lines: str) -> "subprocess.Popen[str]":
    """A program of its own, because signals are a process's; it has printed its first line."""
    started = subprocess.Popen(
        [sys.executable, "-c", "\n".join(("from cityhub.stopping import *", *lines))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "begun\n"
    return started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_long_wait_at_once(number: signal.Signals) -> None:
    waiting = program(
        "with stop_on_signals(lambda: print('told')) as stopping:",
        "    print('begun', flush=True)",
        "    print(stopping.wait(60), stopping.is_set())",
    )
    began = time.monotonic()
    waiting.send_signal(number)
    assert waiting.communicate(timeout=30)[0] == "told\nTrue True\n"
    assert time.monotonic() - began < 20
    assert waiting.returncode == 0


def test_a_second_ctrl_c_breaks_off_what_does_not_end() -> None:
    busy = program(
        "with stop_on_signals() as stopping:",
        "    print('begun', flush=True)",
        "    stopping.wait(60)",
        "    print('asked', flush=True)",
        "    import time; time.sleep(60)",
    )
    busy.send_signal(signal.SIGINT)
    assert busy.stdout is not None
    assert busy.stdout.readline() == "asked\n"
    busy.send_signal(signal.SIGINT)
    assert busy.communicate(timeout=30)[0].endswith("KeyboardInterrupt\n")


def test_a_second_sigterm_changes_nothing() -> None:
    busy = program(
        "with stop_on_signals() as stopping:",
        "    print('begun', flush=True)",
        "    stopping.wait(60)",
        "    print('asked', flush=True)",
        "    print(input())",
    )
    busy.send_signal(signal.SIGTERM)
    assert busy.stdout is not None
    assert busy.stdout.readline() == "asked\n"
    busy.send_signal(signal.SIGTERM)
    assert busy.communicate("went on\n", timeout=30)[0] == "went on\n"
    assert busy.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_block_is_interrupted_by_signals_and_its_tidying_up_is_not(number: signal.Signals) -> None:
    busy = program(
        "import signal",
        "with interrupted_by_signals():",
        "    try:",
        "        print('begun', flush=True)",
        "        import time; time.sleep(60)",
        "    except KeyboardInterrupt:",
        "        with undisturbed():",
        f"            signal.raise_signal({int(number)})",
        "            print('tidy')",
    )
    busy.send_signal(number)
    assert busy.communicate(timeout=30)[0] == "tidy\n"


def test_after_the_block_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with interrupted_by_signals(), stop_on_signals(), undisturbed():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_in_a_thread_that_signals_do_not_reach_the_block_runs_all_the_same() -> None:
    def run() -> bool:
        with stop_on_signals() as stopping, undisturbed():
            return stopping.wait(0)

    with ThreadPoolExecutor(1) as other:
        assert other.submit(run).result(10) is False


def test_without_a_signal_it_waits_its_time() -> None:
    stopping = Stopping()
    began = time.monotonic()
    assert not stopping.wait(0.05)
    assert time.monotonic() - began >= 0.05
    stopping.set()
    assert stopping.wait(60)
