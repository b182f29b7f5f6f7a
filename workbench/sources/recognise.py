"""Which platform, and which kind of its files, a header belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from workbench.sources.profile import GENERIC, Profile, Variant, profiles
from workbench.sources.words import Headers, normal


@dataclass(frozen=True)
class Match:
    """A profile's kind of file that a header fits.

    Attributes:
        profile, variant: The kind.
        score: 0 to 1: all needed headers are there (0.6), and this share of the likely ones (0.4).
        known: How many of the file's headers the kind has a place for.
    """

    profile: Profile
    variant: Variant
    score: float
    known: int


def recognise(
    headers: Sequence[str], known: Mapping[str, Profile], source: str | None = None, name: str = ""
) -> Match:
    """The kind of file that fits best.

    Args:
        headers: As the file writes them.
        known: Profiles by source id.
        source: Source id, where the user names it.
        name: Name of the file, which tells kinds with the same headers apart.

    Returns:
        The best match; the generic profile with score 0 where no platform fits or where only the
        generic one reads the conversions of plain words; a named source's kind with most known
        headers and score 0 where none of its kinds fits.
    """
    file = Headers(headers)
    profiles = [known[source]] if source else [item for item in known.values() if item.id != GENERIC]
    matches = [
        match
        for item in profiles
        for variant in item.variants
        if _named(variant, name) and (match := _match(item, variant, file))
    ]
    if matches:
        best = max(matches, key=_rank)
        if source or not _only_alike(best.profile, known[GENERIC], file):
            return best
    profile = known[source or GENERIC]
    return max(
        (Match(profile, variant, 0.0, _known(profile, variant, file)) for variant in profile.variants),
        key=lambda match: match.known,
    )


def _only_alike(profile: Profile, words: Profile, file: Headers) -> bool:
    """Whether a file has no word that is a platform's alone, and conversions that only `words` reads."""
    if profiles().get(profile.id) is not profile or any(file.has(goal.headers) for goal in profile.goals):
        return False  # a workspace's own profile is there on purpose
    its, plain = ({normal(word) for word in item.words()} for item in (profile, words))
    counts = {normal(header) for goal in words.goals for header in goal.headers}
    return file.has(counts - its) and not file.has(its - plain)


def _rank(match: Match) -> tuple[bool, bool, float, int]:
    kind = match.variant
    return not kind.refuse, bool(kind.files), match.score + 0.02 * match.known, match.known


def _named(variant: Variant, name: str) -> bool:
    return not variant.files or any(fnmatchcase(name.casefold(), pattern) for pattern in variant.files)


def _match(profile: Profile, variant: Variant, file: Headers) -> Match | None:
    if not variant.needs or file.has(profile.lacks) or not all(map(file.has, variant.needs)):
        return None
    liked = sum(file.has([header]) for header in variant.likes)
    score = 0.6 + 0.4 * (liked / len(variant.likes) if variant.likes else 1.0)
    return Match(profile, variant, score, _known(profile, variant, file))


def _known(profile: Profile, variant: Variant, file: Headers) -> int:
    names = {*profile.columns, *variant.columns}
    columns = sum(file.has(profile.spellings(variant, name)) for name in names)
    return columns + sum(file.has((*goal.headers, *goal.value)) for goal in profile.goals_of(variant))
