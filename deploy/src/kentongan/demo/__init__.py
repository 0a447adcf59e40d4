"""Made-up complaints: 90 days of them to begin with, then a trickle that keeps the figures moving."""

from kentongan.demo.seeding import Summary, seed
from kentongan.demo.settings import DemoSettings
from kentongan.demo.trickling import trickle

__all__ = ["DemoSettings", "Summary", "seed", "trickle"]
