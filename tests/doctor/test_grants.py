"""What components would be refused, and what stands behind what they are granted."""

import shutil
import sys
from pathlib import Path

import pytest

from atoll.capabilities import registry
from atoll.doctor import Severity, examine
from tests.doctor.patients import WHOLE, found, one, patient
from tests.support import built


def test_an_import_without_its_grant_is_told(tmp_path: Path) -> None:
    shutil.copy(built("rust-rooms"), tmp_path / "c.wat")
    told = [each.problem for each in found(examine(patient(tmp_path, WHOLE)))["grant-missing"]]
    messages = "\n".join(problem.message for problem in told)
    assert "`key_value_stores` grants it nothing" in messages
    assert "`fermyon:spin/key-value@2.0.0`" in messages or "`spin:key-value" in messages or "wasi:keyvalue" in messages
    assert any(problem.hint and "in [component.c]" in problem.hint for problem in told)
    granted = WHOLE + 'key_value_stores = ["default"]\n'
    after = "\n".join(each.problem.message for each in found(examine(patient(tmp_path, granted)))["grant-missing"])
    assert "`key_value_stores`" not in after


def test_an_import_that_nobody_answers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c.wat").write_text('(component (import "acme:shop/cart" (instance (export "f" (func)))))')
    assert one(tmp_path, WHOLE, "guest-import-unknown").severity is Severity.ERROR


def test_a_label_behind_which_nobody_stands_is_an_error(tmp_path: Path) -> None:
    text = WHOLE + 'key_value_stores = ["default", "cache"]\ntool.atoll.messaging = ["jobs:new"]\n'
    cache, jobs = found(examine(patient(tmp_path, text)))["label-unknown"]
    assert "`cache` of `key_value_stores`" in cache.problem.message
    assert cache.problem.hint is not None
    assert "[key_value_store.cache]" in cache.problem.hint
    assert cache.problem.location is not None
    assert cache.problem.location.source == 'key_value_stores = ["default", "cache"]'
    assert cache.problem.location.column == len('key_value_stores = ["default", ') + 1
    assert "`jobs`" in jobs.problem.message


def test_a_label_of_the_runtime_config_is_known(tmp_path: Path) -> None:
    config = tmp_path / "runtime.toml"
    config.write_text('[key_value_store.cache]\ntype = "memory"\n[messaging.jobs]\ntype = "memory"\n')
    text = WHOLE + 'key_value_stores = ["default", "cache"]\ntool.atoll.messaging = ["jobs:new"]\n'
    assert "label-unknown" not in found(examine(patient(tmp_path, text, runtime_config=config)))


def test_a_runtime_config_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    config = tmp_path / "runtime.toml"
    config.write_text('[key_value_store.cache]\ntype = "nonsense"\nurl = "secret"\n')
    problem = one(tmp_path, WHOLE, "runtime-config-invalid", runtime_config=config).problem
    assert problem.location is not None
    assert problem.location.line == 2
    assert "secret" not in str(problem.to_dict())


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where the extra is not installed."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "redis" or (name.startswith("atoll.capabilities.") and "redis" in name):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)


@pytest.mark.usefixtures("without_redis")
def test_a_provider_whose_client_is_not_installed_is_told_with_its_extra(tmp_path: Path) -> None:
    config = tmp_path / "runtime.toml"
    config.write_text('[key_value_store.cache]\ntype = "redis"\nurl = "redis://127.0.0.1"\n')
    problem = one(tmp_path, WHOLE, "extra-missing", runtime_config=config).problem
    assert problem.hint == "install it: pip install 'atoll[redis]'"


@pytest.mark.usefixtures("without_redis")
def test_the_client_of_a_room_that_a_component_uses_is_needed(tmp_path: Path) -> None:
    shutil.copy(built("rust-rooms"), tmp_path / "c.wat")
    granted = WHOLE + 'allowed_outbound_hosts = ["redis://127.0.0.1:6379"]\n'
    problem = one(tmp_path, granted, "extra-missing").problem
    assert problem.message.startswith("component `c`: ")
    assert problem.hint == "install it: pip install 'atoll[redis]'"
    assert "extra-missing" not in found(examine(patient(tmp_path, WHOLE)))


@pytest.mark.usefixtures("without_redis")
def test_without_a_client_its_provider_is_unknown_here() -> None:
    with pytest.raises(ImportError, match=r"atoll\[redis\]"):
        registry.find(registry.known("redis")["redis"])


def test_a_variable_that_has_to_be_given_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = WHOLE + "[variables]\ntoken = { required = true }\n"
    assert one(tmp_path, text, "variable-missing").severity is Severity.NOTE
    monkeypatch.setenv("SPIN_VARIABLE_TOKEN", "x")
    assert "variable-missing" not in found(examine(patient(tmp_path, text)))
    monkeypatch.delenv("SPIN_VARIABLE_TOKEN")
    (tmp_path / ".env").write_text("SPIN_VARIABLE_TOKEN=x\n")
    assert "variable-missing" not in found(examine(patient(tmp_path, text)))
