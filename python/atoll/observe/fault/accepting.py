"""What a client would rather read, as its `Accept` header says (RFC 9110, 12.5.1)."""


def prefers_html(accept: str) -> bool:
    """Whether pages are named, and nothing says that plain text would be better."""
    weights = dict(map(_weighed, accept.split(",")))
    page = weights.get("text/html", 0.0)
    return page > 0 and page >= weights.get("text/plain", 0.0)


def _weighed(entry: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0
