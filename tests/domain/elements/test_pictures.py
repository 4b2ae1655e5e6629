"""An element's picture: the same, alike, or another one."""

import io

import pytest
from PIL import Image, ImageDraw

from domain.elements.pictures import Picture, hash_picture, picture_similarity

pytestmark = pytest.mark.unit


def draw(text: str = "Save", colour: str = "navy", size: tuple[int, int] = (120, 36)) -> bytes:
    """A button, as PNG."""
    image = Image.new("RGB", size, colour)
    pen = ImageDraw.Draw(image)
    pen.text((size[0] * 0.2, size[1] * 0.3), text, fill="white", font_size=size[1] * 0.4)
    return save(image)


def save(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def hashed(png: bytes) -> Picture:
    picture = hash_picture(png)
    assert picture is not None
    return picture


def test_the_same_pixels_are_the_same_picture():
    again = Image.open(io.BytesIO(draw()))
    assert hashed(save(again)) == hashed(draw())
    assert picture_similarity(hashed(draw()), hashed(draw())) == 1.0


def test_one_pixel_makes_it_another_picture_that_is_alike():
    image = Image.open(io.BytesIO(draw()))
    image.putpixel((3, 3), (200, 10, 10))
    changed = hashed(save(image))
    similarity = picture_similarity(hashed(draw()), changed)
    assert changed.exact != hashed(draw()).exact
    assert similarity is not None
    assert similarity > 0.9


def test_the_same_drawing_at_another_size_is_alike():
    similarity = picture_similarity(hashed(draw()), hashed(draw(size=(180, 54))))
    assert similarity is not None
    assert similarity > 0.7


def test_another_text_is_less_alike():
    similarity = picture_similarity(hashed(draw("Save")), hashed(draw("Delete everything")))
    assert similarity is not None
    assert similarity < 0.7


def test_what_was_not_taken_says_nothing():
    assert picture_similarity(None, hashed(draw())) is None
    assert picture_similarity(hashed(draw()), None) is None


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", draw()[:60], save(Image.new("RGB", (4, 4)), "GIF")]
)
def test_what_is_no_picture_has_no_hashes(data: bytes):
    assert hash_picture(data) is None


def test_a_picture_too_large_to_look_at_has_no_hashes():
    assert hash_picture(save(Image.new("L", (2_500, 2_000)))) is None


@pytest.mark.parametrize("perceptual", ["", "zz", "0" * 15, "g" * 16])
def test_a_hash_that_is_none_is_refused(perceptual: str):
    with pytest.raises(ValueError, match=r"hexadecimal|base 16"):
        Picture.from_json({"exact": "a", "perceptual": perceptual})
