"""Tells on the terminal how work that takes long gets on; silent where stderr is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def activity(what: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done, and the time since; the function given changes the text."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda text: bar.update(task, description=text)


@contextmanager
def counter(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many there are of what, and the time since; the function given sets the number."""
    with activity(f"0 {what}") as show:
        yield lambda number: show(f"{number} {what}")
