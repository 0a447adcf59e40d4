"""`python -m notify [all|web|relay|consume|migrate]`."""

from chassis.service import main
from notify.app import compose
from notify.settings import Settings

if __name__ == "__main__":
    main("notify", Settings, compose)
