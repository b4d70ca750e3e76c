"""Names in the spellings of languages: the words of Rust's crate `heck`."""

import pytest

from atoll.templates import words


@pytest.mark.parametrize(
    "text, kebab, pascal",
    [
        ("my app", "my-app", "MyApp"),
        ("CamelCase", "camel-case", "CamelCase"),
        ("This is Human case.", "this-is-human-case", "ThisIsHumanCase"),
        (
            "MixedUP CamelCase, with some Spaces",
            "mixed-up-camel-case-with-some-spaces",
            "MixedUpCamelCaseWithSomeSpaces",
        ),
        ("mixed_up_ snake_case with some _spaces", "mixed-up-snake-case-with-some-spaces", None),
        ("SHOUTY_SNAKE_CASE", "shouty-snake-case", "ShoutySnakeCase"),
        ("XMLHttpRequest", "xml-http-request", "XmlHttpRequest"),
        ("FIELD_NAME11", "field-name11", "FieldName11"),
        ("99BOTTLES", "99bottles", "99bottles"),
        ("abc123DEF456", "abc123-def456", "Abc123Def456"),
        ("abc123def456", "abc123def456", "Abc123def456"),
        ("ABC123dEEf456FOO", "abc123d-e-ef456-foo", "Abc123dEEf456Foo"),
        ("", "", ""),
        ("--", "", ""),
        ("Überschall", "überschall", "Überschall"),
    ],
)
def test_words_are_told_apart_as_heck_does(text: str, kebab: str, pascal: str | None) -> None:
    assert words.kebab(text) == kebab
    assert words.snake(text) == kebab.replace("-", "_")
    assert pascal is None or words.pascal(text) == pascal


@pytest.mark.parametrize(
    "text, dotted",
    [
        ("Fermyon.PetStore", "Fermyon.PetStore"),
        ("fermyon-pet-store", "FermyonPetStore"),
        ("fermyon.pet_store", "Fermyon.PetStore"),
        ("originally.semi-dotted", "Originally.SemiDotted"),
    ],
)
def test_each_part_between_dots_is_by_itself(text: str, dotted: str) -> None:
    assert words.dotted_pascal(text) == dotted
