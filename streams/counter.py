"""A counter on the terminal for work that takes long; silent where stderr is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def counter(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many there are of what, and the time since; the function given sets the number."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn(f"{{task.completed}} {what}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda number: bar.update(task, completed=number)
