"""Gives the rights of acls.json to its principals, on the Kafka of the LODESTREAM_ settings; takes nothing away.

The user of the settings must have the right to Alter the cluster. Another file can be named as the argument.
"""

# ruff: noqa: INP001 - a script, no part of a package

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest

from streams.connection import connected
from streams.errors import LodestreamError
from streams.kafka import client_options
from streams.settings import Settings, load

# Numbers of Kafka's protocol: ResourceType and PatternType in org.apache.kafka.common.resource, AclOperation in ....common.acl.
RESOURCES = {"topic": 2, "group": 3, "transactional-id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
ALLOW = 3
ANY_HOST = "*"

Right = tuple[str, str, str, str, str]
"""Principal, resource, name, pattern, operation."""


def rights(document: dict[str, Any], settings: Settings) -> Iterator[Right]:
    """Every single right of the file, names filled in."""
    for role in document["roles"]:
        for acl in role["acls"]:
            for name in acl["names"]:
                full_name = name.replace("{prefix}", settings.topic_prefix).replace("{group}", settings.group)
                for operation in acl["operations"]:
                    yield role["principal"], acl["resource"], full_name, acl["pattern"], operation


async def apply(settings: Settings, wanted: list[Right]) -> None:
    """Create the rights one by one; raises LodestreamError with Kafka's reason for a refusal."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        for right in wanted:
            principal, resource, name, pattern, operation = right
            request = CreateAclsRequest(
                RESOURCES[resource], name, PATTERNS[pattern], principal, ANY_HOST, OPERATIONS[operation], ALLOW
            )
            answer = await admin._send_request(request)  # noqa: SLF001 - aiokafka has the request, and no method for it
            ((code, message),) = answer.creation_responses
            if code:
                raise LodestreamError(f"Kafka does not create {' '.join(right)}: {message or for_code(code).message}")
            print(*right)  # noqa: T201 - its output


def main() -> None:
    """Apply the file."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("acls.json")
    try:
        settings = load(os.environ)
        asyncio.run(apply(settings, list(rights(json.loads(file.read_text(encoding="utf-8")), settings))))
    except LodestreamError as error:
        sys.exit(f"apply_acls: {error}")


if __name__ == "__main__":
    main()
