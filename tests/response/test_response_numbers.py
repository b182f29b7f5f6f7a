"""The numbers in the guide are those of the last run against known truths."""

from __future__ import annotations

import re

from benchmarks import scale, truth


def test_the_guide_says_what_was_measured():
    page = truth.PAGE.read_text(encoding="utf-8")
    measured = page.partition(truth.BEGIN)[2].partition(truth.END)[0]
    assert measured.strip() == scale.results("truth").read_text(encoding="utf-8").strip()


def test_what_was_measured_is_what_was_promised():
    """Error within 4 points of full Bayes', coverage of 85 to 95%, past advice better in 9 of 10 worlds."""
    said = scale.results("truth").read_text(encoding="utf-8")
    ours, bayes = map(float, re.search(r"error ([\d.]+)% against ([\d.]+)%", said).groups())
    assert ours <= bayes + 4
    held = int(re.search(r"8 channels, 156 weeks \| \d+% \| (\d+)%", said)[1])
    assert 85 <= held <= 95
    worlds, better = map(int, re.search(r"In (\d+) demo worlds.*before in (\d+) worlds", said).groups())
    assert worlds >= 20
    assert better >= 0.9 * worlds


def test_lines_go_between_their_marks_and_nowhere_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{truth.BEGIN}\nold\n{truth.END}\nafter\n", encoding="utf-8")
    truth.placed(["new", ""], page)
    assert page.read_text(encoding="utf-8") == f"before\n{truth.BEGIN}\nnew\n\n{truth.END}\nafter\n"
