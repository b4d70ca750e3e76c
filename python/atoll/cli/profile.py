"""`atoll profile`: look for some seconds at where a running app spends its time."""

import json

import click

from atoll.cli.values import TIME


@click.command("profile")
@click.argument("url")
@click.option("--for", "milliseconds", type=TIME, default="10s", show_default=True, help="How long to look.")
@click.option("--to", metavar="DIR", default="profile", show_default=True, help="The folder to write to.")
@click.option("--json", "as_json", is_flag=True, help="Print what was gathered as one JSON object; write nothing.")
def command(url: str, milliseconds: int, to: str, as_json: bool) -> None:
    """Profile the app whose metrics are at URL: flame graphs of guests, and what they asked of the host.

    It must run with `--metrics HOST:PORT --allow-profiles`. Guests are sampled a thousand times a second, in all
    processes of the app; while nobody looks, that costs nothing.

    \b
    atoll up --metrics 127.0.0.1:9090 --allow-profiles
    atoll profile http://127.0.0.1:9090 --for 5s --to profile
    """
    from atoll.cli.profiling import writable, write

    folder = None if as_json else writable(to)
    gathered = [json.dumps(part) for part in _gathered(url, milliseconds / 1000)]
    if folder is not None:
        write(gathered, folder)
        return
    from atoll.observe.profile import Profile

    profile = Profile()
    for document in gathered:
        profile.add(document)
    click.echo(profile.to_json())


def _gathered(url: str, seconds: float) -> list[object]:
    import httpx

    from atoll.errors import UserError

    where = f"{url.rstrip('/')}/profile" if "://" in url else f"http://{url.rstrip('/')}/profile"
    try:
        answer = httpx.get(where, params={"seconds": str(seconds)}, timeout=seconds + 30)
        answer.raise_for_status()
        gathered: list[object] = answer.json()
    except httpx.HTTPStatusError as error:
        status, text = error.response.status_code, error.response.text.strip()
        hint = "serve the app with `--metrics HOST:PORT --allow-profiles`" if status == 404 else "see what it says"
        raise UserError("profile-refused", f"`{where}` answers {status}: {text}", hint) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        hint = "URL is the address of `atoll up --metrics`, such as http://127.0.0.1:9090"
        raise UserError("profile-refused", f"`{where}` gives no profile: {error}", hint) from None
    return gathered
