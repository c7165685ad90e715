"""What does a petition need before anybody can sign it?"""

from petitions import sealing
from petitions.models import Petition


def give_keys(petition: Petition) -> None:
    """Give a petition the keys that it keeps for life, unless it has them. Does not save it.

    The organisation's newest public key seals its signatures; a key of its own recognises
    repeated ones. Raises sealing.KeyMissing, OSError where the keys' folder can't be written.
    """
    if not petition.sealing_key_id:
        petition.sealing_key_id = sealing.current_sealing_key_id()
    if not petition.duplicate_key_id:
        petition.duplicate_key_id = sealing.make_duplicate_key()
