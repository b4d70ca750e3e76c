"""Wasm files as modules: once this is imported, `import` finds them where it finds modules of Python.

    import atoll.importer
    from image_processor import resize, grayscale      # image_processor.wasm or image-processor.wasm on sys.path
    from plugins.markdown import render                # markdown.wasm in the package or folder `plugins`

Components and core modules, binary or text (`.wat`). A module or package of Python that has the same name goes first.
Each call has a sandbox of its own; the module's `__plugin__` is the plugin, whose `open` gives one that is kept. The
interfaces that a component exports are modules below its own: `from crm.people import Person`.

A wasm file is granted nothing by being imported. What it imports, may use or may reach says the program, before:

    atoll.importer.configure("image_processor", limits=atoll.Limits(time=0.2), grants=atoll.Grants(log=True))

A package that is installed brings its wasm as package data, and imports it like a module of its own:

    # acme_images/__init__.py, beside acme_images/core.wasm
    import atoll.importer
    from acme_images.core import resize, grayscale

What cannot be loaded is an ImportError, whose `__cause__` is the UserError.
"""

from atoll.embed.importer import configure, install

__all__ = ["configure"]

install()
