"""Every mapped class in one place, for migrations and for the mapper registry."""

from domain.accounts import models as accounts
from domain.audit import models as audit
from domain.elements import models as elements
from domain.evidence import models as evidence
from domain.executions import models as executions
from domain.missions import models as missions
from domain.shared.database import Base
from domain.templates import models as templates

FEATURES = (accounts, audit, templates, evidence, executions, elements, missions)
metadata = Base.metadata
