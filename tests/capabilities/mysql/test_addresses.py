"""An address is read in one way or not at all."""

import pytest

from atoll.capabilities.mysql.address import Address, BadAddress, parse

READ = {
    "mysql://u@localhost": Address("localhost", 3306, "u", "", "", tls=False),
    "mysql://u:p%40%2F@h:7/d": Address("h", 7, "u", "p@/", "d", tls=False),
    "mysql://u:a:b@[::1]/d?pool_max=10": Address("::1", 3306, "u", "a:b", "d", tls=False),
    "mysql://u@h/d?ssl-mode=DISABLED": Address("h", 3306, "u", "", "d", tls=False),
    "mysql://u@h/d?ssl-mode=REQUIRED": Address("h", 3306, "u", "", "d", tls=True),
    "mysql://u@h/d?sslMode=verify_ca&ssl-mode=disabled": Address("h", 3306, "u", "", "d", tls=True),
    "mysql://u@h/d?SsLmOdE=PREFERRED&pool_max=10": Address("h", 3306, "u", "", "d", tls=True),
    "mysql://u@h/d?require_ssl=true": Address("h", 3306, "u", "", "d", tls=True),
}
REFUSED = [
    "mysql://u:secret@good@evil/d",
    "mysql://u:sec/ret@evil/d",
    "mysql://good#@evil/d",
    "mysql://good?@evil/d",
    "mysql://u@good/d?socket=/run/evil",
    "mysql://u@good/d?x=@evil",
    "mysql://u@good,evil/d",
    "mysql://u@%2Fvar%2Frun/d",
    "mysql://u@good\\@evil/d",
    "mysql://u@good:0/d",
    "mysql://u@good:70000/d",
    "mysql://u%00v@good/d",
    "mysql://u@good\n/d",
    "mysql:///d",
    "postgres://u@h/d",
    "MYSQL://u@h/d",
    "",
]


@pytest.mark.parametrize("address", READ)
def test_an_address_has_these_parts(address: str) -> None:
    assert parse(address) == READ[address]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse(address)
    assert "secret" not in str(refused.value) and "evil" not in str(refused.value)
