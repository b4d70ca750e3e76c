BOOKS = {}


def borrow(title):
    try:
        return BOOKS[title]
    except KeyError as missing:
        raise LookupError(f"no book {title}") from missing
