"""TOML that people write: a mark that Windows puts before a text is no mistake, another encoding is said."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from workbench.errors import ReportError


def read(file: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says.

    Args:
        file: The file.

    Raises:
        ReportError: when it cannot be read, is not UTF-8, or no TOML.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise ReportError("Its text is not UTF-8.", "Save it as UTF-8.", str(file)) from None
    except OSError as error:
        raise ReportError(
            f"It cannot be read ({error.strerror}).", "Let this user read it.", str(file)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
