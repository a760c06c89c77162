"""Runs a program on a terminal of its own and takes steps on it, as a person would.

    terminal.py --step STEP... -- PROGRAM ARGUMENT...

expect:TEXT       waits until the program has written TEXT after what was waited for before
send:TEXT         types TEXT
poll:TEXT|ANSWER  types TEXT until ANSWER comes
resize:RxC        gives the terminal another size
end               waits for the end of the program

The exit status is the program's, or 99 when a step takes more than ten seconds.
"""

import argparse
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

parser = argparse.ArgumentParser()
parser.add_argument("--step", action="append")
parser.add_argument("program", nargs="+")
options = parser.parse_args()

child, terminal = pty.fork()
if child == 0:
    # Before the program looks at its size.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(options.program[0], options.program)

written = b""
position = 0


def read(seconds):
    """Whether there may be more to come."""
    global written
    if not select.select([terminal], [], [], seconds)[0]:
        return True
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        return False
    written += piece
    return bool(piece)


def expect(text, seconds):
    global position
    deadline = time.monotonic() + seconds
    while True:
        found = written.find(text, position)
        if found >= 0:
            position = found + len(text)
            return True
        if time.monotonic() > deadline or not read(0.05):
            return False


def fail(step):
    sys.stdout.write("%s not within its time; written:\n%s\n" % (step, written.decode(errors="replace")))
    sys.stdout.flush()
    os.kill(child, 9)
    os._exit(99)


for step in options.step:
    word, _, value = step.partition(":")
    if word == "expect":
        if not expect(value.encode(), 10):
            fail(step)
    elif word == "send":
        os.write(terminal, value.encode())
    elif word == "resize":
        rows, columns = map(int, value.split("x"))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    elif word == "poll":
        text, _, answer = value.partition("|")
        for _ in range(20):
            os.write(terminal, text.encode())
            if expect(answer.encode(), 0.5):
                break
        else:
            fail(step)
    elif word == "end":
        deadline = time.monotonic() + 10
        while read(0.1):
            if time.monotonic() > deadline:
                fail(step)

sys.stdout.write(written.decode(errors="replace"))
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
