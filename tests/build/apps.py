"""Apps whose components are made by a shell."""

from collections.abc import Mapping
from pathlib import Path

from atoll.app import App
from atoll.build import Report, Way, run, steps


def written(folder: Path, components: Mapping[str, str]) -> App:
    """An app in that folder; each component has the keys that are given. `empty.wat` is there to be copied."""
    (folder / "empty.wat").write_text("(module)\n", "utf-8")
    routes = "".join(f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n' for name in components)
    tables = "".join(f"[component.{name}]\n{keys}\n" for name, keys in components.items())
    text = f'spin_manifest_version = 2\napplication.name = "app"\n{routes}{tables}'
    (folder / "spin.toml").write_text(text, "utf-8")
    return App.load(folder)


def module(text: str) -> str:
    """A module that says that, and does nothing."""
    return f"(module (; {text} ;))"


def copying(name: str, more: str = "") -> str:
    """Keys of a component that is a copy of a source, `NAME.txt`."""
    return (
        f'source = "{name}.wasm"\n{more}\n'
        f'build = {{ command = "cp {name}.txt {name}.wasm && echo x >> {name}.log", watch = ["{name}.txt"] }}'
    )


def build(app: App, *chosen: str, way: Way | None = None) -> list[Report]:
    """Everything that was told of the build, in its order."""
    told: list[Report] = []
    run(app, steps(app, chosen), told.append, way or Way())
    return told


def said(told: list[Report]) -> list[tuple[str, str]]:
    """What became of which component."""
    return sorted((one.step.component, one.status.value) for one in told if one.status.value != "building")


def count(folder: Path, name: str) -> int:
    """How often a copying component was built."""
    log = folder / f"{name}.log"
    return len(log.read_text("utf-8").splitlines()) if log.exists() else 0
