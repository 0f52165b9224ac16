"""The documents do not lag behind the code."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "docs/generate.py"))["PAGES"]
WRITTEN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md")), *ROOT.glob("infra/*.md")]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_code_says(name):
    assert (ROOT / "docs" / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    local = [link for link in links if not link.startswith("https://")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_each_setting_that_the_promise_names_is_one():
    from chalicelib.config import Settings

    named = set(re.findall(r"`([a-z_]+_(?:s|missing))`", (ROOT / "docs/promise.md").read_text()))
    assert named
    assert named <= set(Settings.__struct_fields__)


def test_each_number_that_the_promise_gives_is_the_default():
    from chalicelib.config import Settings

    defaults = dict(
        zip(Settings.__struct_fields__[-len(Settings.__struct_defaults__) :], Settings.__struct_defaults__, strict=True)
    )
    given = re.findall(r"`([a-z_]+_s)` \(?([0-9,]+) s", (ROOT / "docs/promise.md").read_text())
    assert given
    assert {name: int(number.replace(",", "")) for name, number in given} == {name: defaults[name] for name, _ in given}
