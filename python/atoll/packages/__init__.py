"""Components as things that are put together, kept and handed on."""
