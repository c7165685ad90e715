"""Which words in a photo's file ask for a second pair of eyes?

Stems in English, Hebrew, Arabic, French, Spanish, Russian and Persian. They find too much rather
than too little: what is found costs an editor a look, what is missed may cost a child more.
"""

import re
import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why a photo waits, in the words that editors read."""

    WARNING = "warning", _("The file asks for care or restricts its use.")
    ILLUSTRATION = "illustration", _("The file says: not as illustration.")
    MINORS = "minors", _("The file speaks of children or young people.")
    GRAPHIC = "graphic", _("The file speaks of violence, injuries or the dead.")
    AGENCY = "agency", _("An agency is credited, so we need a licence.")


# Written as people write them; compared without accents, points and letter case.
WORDS: dict[Reason, str] = {
    Reason.WARNING: """
        embargo|restriction|restricted|handle with care|extra care|sensitive|do not use
        not for use|not to be used|editorial use only|no sales|no archive|one time use
        mandatory credit|negative context|negative or degrading|degrading|model release|consent
        anonym|blurred|do not publish|not for publication|for editorial use|without permission
        content warning|זהירות|רגיש|אין להשתמש|אין לפרסם|לא לפרסום|הגבלה|הגבלות|מוגבל|אמברגו
        הקשר שלילי|מבזה|משפיל|אזהרה|באישור בלבד|ללא אישור|טשטוש|تحذير|حساس|عناية خاصة|بحذر
        لا يستخدم|لا يجوز|لا تستخدم|ممنوع|يمنع|قيود|مقيد|حظر النشر|ليس للنشر|سياق سلبي|مهين
        دون إذن|avertissement|attention|embargo|restriction|ne pas utiliser|ne pas publier
        usage interdit|interdit|precaution|contexte negatif|degradant|usage editorial
        sans autorisation|floute|advertencia|cuidado|precaucion|restriccion|restringid|no usar
        no utilizar|no publicar|prohibid|contexto negativo|degradante|uso editorial|sin permiso
        sensible|внимание|предупреждение|осторожно|запрещ|не использовать|не публиковать|ограничен
        эмбарго|негативн|унизительн|с разрешения|без разрешения|конфиденциальн|هشدار|احتیاط|با دقت
        حساس|استفاده نشود|استفاده نکنید|منتشر نشود|منتشر نکنید|ممنوع|محدودیت|تحقیرآمیز|زمینه منفی
        بدون اجازه|بدون مجوز
    """,
    Reason.ILLUSTRATION: """
        not as illustration|not as an illustration|no illustration|not for illustration
        as illustration only|illustrative use|no use as illustration|not as a stock|not as symbol
        להמחשה|לאיור|כאיור|אילוסטרציה|כהדמיה|للتوضيح|توضيحية|كصورة تعبيرية|تعبيرية
        comme illustration|a titre d'illustration|d'illustration|a titre illustratif
        como ilustracion|ilustrativ|fines ilustrativos|в качестве иллюстрации|как иллюстраци
        для иллюстрации|иллюстративн|به عنوان تصویر|تزئینی|تزیینی|نمادین|به عنوان تصویرسازی
        جنبه تزئینی
    """,
    Reason.MINORS: """
        child|minors|a minor|kids|underage|under age|teenag|infant |infants|toddler|schoolgirl
        schoolboy|baby |babies|girl|boy |boys|juvenile|pupil|orphan|adolescent|newborn|קטין|קטינ
        ילד|ילדים|ילדות|תינוק|פעוט|נוער|נער |נערה|נערים|נערות|طفل|اطفال|أطفال|قاصر|قصر |القصر|رضيع
        مراهق|فتاة|فتيات|صبي|تلميذ|يتيم|ايتام|enfant|mineur|bebe|fillette|garcon|jeune fille
        adolescent|nourrisson|ecolier|orphelin|niño|niña|menor de edad|menores|chico |chica |bebe
        adolescente|infantil|huerfan|recien nacid|дети|детей|детям|детьми|детях|детск|ребен
        несовершеннолет|подрост|малолет|младен|девочк|мальчик|школьни|сирот|کودک|بچه|نوزاد|نوجوان
        خردسال|زیر سن|زیر ۱۸|دختربچه|پسربچه|دانش آموز|صغیر|یتیم
    """,
    Reason.GRAPHIC: """
        graphic|dead|bodies|corpse|killed|blood|injur|wound|mutilat|tortur|massacre|execution
        gore |severed|victim|disturbing|beheading|burned body|mass grave|גופה|גופות|גופת|הרוג
        הרוגים|נהרג|פצוע|פצועים|פציע|שותת דם|מדמם|עינוי|הטבח|הוצאה להורג|קשה לצפייה|جثة|جثث|جثمان
        قتيل|قتلى|مقتل|جريح|جرحى|دماء|تعذيب|مجزرة|اعدام|صادمة|عنيفة|cadavre|corps sans vie
        ensanglant|de sang|du sang|blesse|tortur|massacre|mutil|choquant|mort |morts|tue |tues
        execution|cadaver|cuerpo sin vida|sangr|herid|tortur|masacre|mutil|asesin|fosa comun
        ejecucion|muert|труп|тело погиб|погиб|кров|ранен|пытк|убит|расстрел|резн|казн|жесток|جسد
        جنازه|اجساد|کشته|زخمی|مجروح|خون|شکنجه|قتل عام|کشتار|اعدام|دلخراش|خشونت
    """,
    Reason.AGENCY: """
        reuters|afp |agence france|associated press|ap photo|ap images|getty|epa-efe|epa/
        epa images|dpa |tass |ria novosti|xinhua|anadolu|flash90|zuma |shutterstock|alamy
        magnum photos|redux |sipa |imago |keystone|ritzau|pa media|pa wire|pa images|sputnik
        europa press|ansa |lapresse|belga |apa-picture|istock|corbis|nurphoto|polaris|ullstein
        picture alliance|bloomberg|efe |irna |isna |tasnim|wafa |מעריב|ידיעות|פלאש 90|פלאש90
        רויטרס|איי אף פי|גטי|رويترز|فرانس برس|غيتي|الاناضول|рейтер|тасс|риа новости|رویترز|ایرنا
        ایسنا|تسنیم|فرانسه پرس
    """,
}
# Scripts in which little words are glued to the front of others: there a stem is found anywhere.
_GLUED = re.compile(r"[\u0590-\u07ff]")
_SAME_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "’": "'"})
ORDER = list(Reason)


def reasons(text: str) -> list[Reason]:
    """Why this text asks for a second look; none is the usual answer."""
    plain = f" {folded(text)} "
    return [reason for reason in ORDER if _PATTERNS[reason].search(plain)]


def agencies(credit: str) -> list[Reason]:
    """Whether what an editor typed as the credit is an agency's."""
    return [reason for reason in reasons(credit) if reason == Reason.AGENCY]


def folded(text: str) -> str:
    """Text without what hides a word: accents, points, case, invisible signs, line breaks."""
    letters = (
        letter
        for letter in unicodedata.normalize("NFKD", text).casefold()
        if unicodedata.category(letter) not in ("Mn", "Cf")
    )
    return " ".join("".join(letters).translate(_SAME_LETTERS).replace("ـ", "").split())


def _pattern(words: str) -> re.Pattern[str]:
    stems = [word for line in words.strip().splitlines() for word in line.strip("\n").split("|")]
    return re.compile("|".join(map(_stem, stems)))


def _stem(written: str) -> str:
    # A space at the end says that the word ends there: "mort ", but not "mortgage".
    stem, is_whole = re.escape(folded(written)), written.endswith(" ")
    start = "" if _GLUED.search(written) else r"(?<!\w)"
    return start + stem + (r"(?!\w)" if is_whole else "")


_PATTERNS = {reason: _pattern(words) for reason, words in WORDS.items()}
