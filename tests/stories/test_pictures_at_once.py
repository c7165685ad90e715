"""Several workers make pictures: each thing once, nothing lost."""

import pytest

from stories import clearing, pictures
from stories.models import Photo
from tests.petitions.test_at_once import all_at_once
from tests.stories.uploads import encoded, picture, received_photo, stored_files

pytestmark = pytest.mark.django_db(transaction=True)


def make_all() -> int:
    made = 0
    while pictures.render_next():
        made += 1
    return made


def test_several_workers_share_the_work():
    photos = [received_photo(encoded(picture(400, 300))) for _ in range(4)]
    made = all_at_once(make_all, make_all, make_all)
    assert sum(made) == 3 * len(photos)
    for photo in Photo.objects.all():
        assert photo.formats_count == 3
        assert photo.leased_until is None
        assert len(stored_files(photo)) == 6


def test_of_two_editors_one_clears():
    photo = received_photo(encoded(picture()))
    Photo.objects.update(state="quarantined", reasons="agency")
    acts = [lambda who=who: clearing.clear(photo, who, photo.stem) for who in ("ana", "tomas")]
    assert sorted(all_at_once(*acts)) == [False, True]
