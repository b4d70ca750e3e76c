"""What is mended in a manifest, and what is left to its author."""

from pathlib import Path

import pytest

from atoll.doctor import Rewrite, Severity, examine, plan
from tests.doctor.patients import HEAD, WHOLE, found, mended, one, patient


@pytest.mark.parametrize(
    ("sick", "well"),
    [
        ('spin_version = "2"', "spin_manifest_version = 2"),
        ('spin_manifest_version = "2" # two', "spin_manifest_version = 2 # two"),
        ("spin_manifest_version = 3", "spin_manifest_version = 2"),
        ("# first", "spin_manifest_version = 2\n# first"),
    ],
)
def test_the_version_is_that_of_the_rest(tmp_path: Path, sick: str, well: str) -> None:
    version = "spin_manifest_version = 2"
    assert mended(tmp_path, WHOLE.replace(version, sick)) == WHOLE.replace(version, well)


def test_a_missing_name_is_that_of_the_folder(tmp_path: Path) -> None:
    assert 'name = "shop"' in mended(tmp_path / "shop", WHOLE.replace('name = "t"\n', ""))
    whole = mended(tmp_path / "shop", WHOLE.replace('[application]\nname = "t"\ndescription = "A test."\n\n', ""))
    assert whole == WHOLE.replace('name = "t"\ndescription = "A test."', 'name = "shop"')


def test_a_table_that_only_others_mention_gets_a_header_of_its_own(tmp_path: Path) -> None:
    text = WHOLE.replace('[application]\nname = "t"\ndescription = "A test."', '[application.trigger.http]\nbase = "/"')
    header = '[application]\nname = "shop"\n\n[application.trigger.http]'
    assert mended(tmp_path / "shop", text) == text.replace("[application.trigger.http]", header)


def test_the_only_component_gets_a_trigger(tmp_path: Path) -> None:
    trigger = '[[trigger.http]]\nroute = "/"\ncomponent = "c"\n\n'
    assert mended(tmp_path, WHOLE.replace(trigger, "")) == WHOLE.replace('route = "/"', 'route = "/..."')
    several = WHOLE.replace(trigger, "") + '[component.d]\nsource = "d.wat"\n'
    assert mended(tmp_path, several) == several


def test_the_only_trigger_gets_a_route(tmp_path: Path) -> None:
    assert 'route = "/..."' in mended(tmp_path, WHOLE.replace('route = "/"\n', ""))
    inline = 'trigger.http = [{ component = "c" }]\n' + WHOLE.replace(
        '[[trigger.http]]\nroute = "/"\ncomponent = "c"\n', ""
    )
    assert '[{ route = "/...", component = "c" }]' in mended(tmp_path, inline)
    two = WHOLE.replace('route = "/"\n', "") + '[[trigger.http]]\nroute = "/x"\ncomponent = "c"\n'
    assert mended(tmp_path, two) == two


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('alowed_outbound_hosts = ["https://x.test"]', 'allowed_outbound_hosts = ["https://x.test"]'),
        ('"key_value_store" = ["default"] # stores', '"key_value_stores" = ["default"] # stores'),
        ('tool.atoll.limits = { memry = "5MiB" }', 'tool.atoll.limits = { memory = "5MiB" }'),
    ],
)
def test_a_misspelt_key_is_the_one_that_was_meant(tmp_path: Path, wrong: str, right: str) -> None:
    assert mended(tmp_path, f"{WHOLE}{wrong}\n") == f"{WHOLE}{right}\n"


def test_a_misspelt_name_is_the_one_that_was_meant(tmp_path: Path) -> None:
    text = WHOLE.replace('component = "c"', 'component = "helo" # here').replace("component.c]", "component.hello]")
    assert mended(tmp_path, text) == text.replace('"helo"', '"hello"')
    variables = WHOLE + 'variables = { key = "{{ tokn }}/x" }\n[variables]\ntoken = { default = "x" }\n'
    assert mended(tmp_path, variables) == variables.replace("tokn", "token")


