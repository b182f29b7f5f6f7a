"""An address that is asked when a job has ended, so that a silent scheduler is noticed from outside."""

from __future__ import annotations

import os
import re
from urllib import request
from urllib.parse import urlsplit, urlunsplit

from workbench import i18n

SECONDS = 10.0
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def is_address(text: str) -> bool:
    """Whether a text can be the address of a heartbeat, as far as its variables leave that open."""
    if text.startswith("${"):
        return True
    try:
        url = urlsplit(_VARIABLE.sub("1", text))
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that no machine has
        return False


def variables(address: str) -> tuple[str, ...]:
    """Variables that stand in an address."""
    return tuple(_VARIABLE.findall(address))


def unset(address: str, lang: str) -> str:
    """One sentence where a variable of an address is not set; empty otherwise."""
    missing = [name for name in variables(address) if not os.environ.get(name)]
    return i18n.text("reports.heartbeat_variable", lang, name=missing[0]) if missing else ""


def beat(address: str, good: bool, lang: str) -> str:
    """Ask the address, with `/fail` behind its path where the job did not succeed.

    Args:
        address: `http` or `https`; `${NAME}` is the variable NAME, for an address that is a secret.
        good: Whether the job succeeded.
        lang: Language of the sentence.

    Returns:
        One sentence where that did not work, which never fails a job; empty otherwise.
    """
    if sentence := unset(address, lang):
        return sentence
    url = urlsplit(_VARIABLE.sub(lambda found: os.environ[found[1]], address))
    if url.scheme not in ("http", "https"):
        return i18n.text("reports.heartbeat_address", lang)
    asked = urlunsplit(url if good else url._replace(path=url.path.rstrip("/") + "/fail"))
    try:
        with request.urlopen(asked, timeout=SECONDS):  # noqa: S310  (its scheme was looked at)
            return ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        return i18n.text("reports.heartbeat_failed", lang, host=url.hostname, reason=reason)
