"""`python -m reporting [all|web|relay|consume|migrate|verify|admit-analyst]`."""

from chassis.service import main
from reporting.app import compose
from reporting.commands import admit_analyst, verify_tables
from reporting.settings import Settings

if __name__ == "__main__":
    main("reporting", Settings, compose, commands={"verify": verify_tables, "admit-analyst": admit_analyst})
