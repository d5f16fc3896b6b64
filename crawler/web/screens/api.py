"""The API's routes, all of them: one module of ``crawler/web/api`` a noun."""

import importlib
import pkgutil

from crawler.web import api
from crawler.web.access import GuardedRoute
from crawler.web.api.routes import Api


class Calls:
    """What the application takes a screen's routes from."""

    def __init__(self) -> None:
        self.routes: list[GuardedRoute] = []
        for module in sorted(pkgutil.iter_modules(api.__path__), key=lambda one: one.name):
            found = getattr(importlib.import_module(f"{api.__name__}.{module.name}"), "api", None)
            if isinstance(found, Api):
                self.routes += found.routes


router = Calls()
