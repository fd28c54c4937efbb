"""Structured logs: JSON lines in production, readable on a terminal; the logs of the libraries go the same way."""

import logging
import sys

import structlog

from streams.settings import Settings

LIBRARIES = {"aiokafka": logging.ERROR, "faust": logging.ERROR, "mode": logging.ERROR, "asyncio": logging.WARNING}
"""Least levels of what the libraries log: their lower ones tell of single requests."""

REPEAT_SECONDS = 10.0
"""Time between two lines of the libraries that differ in details alone: without a broker, aiokafka writes thousands a second."""

MESSAGES = 1000
"""Messages that are remembered; some libraries put details into the message itself."""

WITHOUT_LOCALS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Tracebacks without the values of variables: those hold articles and passwords."""


class Sparing(logging.Filter):
    """Lets a message of a library pass once in a while, whatever its details are; ours pass always."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        if record.name.partition(".")[0] not in LIBRARIES:
            return True
        message = record.name, str(record.msg)
        if record.created - self.passed_at.get(message, float("-inf")) < REPEAT_SECONDS:
            return False
        if len(self.passed_at) >= MESSAGES:
            self.passed_at.clear()
        self.passed_at[message] = record.created
        return True


def configure(settings: Settings) -> None:
    """Send all logs to stderr in the format of the settings."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    ending: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(WITHOUT_LOCALS), structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    handler.addFilter(Sparing())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in LIBRARIES.items():
        logging.getLogger(name).setLevel(max(level, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
