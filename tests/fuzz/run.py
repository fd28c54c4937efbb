"""Coverage-guided fuzzing of the parsers and the stages with atheris; `make fuzz` runs it.

Each target runs in a process of its own for some seconds and stops at the first input that makes it fail: that is kept in
`build/fuzz/`, beside the inputs that reached something new, with which the next run begins. Atheris is there for Linux on
x86-64; elsewhere only the tests of this folder are played, with more examples.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
"""Time of each target."""
EXAMPLES = SECONDS * 20
"""Examples of each hypothesis test: about as long."""
LIMITS = ("-max_len=4096", "-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1", "-close_fd_mask=1", "-verbosity=1")


def targets() -> dict[str, Callable[[bytes], None]]:
    """What is fuzzed, by name; instrumented, so that atheris sees which input reaches what."""
    with atheris.instrument_imports(include=["streams.core", "streams.codec"]):
        from streams import assets  # noqa: PLC0415 - imports are instrumented
        from streams.codec import DECODERS, decode  # noqa: PLC0415
        from streams.core.html import Page, extract  # noqa: PLC0415
        from streams.core.records import Rejected  # noqa: PLC0415
        from streams.core.repair import repair  # noqa: PLC0415
        from tests.fuzz.inputs import NEWS, event, faults, run  # noqa: PLC0415
    loaded = assets.load()

    def text(data: bytes) -> str:
        return data.decode("utf-8", "surrogateescape")

    def decoding(data: bytes) -> None:
        for record in DECODERS:
            assert isinstance(decode(data, record), record | Rejected)

    def repairing(data: bytes) -> None:
        repaired = repair(text(data))
        assert repair(repaired) == repaired

    def page(data: bytes) -> None:
        assert isinstance(extract(text(data)), Page | Rejected)

    def plain(data: bytes) -> None:
        found = faults(run(event(text(data).encode("utf-8", "replace").decode(), "text/plain", title=NEWS), loaded))
        assert not found, found

    def html(data: bytes) -> None:
        body = f"<article><p>{NEWS}</p>{text(data).encode('utf-8', 'replace').decode()}"
        found = faults(run(event(body, "text/html"), loaded))
        assert not found, found

    def raw(data: bytes) -> None:
        found = faults(run(data, loaded))
        assert not found, found

    return {"decode": decoding, "repair": repairing, "page": page, "plain": plain, "html": html, "raw": raw}


def seed(name: str) -> Path:
    """The folder of a target's inputs, begun with the sample articles and the families of the tests."""
    from tests.fuzz.inputs import bodies  # noqa: PLC0415 - the parent needs no stages

    folder = KEPT / name
    if not folder.exists():
        folder.mkdir(parents=True)
        events = (ROOT / "tests" / "samples" / "articles.jsonl").read_bytes().splitlines()
        texts = [json.loads(line)["body"].encode() for line in events]
        texts += [body.encode("utf-8", "replace") for _, _, body in bodies(200)]
        for number, value in enumerate(events if name in {"decode", "raw"} else texts):
            (folder / f"seed-{number}").write_bytes(value)
    return folder


def fuzz(name: str) -> bool:
    """Fuzz one target in a process of its own; gives whether it held."""
    folder = seed(name)
    command = [sys.executable, "-m", "tests.fuzz.run", name, str(folder), f"-artifact_prefix={KEPT}/{name}-", *LIMITS]
    ended = subprocess.run([*command, f"-max_total_time={SECONDS}"], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    done = next((line.split()[-1] for line in ended.stderr.splitlines() if "number_of_executed_units" in line), "0")
    say(f"{name:<8} {int(done):>9,} inputs  {'held' if ended.returncode == 0 else 'FAILED'}")
    if ended.returncode:
        say(ended.stderr[-4000:])
    return ended.returncode == 0


def say(text: str) -> None:
    """Tell the person who runs it."""
    print(text, flush=True)  # noqa: T201 - the table is what this program is for


def main() -> int:
    """Fuzz all targets, then play the hypothesis tests with more examples than usual."""
    held = [fuzz(name) for name in ("decode", "repair", "page", "plain", "html", "raw")] if atheris else []
    if not held:
        say("no atheris for this platform: hypothesis alone")
    endless = ("--timeout=0", "-o", "faulthandler_timeout=0")
    tests = [sys.executable, "-m", "pytest", "-q", *endless, "tests/fuzz/test_total.py"]
    played = subprocess.run(tests, cwd=ROOT, env=os.environ | {"FUZZ_EXAMPLES": str(EXAMPLES)}, check=False)
    return int(not all(held) or played.returncode != 0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        chosen = targets()[sys.argv.pop(1)]
        atheris.Setup(sys.argv, chosen)
        atheris.Fuzz()
    sys.exit(main())
