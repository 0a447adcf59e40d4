"""`python -m routing [all|web|relay|consume|migrate|seed]`."""

from chassis.service import main
from routing.app import compose
from routing.seed.sow import seed
from routing.settings import Settings

if __name__ == "__main__":
    main("routing", Settings, compose, commands={"seed": seed})
