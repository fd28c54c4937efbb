"""The few exceptions, and what whoever catches them does.

LodestreamError           the command line prints its one line to stderr and exits with 1
├── SettingsError         settings or data files are wrong: nothing was started
├── RefusedError          Kafka refuses our login, certificate or request, or we its certificate: waiting does not help
└── WorldError            Kafka or the machine cannot go on: the worker stops without acknowledging and exits with 1

Bad articles are no exceptions: see `streams.core.records.Rejected`.
"""


class LodestreamError(Exception):
    """Says in one line what is wrong and what to do."""


class SettingsError(LodestreamError):
    """A setting or data file is wrong; nothing was started."""


class RefusedError(LodestreamError):
    """Kafka refuses who we are or what we ask for, or we refuse its certificate; somebody has to change something."""


class WorldError(LodestreamError):
    """The outside world failed for longer than we wait; nothing more is acknowledged."""
