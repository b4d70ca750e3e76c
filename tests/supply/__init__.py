"""Bills of materials, and advisories that are held against them."""
