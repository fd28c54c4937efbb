"""The few exceptions, and what whoever catches them does.

LodestreamError           the command line prints its one line to stderr and exits with 1
├── SettingsError         settings or data files are wrong: nothing was started
└── WorldError            Kafka or the machine cannot go on: the worker stops without acknowledging and exits with 1

Bad articles are no exceptions: see `streams.core.records.Rejected`.
"""


class LodestreamError(Exception):
    """Says in one line what is wrong and what to do."""


class SettingsError(LodestreamError):
    """A setting or data file is wrong; nothing was started."""


class WorldError(LodestreamError):
    """The outside world failed for longer than we wait; nothing more is acknowledged."""