def test_what_is_missing_because_it_is_misspelt_is_not_added(tmp_path: Path) -> None:
    for key in ("[application]", "route =", "name ="):
        assert mended(tmp_path, WHOLE.replace(key, key.replace("a", "_", 1).replace("rou", "ro"), 1)) == WHOLE


def test_a_name_that_nothing_resembles_is_left(tmp_path: Path) -> None:
    text = WHOLE.replace('component = "c"', 'component = "elsewhere"')
    diagnosis = one(tmp_path, text, "component-unknown")
    assert diagnosis.severity is Severity.ERROR
    assert diagnosis.treatment is None
    assert mended(tmp_path, text) == text


def test_an_id_with_underscores_is_renamed_wherever_it_stands(tmp_path: Path) -> None:
    text = (
        f'{HEAD}[[trigger.http]]\nroute = "/"\ncomponent = "My_App" # it\n\n[component.My_App]\nsource = "c.wat"\n'
        '[component."My_App".build]\ncommand = "make My_App"\n'
    )
    well = text.replace('"My_App" #', '"my-app" #').replace("component.My_App]", "component.my-app]")
    assert mended(tmp_path, text) == well.replace('component."My_App".', "component.my-app.")


def test_text_that_is_no_toml_has_no_treatment(tmp_path: Path) -> None:
    diagnosis = one(tmp_path, "[application\n", "manifest-syntax")
    assert diagnosis.treatment is None
    assert diagnosis.problem.location is not None
    assert diagnosis.problem.location.line == 1


def test_all_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    text = WHOLE.replace('component = "c"', 'component = "elsewhere"') + "bogus = 1\n"
    diagnoses = found(examine(patient(tmp_path, text)))
    lines = {
        code: [each.problem.location.line for each in many if each.problem.location] for code, many in diagnoses.items()
    }
    assert lines["component-unknown"] == [9]
    assert lines["manifest-key-unknown"] == [13]


def test_version_1_becomes_version_2_with_its_comments(tmp_path: Path) -> None:
    text = (
        '# An old app.\nspin_version = "1"\nname = "old" # its name\ndescription = "Old."\n'
        'trigger = { type = "http" }\n\n# The one that answers.\n[[component]]\nid = "c"\nsource = "c.wat"\n'
        '[component.trigger]\nroute = "/..." # all\n'
    )
    diagnosis = one(tmp_path, text, "manifest-old")
    assert diagnosis.severity is Severity.WARNING
    assert isinstance(diagnosis.treatment, Rewrite)
    well = mended(tmp_path, text)
    for comment in ("# An old app.", 'name = "old" # its name', "# The one that answers.", 'route = "/..." # all'):
        assert comment in well
    assert "manifest-old" not in found(examine(patient(tmp_path, well)))


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    text = "\ufeff" + WHOLE.replace("\n", "\r\n") + "key_value_store = []\r\n"
    planned = plan(patient(tmp_path, text))
    planned.write()
    expected = text.replace("key_value_store =", "key_value_stores =").encode()
    assert (tmp_path / "spin.toml").read_bytes() == expected


def test_a_description_that_is_missing_is_only_noted(tmp_path: Path) -> None:
    (tmp_path / "c.wat").write_text("(module)")
    diagnosis = one(tmp_path, WHOLE.replace('description = "A test."\n', ""), "description-missing")
    assert (diagnosis.severity, diagnosis.treatment) == (Severity.NOTE, None)


def test_a_key_that_stands_there_already_is_not_made_twice(tmp_path: Path) -> None:
    text = WHOLE + 'sources = "d.wat"\n'
    assert one(tmp_path, text, "manifest-key-unknown").treatment is None
    assert mended(tmp_path, text) == text


def test_two_ids_that_would_become_one_are_left(tmp_path: Path) -> None:
    text = WHOLE + '[component.a_b]\nsource = "c.wat"\n[component.A_b]\nsource = "c.wat"\n'
    assert mended(tmp_path, text) == text


def test_a_file_of_variables_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    assert "cannot be read" in one(tmp_path, WHOLE, "variable-argument-invalid").problem.message
