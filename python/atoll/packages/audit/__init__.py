"""Known vulnerabilities of what an app is made of.

Advisories in the format of OSV are read one by one (`advisories.py`) and held against the materials of a bill
(`matching.py`); versions are compared as each ecosystem does (`versions.py`). What is accepted is named with a reason
(`ignoring.py`). Nothing is fetched.
"""
