"""What an article's url tells: its outlet's host, and which urls lead to one page."""

import re
from urllib.parse import urlsplit

_TRACKING = re.compile(r"utm_|(?:gclid|fbclid)=")


def host_of(url: str | None) -> str | None:
    """Host of an url without `www.`, in lower case; none where there is none."""
    try:
        host = urlsplit((url or "").strip()).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") or None if host else None


def normal_form(url: str) -> str:
    """The url without what differs between links to one page: case of scheme and host, fragment, tracking, last slash."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair))
    path = parts.path.rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}{'?' if query else ''}{query}"
