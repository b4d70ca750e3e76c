"""Key-value stores against their real servers."""
