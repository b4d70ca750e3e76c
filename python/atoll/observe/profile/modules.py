"""Which module a function belongs to, by the look of its name and of its file: crate, package, or the file itself.

The module gives the color.
"""

import colorsys
import re
from functools import cache
from zlib import crc32

NEUTRAL = "#d0d0d0"
# `<alloc::vec::Vec<T> as core::ops::Drop>::drop` belongs to `alloc`, `<&mut dyn app::Shop>::buy` to `app`.
_PATH = re.compile(r"^[<&*(\[ ]*(?:(?:mut|dyn|const|impl|unsafe|extern|static) +[<&*(\[ ]*)*([A-Za-z_]\w*)::")
_OURS = re.compile(r"\([^()]*\)")
# `net/http.(*conn).serve` belongs to `net/http`, `main.handle` to `main`.
_PACKAGE = re.compile(r"^((?:[\w.~-]+/)*[A-Za-z_][\w-]*)\.[(\w*]")
# `…/wit-bindgen-0.57.1/src/rt/mod.rs` belongs to `wit-bindgen`.
_SOURCES = re.compile(r".*?(?:^|/)([^/]+?)(?:-\d[^/]*)?/src/(?!.*/src/)")


def is_ours(function: str) -> bool:
    """Whether it is no function of a guest, but something that is counted beside them."""
    return _OURS.fullmatch(function) is not None


@cache
def module(function: str, file: str) -> str:
    """The function's module; empty for what is no function, and where nothing is known."""
    if is_ours(function):
        return ""
    if path := _PATH.match(function):
        return path[1]
    is_go = not file or file.endswith(".go")
    if is_go and (package := _PACKAGE.match(function)):
        return package[1]
    place = file.replace("\\", "/")
    if folder := _SOURCES.match(place):
        return folder[1]
    return place.rpartition("/")[2]


@cache
def color(module: str, function: str) -> str:
    """Light enough for dark text: a hue for the module, a shade for the function. Equal in each profile."""
    if is_ours(function):
        return NEUTRAL
    hue = crc32(module.encode()) % 360 / 360
    lightness = 0.70 + crc32(function.encode()) % 12 / 100
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, lightness, 0.62))
    return f"#{red:02x}{green:02x}{blue:02x}"
