"""Words of warning, in seven languages, as they are written and as they are hidden."""

import pytest

from stories import suspicion
from stories.suspicion import Reason
from tests.stories.fixtures.make import HEBREW

CARE = {
    "en": "Handle with care. Not to be used in a negative context.",
    "he": "יש לנהוג בזהירות. אין להשתמש בתמונה בהקשר שלילי.",
    "ar": "تحذير: لا يجوز استعمال الصورة في سياق سلبي.",
    "fr": "Usage interdit dans un contexte négatif.",
    "es": "Prohibido el uso en un contexto negativo.",
    "ru": "Запрещено использовать в негативном контексте.",
    "fa": "هشدار: در زمینه منفی استفاده نشود.",
}
CHILDREN = {
    "en": "Two schoolgirls on their way.", "he": "שתי ילדות בדרכן, והילדים אחריהן.",
    "ar": "الأطفال في طريقهم إلى المدرسة.", "fr": "Des élèves mineurs sur le chemin.",
    "es": "Niños y menores en camino.", "ru": "Дети по дороге в школу.",
    "fa": "کودکان در راه مدرسه.",
}  # fmt: skip
VIOLENCE = {
    "en": "Relatives beside the dead.", "he": "גופות ההרוגים ברחוב.", "ar": "جثث القتلى في الشارع.",
    "fr": "Des cadavres dans la rue.", "es": "Cadáveres en la calle.",
    "ru": "Тела убитых на улице.", "fa": "اجساد کشته‌شدگان در خیابان.",
}  # fmt: skip
NOT_AS_ILLUSTRATION = {
    "en": "Not as illustration.", "he": "לא להמחשה.", "ar": "لا تنشر كصورة تعبيرية.",
    "fr": "Pas comme illustration.", "es": "No usar como ilustración.",
    "ru": "Не использовать в качестве иллюстрации.", "fa": "نه به عنوان تصویر تزئینی.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "reason"),
    [(CARE, Reason.WARNING), (CHILDREN, Reason.MINORS), (VIOLENCE, Reason.GRAPHIC),
     (NOT_AS_ILLUSTRATION, Reason.ILLUSTRATION)]
)  # fmt: skip
@pytest.mark.parametrize("language", CARE)
def test_a_warning_is_understood_in_each_language(texts, reason, language):
    assert reason in suspicion.reasons(texts[language])


def test_the_wire_s_hebrew_caption_gives_all_its_reasons():
    assert suspicion.reasons(HEBREW) == [Reason.WARNING, Reason.ILLUSTRATION, Reason.MINORS]


@pytest.mark.parametrize(
    "text",
    ["CHILDREN", "chil\u00addren", "chi\u200bldren", "ＣＨＩＬＤ", "mineurs", "nin\u0303os",
     "niños", "קְטִינִים", "ולילדים", "أطْفَال", "اطفــال", "كودك", "کو\u200cدک", "ребёнок",
     "under\nage"]
)  # fmt: skip
def test_a_word_is_found_however_it_is_written(text):
    assert Reason.MINORS in suspicion.reasons(text)


@pytest.mark.parametrize(
    ("credit", "is_agency"),
    [("REUTERS/Jane Doe", True), ("Photo: AFP", True), ("Getty Images", True), ("רויטרס", True),
     ("EPA-EFE/J. Doe", True), ("Photo: A friend", False), ("Drawing: The Persecuted", False),
     ("Photo: Stefe Ansari", False), ("Photo: Tassos Dpaka", False)]
)  # fmt: skip
def test_an_agency_s_credit_is_noticed(credit, is_agency):
    assert bool(suspicion.agencies(credit)) is is_agency


@pytest.mark.parametrize(
    "text",
    ["", "A street at night.", "Boycott of the bakery.", "Lawyers before the court in Tegucigalpa.",
     "זכויות אדם בבית המשפט.", "محامون أمام المحكمة.", "Des avocats devant le tribunal.",
     "Abogados ante el tribunal.", "Адвокаты перед судом.", "وکلا در برابر دادگاه."]
)  # fmt: skip
def test_an_ordinary_caption_asks_for_nobody(text):
    assert suspicion.reasons(text) == []
