"""A signal handler may interrupt the very wait that it ends."""

import os
import signal
import subprocess
import sys
import time

from cityhub.stopping import Stopping

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


def test_a_signal_ends_a_long_wait_at_once() -> None:
    program = (
        "from cityhub.stopping import Stopping\n"
        "stopping = Stopping.on_signals()\n"
        "print('waiting', flush=True)\n"
        "print(stopping.wait(60), stopping.is_set())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.stdout.read() == "True True\n"
        assert time.monotonic() - began < 20
    assert process.returncode == 0


def test_without_a_signal_it_waits_its_time() -> None:
    stopping = Stopping()
    began = time.monotonic()
    assert not stopping.wait(0.05)
    assert time.monotonic() - began >= 0.05
    stopping.set()
    assert stopping.wait(60)
