"""`python -m intake [all|web|relay|consume|migrate]`."""

from chassis.service import main
from intake.app import compose
from intake.settings import Settings

if __name__ == "__main__":
    main("intake", Settings, compose)
