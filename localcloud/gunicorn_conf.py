"""How gunicorn serves the fronts. Bind and worker count come by command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localcloud.wsgi import Front, Headers


class Worker(Protocol):
    """What the hook needs of gunicorn's worker: the WSGI application that it serves."""

    wsgi: Front


class Request(Protocol):
    """What the hook needs of gunicorn's request."""

    headers: Headers


worker_class = "sync"
preload_app = True
#: Seconds until a worker that does not come back is killed: the function's time limit.
timeout = int(os.environ.get("LOCALCLOUD_LIMIT_S", "30"))
#: Seconds that running requests get after SIGTERM.
graceful_timeout = 5
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms'
control_socket_disable = True
#: No proxy stands in front: no header may change where a request seems to come from.
forwarded_allow_ips = ""
forwarder_headers = ""
#: What `scheduler` calls for as long as a local cloud runs, one of them each second.
scheduled = frozenset({"/_localcloud/events/sweep", "/_localcloud/events/hunt"})


def worth_a_line(record: logging.LogRecord) -> bool:
    """Leave out of the access log what is scheduled and went well: in a folder that is kept it would grow for ever."""
    said = record.args
    return not (isinstance(said, Mapping) and said["U"] in scheduled and str(said["s"]).startswith("2"))


logging.getLogger("gunicorn.access").addFilter(worth_a_line)


def pre_request(worker: Worker, req: Request) -> None:
    """Show the front the headers as they were sent, since WSGI joins repeated ones with a comma."""
    worker.wsgi.raw_headers = tuple(req.headers)
