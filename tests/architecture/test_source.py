"""Sizes, docstrings, line ends and addresses in the project's files."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
import source

LONGEST_FILE, LONGEST_FUNCTION = 500, 60
BUNDLES = {
    "workbench/widgets/static/vega.js": "Vega, bundled as it is; what it asks for is watched in a browser"
}
PAGE_FILES = (".html", ".js", ".css", ".j2", ".tpl", ".svg", ".ipynb")
PAGE_ROOMS = ("charts", "tables", "widgets", "reports", "apps")
ADDRESS = re.compile(r"(?:https?:)?//(?=[\w-]+\.)([\w.-]+\.[a-z]{2,})", re.I)
NAMES_ONLY = {
    "ads.example.com": "a reserved example, in sentences that say how to write an address",
    "www.w3.org": "XML namespaces are names; nothing is fetched",
    "vega.github.io": "a spec's $schema is a name; the bundle brings the schema",
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def tracked(*suffixes: str) -> list:
    """Files under version control, without bundles."""
    listing = subprocess.run(["git", "ls-files"], cwd=source.ROOT, capture_output=True, text=True, check=True)
    files = [source.ROOT / name for name in listing.stdout.splitlines() if name not in BUNDLES]
    return [file for file in files if file.is_file() and (not suffixes or file.suffix in suffixes)]


def test_no_file_is_longer_than_one_can_hold_in_mind():
    long = {
        source.name(file): count
        for file in tracked(".py", ".js", ".css")
        if (count := _lines(file)) > LONGEST_FILE
    }
    assert not long


def _lines(file) -> int:
    return file.read_text(encoding="utf-8").count("\n")


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{source.name(file)}:{node.lineno} {node.name}"
        for file in tracked(".py")
        for node in ast.walk(source.tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("file", source.modules(), ids=source.name)
def test_everything_public_is_documented(file):
    silent = [name for name, node in _public(source.tree(file), "") if not ast.get_docstring(node)]
    assert not silent


def _public(node, prefix):
    """(name, node) of a module and its public functions, classes and methods."""
    yield prefix or "module", node
    for child in getattr(node, "body", ()):
        if (
            isinstance(child, Definition)
            and not child.name.startswith("_")
            and not isinstance(node, ast.FunctionDef)
        ):
            yield from _public(child, f"{prefix}.{child.name}")


def test_text_files_end_with_one_line_end_and_have_no_carriage_returns():
    bad = [source.name(file) for file in tracked() if not _ends_well(file.read_bytes())]
    assert not bad


def _ends_well(content: bytes) -> bool:
    if b"\0" in content[:8000] or not content:
        return True
    return content.endswith(b"\n") and not content.endswith(b"\n\n") and b"\r" not in content


def test_page_files_name_no_other_host():
    found = {
        source.name(file): hosts
        for file in tracked(*PAGE_FILES)
        if (hosts := foreign(file.read_text(encoding="utf-8")))
    }
    assert not found


def test_strings_that_reach_a_page_name_no_other_host():
    found = {
        f"{source.name(file)}:{line}": hosts
        for file in source.modules()
        if file.relative_to(source.PACKAGE).parts[0].removesuffix(".py") in PAGE_ROOMS
        for line, text in _strings(source.tree(file))
        if (hosts := foreign(text))
    }
    assert not found


def foreign(text: str) -> set[str]:
    """Hosts in addresses, without those that are only names."""
    return set(ADDRESS.findall(text)) - set(NAMES_ONLY)


def _strings(tree: ast.Module):
    """(line, text) of string constants that are no docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, Definition | ast.Module) and ast.get_docstring(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.jsdelivr.net/npm/vega">',
        "@import url(//fonts.googleapis.com/css)",
        "fetch('http://x.example/a')",
    ],
)
def test_an_address_of_another_host_is_found(text):
    assert foreign(text)


@pytest.mark.parametrize(
    "text", ['xmlns="http://www.w3.org/2000/svg"', "http://127.0.0.1:8866/", "// a comment", "a//b"]
)
def test_names_and_this_machine_are_let_through(text):
    assert not foreign(text)
