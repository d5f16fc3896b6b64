"""How the application is served: uvicorn's configuration, the same in the service and in the tests."""

import socket

import uvicorn
from fastapi import FastAPI


def server_for(app: FastAPI) -> uvicorn.Server:
    """A server for the caller's own loop and sockets: ``await server.serve(sockets=[listening(host, port)])``.

    Forwarded addresses are read by our envelope alone, where settings say so; nobody is told what serves.
    """
    config = uvicorn.Config(
        app,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        ws="none",
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return uvicorn.Server(config)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises OSError when it can't."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(256)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made
