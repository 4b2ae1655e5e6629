"""Finding elements: `locate` answers what a step means on the page as it is now."""

from workers.browser.locate.locate import locate
from workers.browser.locate.reaction import ReactionWatch
from workers.browser.locate.request import Candidate, LocateRequest, Resolution
from workers.browser.locate.scripts import Library

__all__ = ["Candidate", "Library", "LocateRequest", "ReactionWatch", "Resolution", "locate"]
