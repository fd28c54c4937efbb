"""The command `lodestream`; also `python -m streams`."""

import os
import signal
import sys

if sys.argv[1:2] == ["worker"]:
    # Loading the service takes a second. As the first process of a container it would not be ended by the signal by itself,
    # and killed only after the grace period; nothing was begun yet.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

from streams.cli import main

if __name__ == "__main__":
    main()
