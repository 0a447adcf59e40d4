"""Composition root: what intake is made of, and how its parts hang together."""

from datetime import UTC, datetime

from chassis.pages import Link, Pages, Site
from chassis.service import Composition, Runtime
from chassis.web import create_app
from contracts import areas
from contracts.vocabulary import Name
from intake.filing import Filing
from intake.http import api, errors, scripts
from intake.http.access import Access
from intake.http.pages import Desk, routes
from intake.projections import agencies, routed
from intake.settings import Settings
from intake.tracking import Tracking

BODY_LIMIT = 256 * 1024


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def _site(settings: Settings) -> Site:
    links = [
        Link(Name(id="Sampaikan laporan", en="File a complaint"), "/"),
        Link(Name(id="Lacak laporan", en="Follow a complaint"), "/track"),
    ]
    if settings.dashboard_url:
        links.append(Link(Name(id="Kinerja instansi", en="How agencies answer"), settings.dashboard_url))
    footer = [Link(Name(id="API untuk pengembang", en="API for developers"), "/docs")]
    if settings.workbench_url:
        footer.append(Link(Name(id="Untuk petugas", en="For officers"), settings.workbench_url))
    return Site(
        name=Name(id="Kentongan", en="Kentongan"),
        tagline=Name(id="Dilaporkan, dijawab, terbukti", en="Filed, answered, provable"),
        links=links,
        footer=footer,
    )


def compose(runtime: Runtime[Settings]) -> Composition:
    """Put intake together."""
    areas.area("35.04.01.1001")  # reads the list of villages now, not at the first citizen's expense
    settings = runtime.settings
    secret_key = settings.secret_key.get_secret_value().encode()
    filing = Filing(runtime.log, runtime.keys, runtime.pool, secret_key, now)
    tracking = Tracking(runtime.log, runtime.keys, runtime.pool)
    pages = Pages("intake", _site(settings))
    app = create_app(runtime, title="Kentongan intake", problems=errors.PROBLEMS, body_limit=BODY_LIMIT, pages=pages)
    api.mount(app, api.Api(filing, tracking, settings.import_token, settings.public_url, now))
    access = Access(secret_key, settings.public_url.startswith("https:"), now)
    app.include_router(routes(Desk(pages, filing, tracking, access, settings.public_url, now)))
    app.include_router(scripts.routes())
    return Composition(app=app, subscriptions=(routed.subscription(), agencies.subscription()))
