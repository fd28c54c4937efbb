"""Brokers to break: a cluster of local nodes, and a proxy before each of them whose line can be cut or go dead."""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.broker import LocalBroker, free_port

CHUNK = 65_536
PROTOCOLS = "PLAINTEXT:PLAINTEXT,WORKERS:PLAINTEXT,CONTROLLER:PLAINTEXT"


class Proxy:
    """Forwards a port to another, from a thread of its own.

    `deaden` is a network that drops packets: connections stay and nothing passes. `cut` closes and refuses connections.
    """

    def __init__(self, target: int) -> None:
        self.port, self.target = free_port(), target
        self.loop = asyncio.new_event_loop()
        self.open = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True)
        self.thread.start()
        self.mend()

    def mend(self) -> None:
        """Let everything pass again."""
        asyncio.run_coroutine_threadsafe(self._mend(), self.loop).result()

    def deaden(self) -> None:
        """Let nothing pass; what is sent meanwhile arrives later, as TCP would send it again."""
        self.loop.call_soon_threadsafe(self.open.clear)

    def cut(self) -> None:
        """Close all connections and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._cut(), self.loop).result()

    def stop(self) -> None:
        """End."""
        self.cut()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), self.loop).result()  # what was cut off ends
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _mend(self) -> None:
        if self.server is None:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.open.set()

    async def _cut(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in list(self.writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            await self.open.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(far_writer)
            try:
                await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
            finally:
                self.writers.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass  # the node is down: so is this connection
        finally:
            self.writers.discard(writer)
            writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self.open.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionError  # one side has ended: `gather` lets go of the other


@dataclass
class Cluster:
    """Local nodes of one cluster, each with a proxy that workers may be sent through."""

    nodes: Sequence[LocalBroker]
    proxies: Sequence[Proxy]

    @property
    def address(self) -> str:
        """Straight to the nodes."""
        return ",".join(node.address for node in self.nodes)

    @property
    def proxied(self) -> str:
        """Through the proxies."""
        return ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies)

    @property
    def copies(self) -> int:
        """How many copies of each record there are."""
        return len(self.nodes)

    def kill(self, node: int = 0) -> None:
        """End a node at once."""
        running = self.nodes[node].status()
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        self.nodes[node].stop()

    def stop(self) -> None:
        """End all nodes."""
        for proxy in self.proxies:
            proxy.stop()
        for node in self.nodes:
            node.stop(grace=5)


def start(directory: Path, nodes: int = 1, properties: Mapping[str, str] | None = None) -> Cluster:
    """Start a cluster of some nodes; with three, every record has three copies and a write needs two of them."""
    controllers = [free_port() for _ in range(nodes)]
    voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in enumerate(controllers, 1))
    brokers, proxies = [], []
    for number, controller in enumerate(controllers, 1):
        port, inner = free_port(), free_port()
        proxy = Proxy(inner)
        proxies.append(proxy)
        settings = {
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://127.0.0.1:{port},WORKERS://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},WORKERS://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": PROTOCOLS,
            "offsets.topic.replication.factor": str(nodes),
            "transaction.state.log.replication.factor": str(nodes),
            "transaction.state.log.min.isr": str(max(1, nodes - 1)),
            **(properties or {}),
        }
        brokers.append(LocalBroker(directory / f"node-{number}", port, number, settings))
    cluster = Cluster(brokers, proxies)
    try:
        for broker in brokers:
            broker.launch()
        for broker in brokers:
            broker.wait()
    except BaseException:
        with contextlib.suppress(Exception):
            cluster.stop()
        raise
    return cluster


def limit_disk(directory: Path, megabytes: int) -> None:
    """Make a folder a small disk of its own, or change the size of one; raises CalledProcessError where that is not allowed."""
    options = f"remount,size={megabytes}m" if directory.is_mount() else f"size={megabytes}m"
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True, capture_output=True)


def release_disk(directory: Path) -> None:
    """Make it a folder again; what was on the disk is gone."""
    subprocess.run(["umount", "--lazy", directory], check=True, capture_output=True)
