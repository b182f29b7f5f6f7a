"""A page's markup as a small tree, to find in it what a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"})
_UNSEEN = frozenset({"button", "input", "nav", "script", "select", "style", "svg", "template"})
_BLOCKS = frozenset({"p", "div", "li", "dd", "dt", "br", "small", "section"})
_HIDDEN = frozenset({"wb-hidden", "anchor-link"})
_SPACED = frozenset({"wb-quiet", "wb-ev"})


@dataclass
class Node:
    """One element.

    Attributes:
        name: Its tag.
        attributes: Its attributes; one without a value has an empty text.
        children: Elements and texts inside, in order.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        """Its classes."""
        return frozenset(self.attributes.get("class", "").split())

    @property
    def seen(self) -> bool:
        """Whether a reader of a printed page sees it: no control, nothing hidden."""
        given = self.attributes
        unseen = (
            self.name in _UNSEEN
            or "hidden" in given
            or given.get("aria-hidden") == "true"
            or given.get("role") == "tooltip"
        )
        return not (unseen or self.classes & _HIDDEN)

    @property
    def inside(self) -> list[Node]:
        """The elements directly inside."""
        return [child for child in self.children if isinstance(child, Node)]

    def find(self, name: str = "", kind: str = "") -> Iterator[Node]:
        """Elements of a tag and a class below this one, in page order, unseen ones included."""
        for child in self.inside:
            if (not name or child.name == name) and (not kind or kind in child.classes):
                yield child
            yield from child.find(name, kind)

    def first(self, name: str = "", kind: str = "") -> Node | None:
        """The first of these, if there is one."""
        return next(self.find(name, kind), None)

    @property
    def words(self) -> str:
        """What it says, as one line."""
        return " ".join("".join(self._texts()).split())

    @property
    def raw(self) -> str:
        """Its text as it stands, for scripts."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.seen:
                apart = child.name in _BLOCKS or bool(child.classes & _SPACED)
                yield " " if apart else ""
                yield from child._texts()
                yield " " if apart else ""


def parse(html: str) -> Node:
    """Read markup; what is not closed ends with what it stands in."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].name == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
