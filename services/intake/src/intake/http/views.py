"""What the tracking pages show, worked out from the story."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import segno
from markupsafe import Markup

from chassis.formats import ZONES
from chassis.pages import say
from contracts import areas
from contracts.categories import CATEGORIES
from contracts.clocks import zone_of
from contracts.events import PREFIX, stem_of
from intake.credentials import grouped
from intake.projections.story import ENDED, Promise, Step, Story
from intake.tracking import Found


@dataclass(frozen=True)
class PromiseLine:
    """A deadline as a day where it happened."""

    clock: str
    day: date
    met: bool
    late: bool


@dataclass(frozen=True)
class StepLine:
    """A line of the timeline, with the agency's name."""

    kind: str
    time: datetime
    agency: str
    word: str
    text: str


@dataclass(frozen=True)
class TrackingPage:
    """Context of `track.html` and `filed.html`."""

    found: Found
    language: str
    now: datetime
    url: str
    secret: str | None = None

    @property
    def story(self) -> Story:
        """The complaint."""
        return self.found.story

    @property
    def opened(self) -> bool:
        """Whether the reader has the secret."""
        return self.found.opened

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.story.status in ENDED

    @property
    def agency(self) -> str:
        """Name of who has it now, if anybody."""
        return self._agency(self.story.agency)

    @property
    def place(self) -> str:
        """The area and what it lies in, smallest first."""
        return ", ".join(step.name for step in reversed(areas.path(self.story.area)))

    @property
    def category(self) -> str:
        """Name of the category."""
        known = CATEGORIES.get(self.story.category)
        return say(known.name, self.language) if known else self.story.category

    @property
    def zone(self) -> str:
        """Name of the time zone where it happened."""
        key = zone_of(self.story.area).key
        return next(name for name, zone in ZONES.items() if zone.key == key)

    @cached_property
    def promises(self) -> list[PromiseLine]:
        """Every deadline, soonest first."""
        return [self._line(each) for each in sorted(self.story.promises, key=lambda promise: promise.due.at)]

    @property
    def next_promise(self) -> PromiseLine | None:
        """What is due next."""
        promise = self.story.next_promise
        return self._line(promise) if promise else None

    @property
    def steps(self) -> list[StepLine]:
        """What happened, newest first."""
        return [self._step(step) for step in reversed(self.story.timeline)]

    @property
    def grouped_secret(self) -> str:
        """The secret, in groups that can be copied by hand."""
        return grouped(self.secret or "")

    @property
    def qr(self) -> Markup:
        """The tracking address as a picture; it holds no secret."""
        picture = segno.make(self.url, error="m").svg_inline(scale=4, border=2, svgclass="qr", lineclass=None)
        return Markup(picture)  # noqa: S704 - drawn by us from an address of ours

    def _line(self, promise: Promise) -> PromiseLine:
        last_day = promise.due.at.astimezone(zone_of(self.story.area)).date()
        done = promise.met_at or (None if not self.ended else promise.due.at)
        late = (done or self.now) > promise.due.at
        return PromiseLine(promise.due.clock.value, last_day, promise.met_at is not None, late)

    def _step(self, step: Step) -> StepLine:
        kind = stem_of(step.type).removeprefix(PREFIX).removeprefix("complaint.")
        return StepLine(kind, step.time, self._agency(step.agency), step.word or "", step.text or "")

    def _agency(self, code: str | None) -> str:
        if code is None:
            return ""
        name = self.found.agencies.get(code)
        return say(name, self.language) if name else code
