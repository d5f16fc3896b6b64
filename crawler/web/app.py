"""The web application: every screen's routes under one guard and one envelope."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from config.settings import Settings
from config.site import Site
from crawler.web import errors, screens
from crawler.web.access import GuardedRoute, Need
from crawler.web.context import Web
from crawler.web.envelope import Envelope
from crawler.web.live import Live
from crawler.web.menu import needs_of
from storage.archive import Archive


def create_app(
    settings: Settings,
    sites: Mapping[str, Site],
    archive: Archive,
    live: Live | None,
    clock: Callable[[], datetime],
) -> FastAPI:
    """The application. ``live`` is the running service; without it nothing can be fetched.

    Raises TypeError at once when a route does not say what it needs.
    """
    web = Web(settings=settings, sites=sites, archive=archive, live=live, clock=clock)
    app = FastAPI(title="Letapis", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = web
    app.router.routes.extend(screen_routes())
    routes = guarded(app.routes)
    app.state.needs = needs_of(routes)
    app.state.api = [
        (route.path_format, method.lower(), route.need) for route in routes for method in route.methods or ()
    ]
    app.add_exception_handler(HTTPException, errors.refused)
    app.add_exception_handler(RequestValidationError, errors.invalid)
    app.add_middleware(Envelope, web=web)
    return app


def screen_routes() -> list[BaseRoute]:
    """The routes of every module in ``crawler/web/screens``: another file is another screen."""
    found: list[BaseRoute] = []
    for module in sorted(pkgutil.iter_modules(screens.__path__), key=lambda one: one.name):
        found += importlib.import_module(f"{screens.__name__}.{module.name}").router.routes
    return found


def guarded(routes: list[BaseRoute]) -> list[GuardedRoute]:
    """The same routes, each of which says what it needs; TypeError names one that does not."""
    for route in routes:
        if not isinstance(route, GuardedRoute) or not isinstance(getattr(route, "need", None), Need):
            raise TypeError(f"{getattr(route, 'path', route)} does not say what it needs: make it by Screen")
    return [route for route in routes if isinstance(route, GuardedRoute)]
