"""Accounts: in, out, passwords, tokens, users."""

from tests.web.conftest import Site


def test_who_is_not_in_is_led_to_the_login_and_back(web: Site) -> None:
    web.user()
    client = web.client()
    led = client.get("/settings?x=1")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fsettings%3Fx%3D1")
    entered = client.submit(
        led.headers["location"], "/login", name="Anna", password="correct horse battery", next="/settings?x=1"
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/settings?x=1")
    assert client.get("/settings?x=1").status_code == 200
