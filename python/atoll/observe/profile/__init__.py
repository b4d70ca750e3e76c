"""Profiles of guests: what processes gathered, merged, and drawn for people and for the tools they have.

The data plane samples stacks (`crates/engine/src/profile`) and tells each process's as a JSON document. `Profile` adds
them up, over workers and over time, and writes flame graphs, files of other profilers, and a summary. Whoever serves
imports nothing of this.
"""

from atoll.observe.profile.profile import Profile
from atoll.observe.profile.summary import Summary

__all__ = ["Profile", "Summary"]
