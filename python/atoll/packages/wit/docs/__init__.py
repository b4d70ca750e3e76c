"""Documentation of WIT as static HTML: a page for each interface and world, and one that lists them."""
