"""The pages in their folder: written anew, and never over something else."""

from pathlib import Path

from atoll.errors import UserError
from atoll.packages.wit.docs.pages import MARK, Site
from atoll.packages.wit.tree import read


def write(wit: Path, folder: Path) -> list[str]:
    """Write the documentation of the WIT at `wit`, and remove what an earlier one had besides; the pages' names.

    Raises UserError `wit-exists` where the folder has something else, or what is wrong with the WIT.
    """
    pages = dict(Site(read(wit)).pages())
    _check(folder)
    try:
        for old in folder.rglob("*.html"):
            if MARK in old.read_text("utf-8", "replace"):
                old.unlink()
        for name, text in pages.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise UserError(
            "output-unwritable", f"`{folder}` cannot be written to: {error.strerror}", "name another folder with -o"
        ) from None
    return [name for name in pages if name.endswith(".html")]


def _check(folder: Path) -> None:
    """Somebody's folder is not one for pages."""
    index = folder / "index.html"
    is_ours = index.is_file() and MARK in index.read_text("utf-8", "replace")
    if folder.exists() and not is_ours and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "wit-exists", f"`{folder}` has something else than documentation of WIT", "name a new folder with -o"
        )
