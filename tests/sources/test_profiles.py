"""Every profile loads; a documented example of every kind of file imports; a bad profile says why."""

from __future__ import annotations

import pytest

from workbench.errors import SettingsError
from workbench.sources import load
from workbench.sources.preview import look
from workbench.sources.profile import pick, profiles, read
from workbench.sources.request import Request

BUILT_IN = profiles()
EXAMPLES = [
    (profile.id, variant) for profile in BUILT_IN.values() for variant in profile.variants if variant.example
]
CHANNELS = {"search", "social", "short_video", ""}


def example(export, variant):
    """A kind of file's example, under a name that such files have."""
    name = next(iter(variant.files), "*").replace("*", "x")
    return export(variant.example.lstrip("\n"), f"{name}.csv")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_profile_is_complete(name):
    profile = BUILT_IN[name]
    assert profile.en
    assert profile.zh
    assert profile.channel in CHANNELS
    assert any(variant.example for variant in profile.variants)
    assert len({variant.id for variant in profile.variants}) == len(profile.variants)
    assert name == "generic" or all(variant.needs for variant in profile.variants)


@pytest.mark.parametrize(("name", "variant"), EXAMPLES, ids=lambda item: getattr(item, "id", item))
def test_the_example_of_a_kind_of_file_imports(name, variant, workspace, export):
    review = load(workspace, example(export, variant), dry_run=True)
    assert review.source == name, review
    assert review.status != "FAIL", review
    assert review.rows_ok > 0
    assert review.rows_quarantined == 0, review.quarantine
    assert review.reconciled is not False, review
    assert review.mapping["local_date"]
    delivery, outcomes = {"impressions", "cost"}, {"conversions", "revenue"}
    assert delivery <= set(review.mapping) or outcomes & set(review.mapping)
    assert review.mapping_confidence > 0.7


@pytest.mark.parametrize(("name", "variant"), EXAMPLES, ids=lambda item: getattr(item, "id", item))
def test_the_example_is_recognised_as_its_kind(name, variant, export):
    match = look(example(export, variant), BUILT_IN, Request()).match
    assert (match.profile.id, match.variant.id) == (name, variant.id)


def test_a_platform_is_one_file_in_the_workspace(workspace, export):
    folder = workspace.path / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(
        'id = "own_dsp"\nen = "Own DSP"\nzh = "自有平台"\nchannel = "display"\ncurrency = "EUR"\n'
        '[columns]\nlocal_date = ["Tag"]\nimpressions = ["Einblendungen"]\ncost = ["Kosten"]\n'
        '[[variants]]\nid = "report"\nneeds = [["Tag"], ["Einblendungen"], ["Kosten"]]\n'
        'units = { cost = "micros" }\n',
        encoding="utf-8",
    )
    review = load(workspace, export("Tag;Einblendungen;Kosten\n2026-01-01;1000;2500000\n"))
    assert (review.status, review.source) == ("PASS", "own_dsp"), review
    row = workspace.query("SELECT channel, currency, cost_micros FROM performance").to_pylist()[0]
    assert row == {"channel": "display", "currency": "EUR", "cost_micros": 2_500_000}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = ", "not valid TOML"),
        ('id = "x"\nen = "X"\nzh = "X"\n', r"no \[\[variants\]\]"),
        ('id = "x"\nen = "X"\n[[variants]]\nid = "v"\n', "'zh' is missing"),
        ('id = "x"\nen = "X"\nzh = "X"\nchanel = "y"\n[[variants]]\nid = "v"\n', "Did you mean 'channel'"),
        (
            'id = "x"\nen = "X"\nzh = "X"\n[columns]\nkost = ["K"]\n[[variants]]\nid = "v"\n',
            "Did you mean 'cost'",
        ),
        ('id = "x"\nen = "X"\nzh = "X"\n[columns]\ncost = "K"\n[[variants]]\nid = "v"\n', "no list of texts"),
        ('id = 3\nen = "X"\nzh = "X"\n[[variants]]\nid = "v"\n', "no text"),
        ('id = "x"\nen = "X"\nzh = "X"\n[[variants]]\nid = "v"\nunits = { cost = "yuan" }\n', "unit 'yuan'"),
        ('id = "x"\nen = "X"\nzh = "X"\ngoals = 3\n[[variants]]\nid = "v"\n', r"\[\[goals\]\]"),
        (
            (
                'id = "x"\nen = "X"\nzh = "X"\n[[goals]]\nname = "g"\nheaders = ["G"]\n'
                'kind = "sale"\n[[variants]]\nid = "v"\n'
            ),
            "kind 'sale'",
        ),
        (
            (
                'id = "x"\nen = "X"\nzh = "X"\n[[breakdowns]]\nname = "b"\nheaders = ["B"]\n'
                'to = "regio"\n[[variants]]\nid = "v"\n'
            ),
            "Did you mean 'region'",
        ),
    ],
)
def test_a_bad_profile_says_what_is_wrong_and_where(text, says, tmp_path):
    file = tmp_path / "x.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says) as caught:
        read(file)
    assert "x.toml" in caught.value.where


def test_an_unknown_source_is_named_with_the_nearest():
    with pytest.raises(Exception, match="Did you mean 'google_ads'"):
        pick("google_add", BUILT_IN)
