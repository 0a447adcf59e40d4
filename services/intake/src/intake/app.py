"""Composition root: what intake is made of, and how its parts hang together."""

from datetime import UTC, datetime

from chassis.service import Composition, Runtime
from chassis.web import create_app

from contracts import areas
from intake.filing import Filing
from intake.http import api, errors
from intake.projections import agencies, routed
from intake.settings import Settings
from intake.tracking import Tracking

BODY_LIMIT = 256 * 1024


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def compose(runtime: Runtime[Settings]) -> Composition:
    """Put intake together."""
    areas.area("35.04.01.1001")  # reads the list of villages now, not at the first citizen's expense
    settings = runtime.settings
    secret_key = settings.secret_key.get_secret_value().encode()
    filing = Filing(runtime.log, runtime.keys, runtime.pool, secret_key, now)
    tracking = Tracking(runtime.log, runtime.keys, runtime.pool)
    app = create_app(runtime, title="Kentongan intake", problems=errors.PROBLEMS, body_limit=BODY_LIMIT)
    api.mount(app, api.Api(filing, tracking, settings.import_token, settings.public_url, now))
    return Composition(app=app, subscriptions=(routed.subscription(), agencies.subscription()))
