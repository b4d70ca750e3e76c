"""The manifest: `spin.toml`, versions 1 and 2, read into typed values with the place of each.

`document.Document.load` reads, normalises and checks; `upgrade` writes version 1 as version 2; `schema` describes the
format. Every problem is a `atoll.errors.UserError` with file, line and column, and all of them come at once.
"""
