"""`python -m streams` is the command `lodestream`."""

from streams.cli import main

main()
