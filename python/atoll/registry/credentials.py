"""Who one is at a registry: atoll's own file, then those of docker, podman and Spin.

All have docker's form (`auths`, `credHelpers`, `credsStore`), but for Spin's, which holds encoded pairs only.
"""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded, replace

_HELPER_SECONDS = 30.0
_TOKEN_USER = "<token>"
_HUB = "https://index.docker.io/v1/"
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name with its password, or an identity token to trade for others."""

    username: str
    password: str = field(repr=False)
    identity: bool = False

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def own_file() -> Path:
    """Where `atoll login` keeps what it is told: `$XDG_CONFIG_HOME/atoll/registries.json`."""
    return _config_home() / "atoll" / "registries.json"


def find(registry: str) -> Credentials | None:
    """Those for a registry, from the first file that has some. Raises UserError `credentials-invalid`."""
    for path in _files():
        if (found := _of_file(path, registry)) is not None:
            return found
    return None


def save(registry: str, given: Credentials) -> Path:
    """Keep them in atoll's own file, which nobody else may read; that file."""
    path = own_file()
    content = _read(path)
    content.setdefault("auths", {})[registry] = {"auth": given.basic.removeprefix("Basic ")}
    _write(path, content)
    return path


def remove(registry: str) -> bool:
    """Forget those of atoll's own file; whether there were some."""
    path = own_file()
    content = _read(path)
    if content.get("auths", {}).pop(registry, None) is None:
        return False
    _write(path, content)
    return True


def elsewhere(registry: str) -> Path | None:
    """Another program's file that has some."""
    return next((path for path in _files()[1:] if _of_file(path, registry) is not None), None)


def _files() -> list[Path]:
    docker = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    podman = [Path(runtime) / "containers" / "auth.json"] if runtime else []
    named = os.environ.get("REGISTRY_AUTH_FILE")
    spin = _config_home() / "fermyon" / "registry-auth.json"
    return [own_file(), *([Path(named)] if named else []), docker, *podman, spin]


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _of_file(path: Path, registry: str) -> Credentials | None:
    content = _read(path)
    helpers = content.get("credHelpers")
    helper = helpers.get(registry) if isinstance(helpers, dict) else None
    if isinstance(helper, str):
        return _helped(helper, registry, path)
    auths = content.get("auths")
    for name in _names(registry):
        entry = auths.get(name) if isinstance(auths, dict) else None
        if entry and (found := _entry(entry, path, name)) is not None:
            return found
    store = content.get("credsStore")
    if not isinstance(store, str):
        return None
    return next((found for name in _names(registry) if (found := _helped(store, name, path))), None)


def _names(registry: str) -> Iterator[str]:
    """How the files of others name a registry."""
    yield registry
    yield f"https://{registry}"
    yield f"https://{registry}/v1/"
    yield f"https://{registry}/v2/"
    if registry == "docker.io":
        yield _HUB
        yield "index.docker.io"


def _entry(entry: object, path: Path, name: str) -> Credentials | None:
    """One of `auths`: docker's table, or Spin's encoded pair."""
    table = {"auth": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        raise _invalid(path, f"what it holds of {name} is not a table")
    if isinstance(token := table.get("identitytoken"), str) and token:
        return Credentials(_TOKEN_USER, token, identity=True)
    if isinstance(table.get("username"), str) and isinstance(table.get("password"), str):
        return Credentials(table["username"], table["password"])
    if not isinstance(encoded := table.get("auth"), str) or not encoded:
        return None
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().rstrip("\0").partition(":")
    except ValueError:
        raise _invalid(path, f"`auth` of {name} is not base64 of NAME:PASSWORD") from None
    if not colon:
        raise _invalid(path, f"`auth` of {name} is not base64 of NAME:PASSWORD")
    return Credentials(username, password)


def _helped(helper: str, registry: str, path: Path) -> Credentials | None:
    """What docker's helper of that name knows; None if it knows nothing of the registry."""
    program = f"docker-credential-{helper}"
    if "/" in helper or not helper:
        raise _invalid(path, f'"{helper}" is not the name of a credential helper')
    try:
        ended = subprocess.run(
            [program, "get"],
            input=registry,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_HELPER_SECONDS,
            check=False,
        )
        if ended.returncode != 0:
            return None
        answer = json.loads(ended.stdout)
        username, secret = answer["Username"], answer["Secret"]
    except FileNotFoundError:
        raise _invalid(path, f"it names the helper {program}, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise _invalid(path, f"its helper {program} does not answer") from None
    except (ValueError, KeyError, TypeError, OSError):
        raise _invalid(path, f"its helper {program} answers what nobody understands") from None
    return Credentials(str(username), str(secret), identity=username == _TOKEN_USER)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_bounded(path, _MAX_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise _invalid(path, f"it cannot be read: {error.strerror}") from None
    except TooLarge as error:
        raise _invalid(path, str(error)) from None
    except (ValueError, RecursionError):
        raise _invalid(path, "it is not JSON") from None
    if not isinstance(content, dict):
        raise _invalid(path, "it is not a JSON object")
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace(path, json.dumps(content, indent=2).encode(), mode=0o600, lasting=True)
    except OSError as error:
        raise _invalid(path, f"it cannot be written: {error.strerror}") from None


def _invalid(path: Path, why: str) -> UserError:
    return UserError("credentials-invalid", f"the credentials in {path} cannot be used: {why}", "mend or remove them")
