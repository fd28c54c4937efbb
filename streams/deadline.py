"""The time limit of a stage: a run that takes longer is cut off, so that no article holds up its partition for ever.

A timer ticks with the CPU time of the process, and a run is cut off after some ticks: that costs an article two
assignments and an idle worker nothing, and no article is blamed for a busy machine or a process that was suspended.

Python calls the handler between two instructions of the main thread, where stages run, and within regular expressions. A
call into a library in C is not cut short, so what goes into those is bounded by size: `html_parse`, `lexicon.LOOKED_AT`,
`language.SAMPLE`.
"""

import atexit
import signal
from types import FrameType, TracebackType

LIMIT_SECONDS = 2.0
"""CPU time of one run of a stage. News takes 0.0002 s and an ordinary page of 1 MiB 0.3 s; texts of 1 MiB that are made up to be
slow take up to 0.7 s, pages at the bounds of `html_parse` 1.6 s."""

TICKS = 8
"""Ticks in the limit: a run is cut off between it and an eighth more."""


class StageTimeoutError(BaseException):
    """A stage ran too long. No `Exception`, so that nothing within the stage takes it for an error of its own."""


class TimeLimit:
    """The limit of whatever runs in `with` it: one run at a time, in the main thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = 0
        """Ticks until the run is cut off; 0 while nothing runs."""
        self.ticking = False

    def __enter__(self) -> None:
        """A run begins."""
        if not self.ticking:
            self.start()
        self.left = TICKS + 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """The run is over."""
        self.left = 0

    def lift(self) -> None:
        """Let the rest of the run finish: it changes what must not be left half changed."""
        self.left = 0

    def start(self) -> None:
        """Start the timer; asyncio is not asked, as it would call the handler only once the stage is done."""
        signal.signal(signal.SIGPROF, self.tick)
        signal.siginterrupt(signal.SIGPROF, False)  # noqa: FBT003 - the signature of the standard library
        signal.setitimer(signal.ITIMER_PROF, self.seconds / TICKS, self.seconds / TICKS)
        atexit.register(signal.setitimer, signal.ITIMER_PROF, 0)  # the interpreter takes its handlers away before it ends
        self.ticking = True

    def tick(self, _number: int, _frame: FrameType | None) -> None:
        """Count; raises StageTimeoutError at the last tick, and at each one after it as long as the run goes on."""
        if self.left > 1:
            self.left -= 1
        elif self.left:
            raise StageTimeoutError(f"took more than {self.seconds:g} s of CPU time")


STAGE_LIMIT = TimeLimit(LIMIT_SECONDS)
"""The limit of the stages of this process."""
