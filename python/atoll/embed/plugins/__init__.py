"""Plugins of strangers in a folder, or in installed packages: loaded, called by name, replaced while they are called.

    plugins = atoll.Plugins("plugins/", grants=atoll.Grants(log=True, key_value=True), quotas=atoll.Quotas(calls=1000))
    plugins.markdown.render("# hi")
    plugins.call("markdown", "render", "# hi")

Each `NAME.wasm` (or `NAME.wat`) is the plugin NAME. It is an item, `plugins["image-resize"]`, and an attribute,
`plugins.image_resize`; what is called through it always runs in the newest version. A file that cannot be loaded stops
nobody else: `problems` says why, by name.

**What it may do** says the host: `limits`, `grants`, `quotas` and `imports`, the same for all plugins or as a function
of the name; by default no grant. A store that is granted with True is the plugin's own, by its name, in all versions.
The settings beside it, `NAME.toml`, take some of that away and give nothing:

    enabled = true
    order = 10                      # within hooks
    [limits]
    time = "200ms"
    [grants]                        # these of the host's; without the table, all
    log = true
    key_value = ["default"]

**What it is** say `pins`, digests by name or a file that `pin()` wrote: anything else is refused.

**Changes** are seen by `refresh()`, or at once by `watch()`: the new version is loaded beside the old one and takes its
place when it is well; calls that run end on the old one.

**Hooks** call all plugins that export a function, in order: `plugins.hook("on-save", errors="skip", deadline=2)(text)`;
`first` stops at the first answer, `pipeline` hands each one's result to the next.

**Figures** of each plugin: `metrics()`, and `exposition()` for Prometheus.

All of it can be used from any number of threads and event loops; what waits for a plugin has a twin in `aio` that is
awaited.
"""

from atoll.embed.plugins.chain import HookDeadline, HookSettings
from atoll.embed.plugins.hooks import Hook
from atoll.embed.plugins.host import HostSettings
from atoll.embed.plugins.live import About, LivePlugin
from atoll.embed.plugins.loader import Refreshed
from atoll.embed.plugins.outcomes import Outcome, Results
from atoll.embed.plugins.plugins import Plugins, PluginUnknown
from atoll.embed.plugins.quotas import QuotaExceeded, Quotas
from atoll.embed.plugins.watching import Watching

__all__ = [
    "About",
    "Hook",
    "HookDeadline",
    "HookSettings",
    "HostSettings",
    "LivePlugin",
    "Outcome",
    "PluginUnknown",
    "Plugins",
    "QuotaExceeded",
    "Quotas",
    "Refreshed",
    "Results",
    "Watching",
]
