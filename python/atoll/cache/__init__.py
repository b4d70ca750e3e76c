"""What atoll keeps so that it need not be fetched or made again: where it lies, what is in use, what may go.

Everything in the cache can be had again. Whoever writes to it asks `cache_folders` where; whoever takes something from
it notes that with `used`, and holds what has to stay with `hold`. `atoll cache` counts and removes by these marks.
"""

from atoll.cache.folders import CacheFolders, cache_folders, cache_home
from atoll.cache.using import Held, hold, used

__all__ = ("CacheFolders", "Held", "cache_folders", "cache_home", "hold", "used")
