"""The repository holds together: a clone builds anywhere, and nothing of one machine is in it."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import streams

ROOT = Path(__file__).parents[2]
TARGETS = {"run", "test", "check", "approve", "bench", "eval", "mutants", "faults", "fuzz", "train", "fmt", "clean", "help"}

FOREIGN = {
    "path of a machine": re.compile(r"(?<![\w.:])/(?:root|home/\w+|Users/\w+|work|opt/wheels)/"),
    "host of a package registry": re.compile(
        r"pypi\.org|pythonhosted|registry\.npmjs|repo1?\.maven|index-url[= ]http", re.IGNORECASE
    ),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "access token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|AKIA[0-9A-Z]{16}|xox[abpr]-[\w-]{20,})"),
    "credentials in an address": re.compile(r"\b[a-z]+://[^/\s:@{$]+:[^/\s@{$]+@"),
}


def tracked() -> list[Path]:
    """The files of the project: known to git, or new and not ignored."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def project() -> dict[str, Any]:
    """The project table of pyproject.toml."""
    content: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return content


def locked(name: str) -> dict[str, str]:
    """The versions that a lock file pins, by canonical name."""
    pins = re.findall(r"^([\w.-]+)==([\w.+!-]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_foreign_is_in_the_files(what: str) -> None:
    """Neither paths and hosts of the machine it was made on nor secrets."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content or path == Path(__file__):
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN[what].finditer(content.decode(errors="replace"))]
    assert found == []


def test_every_make_target_is_explained() -> None:
    """`make`, without more, lists every target that users rely on."""
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(re.findall(r"^make (\w+) +(\S.*)$", listed, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert set(explained) == set(phony[1].split()) == TARGETS


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ["local"]), ("requirements-dev.lock", ["local", "train", "bench", "dev"])]
)
def test_the_lock_files_fit_the_dependencies(lock: str, extras: list[str]) -> None:
    """Each dependency is pinned, at a version that pyproject.toml allows."""
    wanted = [*project()["dependencies"], *(name for extra in extras for name in project()["optional-dependencies"][extra])]
    pins = locked(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)], prereleases=True), requirement


def test_both_lock_files_pin_the_same_versions() -> None:
    """What is tested is what runs."""
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_every_pin_has_a_hash() -> None:
    """Nothing can be put in a package's place."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"^(?=[\w.-]+==)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert entries
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_python_versions_agree() -> None:
    """The versions that pyproject.toml names are those that it allows."""
    allowed = SpecifierSet(project()["requires-python"])
    named = [
        line.rpartition(" ")[2] for line in project()["classifiers"] if line.startswith("Programming Language :: Python :: 3.")
    ]
    assert [f"3.{minor}" for minor in range(30) if f"3.{minor}.0" in allowed] == named


def test_the_changelog_begins_with_this_version() -> None:
    """A release cannot forget its notes."""
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[:1] == [streams.__version__]


@pytest.mark.parametrize("path", sorted((ROOT / "streams").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    """The first line of a module says its job, and nothing else does."""
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    assert first.endswith(".")
    assert not re.search(r"[.!?] +[A-Z]", first)
