"""The operations guide has a section for each alarm, and for no other; and names scripts that there are."""

import re

from infra import naming
from infra.functions import functions_of
from infra.package import PROJECT

GUIDE = (PROJECT / "docs/operating.md").read_text()
FOR_EACH_FUNCTION = ("errors", "throttles")


def test_each_alarm_has_a_section_and_each_section_an_alarm(built):
    resources = built.template()["Resources"].values()
    alarms = {each["Properties"]["AlarmName"]["Fn::Sub"] for each in resources if each["Type"].endswith("::Alarm")}
    functions = [naming.function_name(each) for each in functions_of(built.template())]
    of_functions = {f"{name}-{kind}" for name in functions for kind in FOR_EACH_FUNCTION}
    assert of_functions <= alarms
    expected = {name.removeprefix("calloff-${Deployment}-") for name in alarms - of_functions}
    sections = re.findall(r"^### (.+)$", GUIDE.partition("## Alarms")[2].partition("\n## ")[0], re.MULTILINE)
    assert set(sections) == expected | {f"Each function: {kind}" for kind in FOR_EACH_FUNCTION}


def test_each_script_is_explained_and_each_that_is_explained_is_there():
    pages = GUIDE + (PROJECT / "docs/aws-cli.md").read_text()
    scripts = {path.name for path in (PROJECT / "scripts").iterdir()} - {"common.sh"}
    assert set(re.findall(r"scripts/([a-z-]+)", pages)) - {"common"} == scripts


def test_each_setting_that_the_guide_names_is_one():
    from chalicelib.config import Settings

    named = {name.lower() for name in re.findall(r"CALLOFF_([A-Z_]+)", GUIDE)}
    assert named <= set(Settings.__struct_fields__)
