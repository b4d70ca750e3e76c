"""What is tested: users in a key-value store."""

from wit_world.imports import key_value


def keep(name: str) -> list[str]:
    """Keep a user; all that there are."""
    with key_value.Store.open("default") as store:
        store.set(f"user:{name}", b"{}")
        return sorted(store.get_keys())
