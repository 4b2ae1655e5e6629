"""Every column with sealed values in one place, so that keys can be rotated and dropped."""

from uuid import UUID

from domain.accounts.models import User
from domain.accounts.people.second_factor import belonging
from domain.missions.models import Mission
from domain.missions.values import SEALED, rewrite_sealed
from domain.shared.sealed.places import Reseal, SealedPlace


def rewrite_totp_secret(user_id: UUID, value: object, reseal: Reseal) -> object:
    """The secret of somebody's second factor, sealed for this person."""
    return reseal(str(value), belonging(user_id))


PLACES = (
    SealedPlace(Mission.__tablename__, "parameters", rewrite_sealed, mark=f'"{SEALED}"'),
    SealedPlace(User.__tablename__, "totp_secret", rewrite_totp_secret),
)
