"""The rules of identifiers: component ids (kebab), labels (kebab or snake), variable names and keys (lower snake).

Each check gives None for a valid text, else the sentence that says what is wrong (Spin's own texts:
`crates/serde/src/id.rs` and `crates/expressions` of spinframework/spin).
"""


def kebab(text: str) -> str | None:
    """Component ids and plain dependency names: words joined by `-`, each all lower-case or all upper-case."""
    return _words(text, "-", "_")


def snake(text: str) -> str | None:
    """Words joined by `_`, each all lower-case or all upper-case."""
    return _words(text, "_", "-")


def lower_snake(text: str) -> str | None:
    """Variable names: lower-case words joined by `_`."""
    wrong = snake(text)
    if wrong is None and text != text.lower():
        return f'Lower-case identifiers must be all lowercase; got "{text}"'
    return wrong


def label(text: str) -> str | None:
    """Labels of stores and databases."""
    return None if kebab(text) is None or snake(text) is None else "expected kebab-case or snake_case"


def messaging_grant(text: str) -> str | None:
    """`label`, or `label:topic`."""
    name, colon, topic = text.partition(":")
    return label(name) or ("a topic is expected after the colon" if colon and not topic else None)


def variable_key(text: str) -> str | None:
    """Keys that a guest gives to `variables.get`."""
    wrong = _variable_key(text)
    return wrong and f'invalid variable name: "{text}": {wrong}'


def _variable_key(text: str) -> str | None:
    if not text:
        return "must not be empty"
    for char in text:
        if not _is_lower(char) and not _is_digit(char) and char != "_":
            allowed = "lower-case letters, numbers, and underscores"
            return f"invalid character '{char}'. Variable names may contain only {allowed}."
    if not _is_lower(text[0]):
        return "must start with a lowercase ASCII letter"
    if text.endswith("_"):
        return "must end with a lowercase ASCII letter or digit"
    if "__" in text:
        return "must not contain multiple consecutive underscores"
    return None


def _words(text: str, joint: str, wrong_joint: str) -> str | None:
    if not text:
        return "empty"
    if wrong_joint in text:
        return f"words must be separated with '{joint}', not '{wrong_joint}'"
    return next((wrong for word in text.split(joint) if (wrong := _word(word, joint))), None)


def _word(word: str, joint: str) -> str | None:
    prefix = f"'{joint}'-separated words"
    if not word:
        return f"{prefix} must not be empty"
    if not _is_lower(word[0].lower()):
        return f"{prefix} must start with an ASCII letter; got '{word[0]}'"
    for char in word:
        if not _is_lower(char.lower()) and not _is_digit(char):
            return f"{prefix} may only contain alphanumeric ASCII; got '{char}'"
    if word not in (word.lower(), word.upper()):
        return f'{prefix} must be all lowercase or all UPPERCASE; got "{word}"'
    return None


def _is_lower(char: str) -> bool:
    return "a" <= char <= "z"


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"
