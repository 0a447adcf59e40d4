"""Composition root: what notify is made of, and how its parts hang together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.service import Composition, Runtime
from chassis.web import create_app
from contracts.notify import Medium
from notify import consumers
from notify.channels.email import Email, Server
from notify.domain.patience import PATIENCE
from notify.http import api, pages
from notify.listing import Listing
from notify.sender import Sender
from notify.settings import Settings
from notify.writing import Writer


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def compose(runtime: Runtime[Settings]) -> Composition:
    """Put notify together."""
    settings = runtime.settings
    site = pages.frame()
    app = create_app(runtime, title="Kentongan notify", pages=site)
    listing = Listing(runtime.pool)
    api.mount(app, listing)
    pages.mount(app, listing, site)
    return Composition(
        app=app,
        subscriptions=(
            runtime.keys.subscription("notify.keys"),
            consumers.agencies_subscription(),
            consumers.complaints_subscription(now, PATIENCE),
        ),
        loops=(email_sender(runtime, settings),),
    )


def email_sender(runtime: Runtime[Settings], settings: Settings) -> Sender:
    """Make the loop that sends e-mail."""
    password = settings.smtp_password
    server = Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_username or None,  # an empty variable means: no login
        password.get_secret_value() or None if password else None,
    )
    channel = Email(
        server, settings.smtp_from, connections=settings.smtp_connections, timeout=settings.smtp_timeout_seconds
    )
    writer = Writer(runtime.pool, runtime.keys, settings.tracking_url)
    patience = replace(PATIENCE[Medium.EMAIL], lease=timedelta(seconds=settings.lease_seconds))
    return Sender(runtime.pool, runtime.log, runtime.health, channel, writer, patience, now)
